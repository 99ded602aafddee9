"""Automatic rotation of KMS keys: the period and the next date, which moto forgets.

docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html and API_EnableKeyRotation
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState
from local.runtime.clock import Clock

_DAY = 86_400
_DEFAULT_DAYS = 365
_CHANGING = frozenset({"DisableKeyRotation", "EnableKeyRotation"})


@dataclass(frozen=True)
class _Rotation:
    days: int
    since: float


class KeyRotation:
    """A layer in front of moto's KMS, behind the one that knows the key states."""

    def __init__(self, state: MotoState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._rotations: dict[str, _Rotation] = {}

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a KMS call; raises AwsError as KMS does."""
        named = call.parameters.get("KeyId")
        key = self._state.key(call.account, named) if isinstance(named, str) else None
        if key is None:
            return next_handler(call)
        if call.action in _CHANGING | {"RotateKeyOnDemand"}:
            _check(call.action, key)
        response = next_handler(call)
        if response.status >= 300:
            return response
        if call.action == "EnableKeyRotation":
            # AWS does not say from when a changed period counts: here from the change.
            days = call.parameters.get("RotationPeriodInDays", _DEFAULT_DAYS)
            self._rotations[key["Arn"]] = _Rotation(days, self._clock.now())
        if call.action == "DisableKeyRotation":
            self._rotations.pop(key["Arn"], None)
        if call.action == "GetKeyRotationStatus":
            return self._status(key, response)
        return response

    def _status(self, key: Mapping[str, Any], response: Response) -> Response:
        """Tell the status: false while a key is pending deletion, and as it was afterwards."""
        answer: dict[str, Any] = {"KeyId": key["Arn"], "KeyRotationEnabled": False}
        rotation = self._rotations.get(key["Arn"])
        if key["KeyManager"] == "AWS":
            answer["KeyRotationEnabled"] = True
        elif rotation is not None and key["KeyState"] != "PendingDeletion":
            period = rotation.days * _DAY
            past = max(0, int((self._clock.now() - rotation.since) // period))
            answer |= {
                "KeyRotationEnabled": True,
                "RotationPeriodInDays": rotation.days,
                "NextRotationDate": rotation.since + (past + 1) * period,
            }
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        return replace(response, headers=headers, body=json.dumps(answer).encode())


def _check(action: str, key: Mapping[str, Any]) -> None:
    """Raise UnsupportedOperationException for keys whose material KMS does not rotate.

    docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
    rotates = key["KeySpec"] == "SYMMETRIC_DEFAULT"
    if action in _CHANGING:
        rotates = rotates and key.get("Origin", "AWS_KMS") == "AWS_KMS"
    if not rotates or key["KeyManager"] == "AWS":
        raise AwsError(
            "UnsupportedOperationException",
            f"{key['Arn']} origin is {key.get('Origin')}, key spec {key['KeySpec']}, which is not "
            f"valid for this operation.",
        )
