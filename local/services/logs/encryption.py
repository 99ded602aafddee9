"""CloudWatch Logs with KMS: groups with a key, which service and caller must be able to use.

AWS prescribes permissions and does not say which call needs which. Here writing makes a data key in
the caller's name and reading decrypts it; when a key is associated the caller describes it and the
service proves that it may use it. Both bind the group by the encryption context.
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from collections.abc import Mapping
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, ServicePrincipal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState
from local.services.key_use import KeyRefusal, ServiceKeys

_ASSOCIATING = frozenset({"AssociateKmsKey", "CreateLogGroup"})
_READING = frozenset({"CreateExportTask", "FilterLogEvents", "GetLogEvents", "StartQuery"})


class LogEncryption:
    """A layer in front of moto's CloudWatch Logs."""

    def __init__(self, state: MotoState, place: DeploymentTarget, kms: Answer) -> None:
        self._state = state
        self._place = place
        self._keys = ServiceKeys("logs", place, kms)
        self._data_keys: dict[tuple[str, str], str] = {}

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of CloudWatch Logs; raises AwsError as it does when KMS refuses."""
        if call.action in _ASSOCIATING and call.parameters.get("kmsKeyId"):
            self._check_key(call, str(call.parameters["kmsKeyId"]))
        try:
            for group in groups_named(call.parameters):
                key = self._state.log_group_key(call.account, group)
                if key and call.action == "PutLogEvents":
                    self._seal(call, group, key)
                elif key and call.action in _READING:
                    self._open(call, group, key)
        except KeyRefusal as refusal:
            denied = refusal.code == "AccessDeniedException"
            code = refusal.code if denied else "InvalidParameterException"
            raise AwsError(code, refusal.message) from None
        if call.action in ("AssociateKmsKey", "DisassociateKmsKey"):
            return self._keep(call)
        return next_handler(call)

    def _keep(self, call: RequestContext) -> Response:
        """Give the groups their key or take it away: moto has neither operation."""
        key = call.parameters.get("kmsKeyId") if call.action == "AssociateKmsKey" else None
        for group in groups_named(call.parameters):
            self._state.keep_log_group_key(call.account, group, key)
        return Response(200, {"content-type": "application/x-amz-json-1.1"}, b"{}")

    def _check_key(self, call: RequestContext, key: str) -> None:
        """Raise what CloudWatch Logs answers to a key that a group cannot have."""
        groups = groups_named(call.parameters)
        stored = self._state.key(call.account, key) if ":key/" in key else None
        if (
            stored is None
            or stored["KeyState"] != "Enabled"
            or stored["KeySpec"] != "SYMMETRIC_DEFAULT"
        ):
            raise AwsError(
                "InvalidParameterException",
                f"The specified KMS Key Id could not be found. '{', '.join(groups)}'",
            )
        try:
            self._associate(call, key)
        except KeyRefusal as refusal:
            arns = ", ".join(self._arn(call, group) for group in groups)
            raise AwsError(
                "AccessDeniedException",
                "The specified KMS key does not exist or is not allowed to be used with Arn "
                f"'{arns}': {refusal.message}",
            ) from None

    def _associate(self, call: RequestContext, key: str) -> None:
        self._keys.ask(call.acting, "DescribeKey", {"KeyId": key})
        for group in groups_named(call.parameters):
            arn = self._arn(call, group)
            service = ServicePrincipal(self._keys.name, call.account, arn, call.account)
            answer = self._keys.ask(service, "GenerateDataKey", _making(key, arn))
            opening = {"CiphertextBlob": answer["CiphertextBlob"], "KeyId": key}
            self._keys.ask(service, "Decrypt", {**opening, "EncryptionContext": _context(arn)})
            self._data_keys[key, arn] = answer["CiphertextBlob"]

    def _seal(self, call: RequestContext, group: str, key: str) -> None:
        arn = self._arn(call, group)
        answer = self._keys.ask(call.acting, "GenerateDataKey", _making(key, arn))
        self._data_keys[key, arn] = answer["CiphertextBlob"]

    def _open(self, call: RequestContext, group: str, key: str) -> None:
        arn = self._arn(call, group)
        blob = self._data_keys[key, arn]
        members = {"CiphertextBlob": blob, "KeyId": key, "EncryptionContext": _context(arn)}
        self._keys.ask(call.acting, "Decrypt", members)

    def _arn(self, call: RequestContext, group: str) -> str:
        return f"arn:{self._place.partition}:logs:{call.region}:{call.account}:log-group:{group}"


def _making(key: str, arn: str) -> dict[str, Any]:
    return {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": _context(arn)}


def _context(arn: str) -> dict[str, str]:
    return {"aws:logs:arn": arn}


def groups_named(given: Mapping[str, Any]) -> list[str]:
    """The names of the groups in a request."""
    return sorted({*(given.get("logGroupNames") or ()), given.get("logGroupName") or ""} - {""})
