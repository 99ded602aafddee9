"""Amazon S3: the settings of a bucket that pulumi_aws holds as resources of their own."""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_aws import s3

from .aws_clients import Cloud, found
from .fields import (
    Field,
    document_text,
    from_aws,
    last_segment,
    policy_meaning,
    tag_list,
    tag_map,
    to_aws,
)
from .resource import ResourceType, Values

STATUS = ("Enabled", "Disabled")
DAYS = range(1, 2**31)

ENCRYPTION = {
    "bucket": Field(replaces=True),
    "rules": Field(
        "Rules",
        fields={
            "applyServerSideEncryptionByDefault": Field(
                "ApplyServerSideEncryptionByDefault",
                fields={
                    "sseAlgorithm": Field(
                        "SSEAlgorithm", allowed=("AES256", "aws:kms", "aws:kms:dsse")
                    ),
                    "kmsMasterKeyId": Field("KMSMasterKeyID", alike=last_segment),
                },
            ),
            "bucketKeyEnabled": Field("BucketKeyEnabled", default=False),
            "blockedEncryptionTypes": Field(
                "BlockedEncryptionTypes",
                allowed=("NONE", "SSE-C"),
                filled=True,
                send=lambda types: {"EncryptionType": types},
                receive=lambda types: types["EncryptionType"],
            ),
        },
    ),
}

VERSIONING = {
    "bucket": Field(replaces=True),
    "versioningConfiguration": Field(
        fields={
            "status": Field("Status", allowed=("Enabled", "Suspended", "Disabled")),
            "mfaDelete": Field("MFADelete", default="Disabled", allowed=STATUS),
        },
    ),
}

PUBLIC_ACCESS = {
    "bucket": Field(replaces=True),
    "blockPublicAcls": Field("BlockPublicAcls", default=False),
    "blockPublicPolicy": Field("BlockPublicPolicy", default=False),
    "ignorePublicAcls": Field("IgnorePublicAcls", default=False),
    "restrictPublicBuckets": Field("RestrictPublicBuckets", default=False),
}

OWNERSHIP = {
    "bucket": Field(replaces=True),
    "rule": Field(
        fields={
            "objectOwnership": Field(
                "ObjectOwnership",
                allowed=("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"),
            )
        }
    ),
}

SIZES = {
    "prefix": Field("Prefix"),
    "objectSizeGreaterThan": Field("ObjectSizeGreaterThan"),
    "objectSizeLessThan": Field("ObjectSizeLessThan"),
}

LIFECYCLE = {
    "bucket": Field(replaces=True),
    "transitionDefaultMinimumObjectSize": Field(
        "TransitionDefaultMinimumObjectSize",
        allowed=("varies_by_storage_class", "all_storage_classes_128K"),
        filled=True,
    ),
    "rules": Field(
        "Rules",
        fields={
            "id": Field("ID"),
            "status": Field("Status", allowed=STATUS),
            "filter": Field(
                "Filter",
                fields={
                    **SIZES,
                    "tag": Field("Tag", fields={"key": Field("Key"), "value": Field("Value")}),
                    "and": Field(
                        "And",
                        fields={**SIZES, "tags": Field("Tags", send=tag_list, receive=tag_map)},
                    ),
                },
            ),
            "expiration": Field(
                "Expiration",
                fields={
                    "days": Field("Days", allowed=DAYS),
                    "expiredObjectDeleteMarker": Field("ExpiredObjectDeleteMarker", default=False),
                },
            ),
            "noncurrentVersionExpiration": Field(
                "NoncurrentVersionExpiration",
                fields={
                    "noncurrentDays": Field("NoncurrentDays", allowed=DAYS),
                    "newerNoncurrentVersions": Field("NewerNoncurrentVersions", allowed=DAYS),
                },
            ),
            "abortIncompleteMultipartUpload": Field(
                "AbortIncompleteMultipartUpload",
                fields={"daysAfterInitiation": Field("DaysAfterInitiation", allowed=DAYS)},
            ),
        },
    ),
}

POLICY = {
    "bucket": Field(replaces=True),
    "policy": Field(alike=policy_meaning),
}


def _put_encryption(cloud: Cloud, name: str, inputs: Values) -> None:
    configuration = to_aws(ENCRYPTION, inputs)
    cloud.client("s3").put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration=configuration
    )


def _get_encryption(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = cloud.client("s3").get_bucket_encryption(Bucket=name)
    return from_aws(ENCRYPTION, answer["ServerSideEncryptionConfiguration"])


def _put_versioning(cloud: Cloud, name: str, inputs: Values) -> None:
    """Set versioning; "Disabled" means never enabled, which S3 has no request for."""
    configuration = VERSIONING["versioningConfiguration"].to_aws(inputs["versioningConfiguration"])
    if configuration["Status"] != "Disabled":
        cloud.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration=configuration)
    elif _get_versioning(cloud, name)["versioningConfiguration"]["status"] != "Disabled":
        raise ValueError(
            "versioningConfiguration.status: expected Enabled or Suspended for a bucket that was"
            " versioned once, got Disabled"
        )


def _get_versioning(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = cloud.client("s3").get_bucket_versioning(Bucket=name)
    configuration = VERSIONING["versioningConfiguration"].from_aws(answer)
    return {"versioningConfiguration": {"status": "Disabled", **configuration}}


def _suspend_versioning(cloud: Cloud, name: str) -> None:
    if _get_versioning(cloud, name)["versioningConfiguration"]["status"] == "Enabled":
        cloud.client("s3").put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Suspended"}
        )


def _put_public_access(cloud: Cloud, name: str, inputs: Values) -> None:
    configuration = to_aws(PUBLIC_ACCESS, inputs)
    cloud.client("s3").put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=configuration
    )


def _get_public_access(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = cloud.client("s3").get_public_access_block(Bucket=name)
    return from_aws(PUBLIC_ACCESS, answer["PublicAccessBlockConfiguration"])


def _put_ownership(cloud: Cloud, name: str, inputs: Values) -> None:
    rule = OWNERSHIP["rule"].to_aws(inputs["rule"])
    cloud.client("s3").put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [rule]}
    )


def _get_ownership(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = cloud.client("s3").get_bucket_ownership_controls(Bucket=name)
    return {"rule": OWNERSHIP["rule"].from_aws(answer["OwnershipControls"]["Rules"][0])}


def _put_lifecycle(cloud: Cloud, name: str, inputs: Values) -> None:
    """Set the rules; one without a filter says so, since S3 wants a filter or a prefix in each."""
    request = to_aws(LIFECYCLE, inputs)
    rules = [{"Filter": {}, **rule} for rule in request.pop("Rules")]
    cloud.client("s3").put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration={"Rules": rules}, **request
    )


def _get_lifecycle(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = cloud.client("s3").get_bucket_lifecycle_configuration(Bucket=name)
    return from_aws(LIFECYCLE, answer)


def _put_policy(cloud: Cloud, name: str, inputs: Values) -> None:
    policy = document_text(inputs["policy"])
    cloud.when_ready(
        "s3",
        lambda: cloud.client("s3").put_bucket_policy(Bucket=name, Policy=policy),
        "Invalid principal in policy",
    )


def _get_policy(cloud: Cloud, name: str) -> dict[str, Any]:
    return {"policy": cloud.client("s3").get_bucket_policy(Bucket=name)["Policy"]}


def _setting(
    declared: type,
    fields: Mapping[str, Field],
    put: Callable[[Cloud, str, Values], None],
    get: Callable[[Cloud, str], dict[str, Any]],
    remove: Callable[[Cloud, str], object],
    *absent: str,
) -> ResourceType:
    """Return the type of a setting that a bucket has or has not; its id is the bucket's name.

    absent: the error codes with which S3 says that the bucket has no such setting.
    """

    def create(cloud: Cloud, inputs: Values) -> str:
        put(cloud, inputs["bucket"], inputs)
        return inputs["bucket"]

    def read(cloud: Cloud, name: str) -> dict[str, Any] | None:
        state = found(lambda: get(cloud, name), "NoSuchBucket", *absent)
        return None if state is None else {"bucket": name, **state}

    def update(cloud: Cloud, name: str, inputs: Values, _changed: frozenset[str]) -> None:
        put(cloud, name, inputs)

    def delete(cloud: Cloud, name: str, _state: Values) -> None:
        found(lambda: remove(cloud, name), "NoSuchBucket", *absent)

    return ResourceType(
        declared=declared,
        fields=fields,
        service="s3",
        create=create,
        read=read,
        update=update,
        delete=delete,
    )


TYPES = (
    _setting(
        s3.BucketServerSideEncryptionConfiguration,
        ENCRYPTION,
        _put_encryption,
        _get_encryption,
        lambda cloud, name: cloud.client("s3").delete_bucket_encryption(Bucket=name),
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    _setting(
        s3.BucketVersioning, VERSIONING, _put_versioning, _get_versioning, _suspend_versioning
    ),
    _setting(
        s3.BucketPublicAccessBlock,
        PUBLIC_ACCESS,
        _put_public_access,
        _get_public_access,
        lambda cloud, name: cloud.client("s3").delete_public_access_block(Bucket=name),
        "NoSuchPublicAccessBlockConfiguration",
    ),
    _setting(
        s3.BucketOwnershipControls,
        OWNERSHIP,
        _put_ownership,
        _get_ownership,
        lambda cloud, name: cloud.client("s3").delete_bucket_ownership_controls(Bucket=name),
        "OwnershipControlsNotFoundError",
    ),
    _setting(
        s3.BucketLifecycleConfiguration,
        LIFECYCLE,
        _put_lifecycle,
        _get_lifecycle,
        lambda cloud, name: cloud.client("s3").delete_bucket_lifecycle(Bucket=name),
        "NoSuchLifecycleConfiguration",
    ),
    _setting(
        s3.BucketPolicy,
        POLICY,
        _put_policy,
        _get_policy,
        lambda cloud, name: cloud.client("s3").delete_bucket_policy(Bucket=name),
        "NoSuchBucketPolicy",
    ),
)
