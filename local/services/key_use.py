"""Use of a KMS key by a service, on behalf of its caller or for itself."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws_api.caller import Caller, DeploymentTarget, ForwardAccessSession, Principal
from local.aws_api.request_context import Answer, read_request


class KeyRefusal(Exception):
    """KMS refused; code, message and status are KMS's own."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ServiceKeys:
    """Asks KMS in the name of whoever calls `service`, which kms:ViaService then names.

    `kms` answers KMS calls, by the same way as any other. `service` is the first label of the
    service's DNS name, such as `s3`.
    """

    def __init__(self, service: str, place: DeploymentTarget, kms: Answer) -> None:
        self._place = place
        self._kms = kms
        self.name = f"{service}.{place.region}.amazonaws.com"

    def ask(self, acting: Caller, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """KMS's answer; raises KeyRefusal. A service that calls for itself stays itself."""
        who = acting.principal if isinstance(acting, ForwardAccessSession) else acting
        if isinstance(who, Principal):
            who = ForwardAccessSession(who, self.name)
        headers = {"x-amz-target": f"TrentService.{action}"}
        body = json.dumps(members).encode()
        response = self._kms(read_request(who, "kms", self._place, "POST", "/", headers, body))
        answer: dict[str, Any] = json.loads(response.body)
        if response.status < 300:
            return answer
        code = str(answer.get("__type", "")).rpartition("#")[2]
        raise KeyRefusal(code, str(answer.get("message", "")), response.status)
