"""KMS as it refuses: key states, dry runs, key usage. Rotation is in `key_rotation`.

Source of the states: docs.aws.amazon.com/kms/latest/developerguide/key-state.html
Source of the dry run: docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.grants import Grants
from local.moto_backend.state import MotoState
from local.runtime.clock import Clock
from local.services.kms.grants import check_new_grant, check_retired_grant
from local.services.kms.key_policies import check_key_policy

_CRYPTOGRAPHIC = frozenset(
    {
        "Decrypt",
        "DeriveSharedSecret",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
_GRANTS = frozenset({"CreateGrant", "RetireGrant", "RevokeGrant"})
_OF_GRANTS = _GRANTS | {"ListGrants"}
_REFUSED_WHEN_DISABLED = _CRYPTOGRAPHIC | {
    "CreateGrant",
    "DisableKeyRotation",
    "EnableKeyRotation",
    "RotateKeyOnDemand",
}
_REFUSED_WHEN_PENDING = _REFUSED_WHEN_DISABLED | {
    "CreateAlias",
    "DisableKey",
    "EnableKey",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
}
_REFUSED_WHEN_PENDING_DELETION = _REFUSED_WHEN_PENDING | {
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ScheduleKeyDeletion",
    "UpdateAlias",
    "UpdatePrimaryRegion",
}
_PENDING = {"PendingDeletion": "pending deletion", "PendingImport": "pending import"}
_DEFAULT_WINDOW = 30
_DAY = 86_400
_SYMMETRIC_ONLY = frozenset({"GenerateDataKey", "GenerateDataKeyWithoutPlaintext"})


class KeyRules:
    """The layer in front of moto's KMS."""

    def __init__(self, state: MotoState, clock: Clock, grants: Grants) -> None:
        self._state = state
        self._clock = clock
        self._grants = grants

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a KMS call; raises AwsError as KMS does."""
        key = self._key(call)
        if key is not None:
            _check_state(call.action, key)
            _check_usage(call.action, key)
        if (
            key is None
            and call.action in _OF_GRANTS
            and isinstance(call.parameters.get("KeyId"), str)
        ):
            raise AwsError("NotFoundException", f"Key '{call.parameters['KeyId']}' does not exist")
        if ":key/" in str(call.parameters.get("KeyId")) and key is not None:
            # Some of moto's operations know a key by its id only.
            call = _with_members(call, call.parameters | {"KeyId": key["KeyId"]})
        if call.action in ("GetKeyPolicy", "PutKeyPolicy"):
            # The only name, which may be left out.
            call = _with_members(call, {"PolicyName": "default"} | call.parameters)
        if call.action == "CreateGrant" and key is not None:
            self._check_grantees(call)
            check_new_grant(key, call.parameters)
        if call.action == "RetireGrant":
            check_retired_grant(call.account, key, call.parameters, self._grants)
        if "Policy" in call.parameters and call.action in ("CreateKey", "PutKeyPolicy"):
            check_key_policy(call.parameters["Policy"], self._state.principal_exists)
        if call.parameters.get("DryRunModifiers") and not call.parameters.get("DryRun"):
            raise AwsError("ValidationException", "DryRunModifiers: expected only with DryRun true")
        if call.parameters.get("DryRun"):
            return self._rehearse(call, key, next_handler)
        if call.action == "CreateGrant" and key is not None:
            # A retry with a Name and the same parameters makes no second grant.
            # docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
            again = self._grants.same(call.account, key["KeyId"], call.parameters)
            if again is not None:
                body = json.dumps({"GrantId": again[0], "GrantToken": again[1]}).encode()
                return Response(200, {"content-type": "application/x-amz-json-1.1"}, body)
        if call.action == "ReplicateKey":
            raise AwsError("NotImplemented", "The local endpoint has one Region", 501)
        if call.action == "CreateKey":
            # moto stores the absence of both, and gives it back.
            defaults = {"KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}
            call = _with_members(call, defaults | call.parameters)
        response = next_handler(call)
        if response.status >= 300:
            return response
        if call.action == "ScheduleKeyDeletion" and key is not None:
            return self._deletion(call, key, response)
        if call.action == "CancelKeyDeletion" and key is not None:
            return replace(response, body=json.dumps({"KeyId": key["Arn"]}).encode())
        if call.action == "CreateKey" and call.parameters.get("Origin") == "EXTERNAL":
            return self._awaiting_material(call, response)
        return response

    def _check_grantees(self, call: RequestContext) -> None:
        """docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html, Errors."""
        for member in ("GranteePrincipal", "RetiringPrincipal"):
            arn = call.parameters.get(member)
            if arn is not None and not (
                arn.startswith("arn:") and self._state.principal_exists(arn)
            ):
                raise AwsError(
                    "InvalidArnException",
                    f"{member}: ARN does not refer to a valid principal: {arn}",
                )

    def _key(self, call: RequestContext) -> Mapping[str, Any] | None:
        """The key that the call would use, None when it names none that exists."""
        name = call.parameters.get("KeyId") or call.parameters.get("TargetKeyId")
        if call.action == "ReEncrypt":
            name = call.parameters.get("DestinationKeyId")
        if call.action == "RetireGrant" and (token := call.parameters.get("GrantToken")):
            granted = self._grants.by_token(call.account, str(token))
            name = granted.key_arn if granted else None
        key = self._state.key(call.account, name) if isinstance(name, str) else None
        if key is None and isinstance(name, str) and name.startswith("arn:"):
            # moto looks at the end of an ARN only, and would take a key of another Region for it.
            raise AwsError("NotFoundException", f"Key '{name}' does not exist")
        blob = call.parameters.get("CiphertextBlob")
        if call.action != "Decrypt" or not isinstance(blob, str):
            return key
        maker = self._state.key_of_ciphertext(call.account, blob)
        if maker is None or name is None:
            return key if maker is None else self._state.key(call.account, maker)
        if key is not None and key["KeyId"] != maker:
            raise AwsError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this "
                "operation.",
            )
        return key

    def _rehearse(
        self, call: RequestContext, key: Mapping[str, Any] | None, next_handler: Answer
    ) -> Response:
        """A dry run always fails: with the call's own error, or by saying it would succeed."""
        modifiers = call.parameters.get("DryRunModifiers") or []
        if modifiers not in ([], ["IGNORE_CIPHERTEXT"]):
            raise AwsError("ValidationException", f"DryRunModifiers: found {modifiers}")
        unread = call.action == "Decrypt" and bool(modifiers)
        if unread or call.action in _GRANTS:
            # These must not reach moto: a grant would be made, and a ciphertext be missing.
            if key is None:
                name = call.parameters.get("KeyId")
                if name is None:
                    raise AwsError("ValidationException", "KeyId: expected, found none")
                raise AwsError("NotFoundException", f"Key '{name}' does not exist")
        else:
            members = {k: v for k, v in call.parameters.items() if not k.startswith("DryRun")}
            response = next_handler(_with_members(call, members))
            if response.status >= 300:
                return response
        raise AwsError(
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        )

    def _deletion(
        self, call: RequestContext, key: Mapping[str, Any], response: Response
    ) -> Response:
        """docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html

        moto counts the days by the system's clock.
        """
        days = call.parameters.get("PendingWindowInDays", _DEFAULT_WINDOW)
        moment = self._clock.now() + days * _DAY
        self._state.set_deletion_date(call.account, key["KeyId"], moment)
        answer = {
            "DeletionDate": moment,
            "KeyId": key["Arn"],
            "KeyState": "PendingDeletion",
            "PendingWindowInDays": days,
        }
        return replace(response, headers=_of_type(response), body=json.dumps(answer).encode())

    def _awaiting_material(self, call: RequestContext, response: Response) -> Response:
        answer = json.loads(response.body)
        self._state.await_key_material(call.account, answer["KeyMetadata"]["KeyId"])
        answer["KeyMetadata"] |= {"Enabled": False, "KeyState": "PendingImport"}
        return replace(response, headers=_of_type(response), body=json.dumps(answer).encode())


def _check_state(action: str, key: Mapping[str, Any]) -> None:
    state, arn = key["KeyState"], key["Arn"]
    if state == "Disabled" and action in _REFUSED_WHEN_DISABLED:
        raise AwsError("DisabledException", f"{arn} is disabled.")
    refused = _REFUSED_WHEN_PENDING
    if state == "PendingDeletion":
        refused = _REFUSED_WHEN_PENDING_DELETION
    if state in _PENDING and action in refused:
        raise AwsError("KMSInvalidStateException", f"{arn} is {_PENDING[state]}.")
    if action == "CancelKeyDeletion" and state != "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{arn} is not pending deletion.")


def _check_usage(action: str, key: Mapping[str, Any]) -> None:
    if action not in _SYMMETRIC_ONLY:
        return
    if key["KeyUsage"] != "ENCRYPT_DECRYPT" or key["KeySpec"] != "SYMMETRIC_DEFAULT":
        raise AwsError(
            "InvalidKeyUsageException",
            f"{key['Arn']} key usage is {key['KeyUsage']}, key spec {key['KeySpec']}, "
            f"which is not valid for {action}.",
        )


def _with_members(call: RequestContext, members: dict[str, Any]) -> RequestContext:
    request = replace(call.request, body=json.dumps(members).encode())
    return replace(call, parameters=members, request=request)


def _of_type(response: Response) -> dict[str, str]:
    """The headers of an answer whose body was changed."""
    return {name: value for name, value in response.headers.items() if name != "content-length"}
