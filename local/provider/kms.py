"""AWS KMS: keys and aliases."""

from typing import Any

from pulumi_aws import kms

from .aws_clients import Cloud, found
from .fields import Field, document_text, last_segment, policy_meaning, tag_list, tag_map, to_aws
from .resource import ResourceType, Values

KEY = {
    "policy": Field("Policy", filled=True, alike=policy_meaning, send=document_text),
    "description": Field("Description", default=""),
    "customerMasterKeySpec": Field("KeySpec", default="SYMMETRIC_DEFAULT", replaces=True),
    "keyUsage": Field(
        "KeyUsage",
        default="ENCRYPT_DECRYPT",
        allowed=("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
        replaces=True,
    ),
    "multiRegion": Field("MultiRegion", default=False, replaces=True),
    "bypassPolicyLockoutSafetyCheck": Field(
        "BypassPolicyLockoutSafetyCheck", default=False, unread=True
    ),
    "tags": Field("Tags", send=lambda tags: tag_list(tags, "TagKey", "TagValue")),
    "isEnabled": Field(default=True),
    "enableKeyRotation": Field(default=False),
    "rotationPeriodInDays": Field(filled=True, allowed=range(90, 2561)),
    "deletionWindowInDays": Field(default=30, allowed=range(7, 31), unread=True),
}


def _create_key(cloud: Cloud, inputs: Values) -> str:
    request = to_aws(KEY, inputs)
    answer = cloud.when_ready(
        "kms", lambda: cloud.client("kms").create_key(**request), "MalformedPolicyDocumentException"
    )
    return answer["KeyMetadata"]["KeyId"]


def _read_key(cloud: Cloud, key_id: str) -> dict[str, Any] | None:
    client = cloud.client("kms")
    answer = found(lambda: client.describe_key(KeyId=key_id), "NotFoundException")
    if answer is None or answer["KeyMetadata"]["KeyState"].startswith("PendingDeletion"):
        return None
    key = answer["KeyMetadata"]
    state = {
        "arn": key["Arn"],
        "keyId": key["KeyId"],
        "description": key["Description"],
        "customerMasterKeySpec": key["KeySpec"],
        "keyUsage": key["KeyUsage"],
        "multiRegion": key.get("MultiRegion", False),
        "isEnabled": key["KeyState"] != "Disabled",
        "policy": client.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"],
        "tags": tag_map(
            client.list_resource_tags(KeyId=key_id)["Tags"], "TagKey", "TagValue"
        ),
    }  # fmt: skip
    if key["KeySpec"] == "SYMMETRIC_DEFAULT" and key.get("Origin", "AWS_KMS") == "AWS_KMS":
        rotation = client.get_key_rotation_status(KeyId=key_id)
        state["enableKeyRotation"] = rotation["KeyRotationEnabled"]
        if "RotationPeriodInDays" in rotation:
            state["rotationPeriodInDays"] = rotation["RotationPeriodInDays"]
    return state


def _update_key(cloud: Cloud, key_id: str, inputs: Values, changed: frozenset[str]) -> None:
    """Make the key so: enabled first and disabled last, as a disabled key takes no rotation."""
    client = cloud.client("kms")
    if "isEnabled" in changed and inputs["isEnabled"]:
        client.enable_key(KeyId=key_id)
    if "description" in changed:
        client.update_key_description(KeyId=key_id, Description=inputs["description"])
    if "policy" in changed:
        policy = {
            "Policy": document_text(inputs["policy"]),
            "BypassPolicyLockoutSafetyCheck": inputs["bypassPolicyLockoutSafetyCheck"],
        }
        cloud.when_ready(
            "kms",
            lambda: client.put_key_policy(KeyId=key_id, PolicyName="default", **policy),
            "MalformedPolicyDocumentException",
        )
    if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
        if not inputs["enableKeyRotation"]:
            client.disable_key_rotation(KeyId=key_id)
        elif "rotationPeriodInDays" in inputs:
            days = inputs["rotationPeriodInDays"]
            client.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=days)
        else:
            client.enable_key_rotation(KeyId=key_id)
    if "tags" in changed:
        tags = inputs.get("tags", {})
        present = tag_map(client.list_resource_tags(KeyId=key_id)["Tags"], "TagKey", "TagValue")
        if gone := sorted(present.keys() - tags.keys()):
            client.untag_resource(KeyId=key_id, TagKeys=gone)
        if tags:
            client.tag_resource(KeyId=key_id, Tags=tag_list(tags, "TagKey", "TagValue"))
    if "isEnabled" in changed and not inputs["isEnabled"]:
        client.disable_key(KeyId=key_id)


def _delete_key(cloud: Cloud, key_id: str, state: Values) -> None:
    """Schedule the deletion: KMS deletes no key at once."""
    days = state.get("deletionWindowInDays", KEY["deletionWindowInDays"].default)
    if _read_key(cloud, key_id) is not None:
        cloud.client("kms").schedule_key_deletion(KeyId=key_id, PendingWindowInDays=days)


ALIAS = {
    "name": Field("AliasName", replaces=True),
    "targetKeyId": Field("TargetKeyId", alike=last_segment),
}


def _create_alias(cloud: Cloud, inputs: Values) -> str:
    cloud.client("kms").create_alias(**to_aws(ALIAS, inputs))
    return inputs["name"]


def _read_alias(cloud: Cloud, name: str) -> dict[str, Any] | None:
    pages = cloud.client("kms").get_paginator("list_aliases").paginate()
    for alias in (alias for page in pages for alias in page["Aliases"]):
        if alias["AliasName"] == name and "TargetKeyId" in alias:
            key_id = alias["TargetKeyId"]
            key_arn = alias["AliasArn"].removesuffix(name) + f"key/{key_id}"
            return {
                "name": name,
                "arn": alias["AliasArn"],
                "targetKeyId": key_id,
                "targetKeyArn": key_arn,
            }
    return None


def _update_alias(cloud: Cloud, name: str, inputs: Values, _changed: frozenset[str]) -> None:
    cloud.client("kms").update_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])


def _delete_alias(cloud: Cloud, name: str, _state: Values) -> None:
    found(lambda: cloud.client("kms").delete_alias(AliasName=name), "NotFoundException")


TYPES = (
    ResourceType(
        declared=kms.Key,
        fields=KEY,
        service="kms",
        create=_create_key,
        read=_read_key,
        update=_update_key,
        delete=_delete_key,
    ),
    ResourceType(
        declared=kms.Alias,
        fields=ALIAS,
        service="kms",
        name="name",
        name_prefix="alias/",
        create=_create_alias,
        read=_read_alias,
        update=_update_alias,
        delete=_delete_alias,
    ),
)
