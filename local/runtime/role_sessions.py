"""Sessions of roles that AWS services assume to do their work: Lambda's and the Scheduler's."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.aws_api.caller import Principal, ServicePrincipal
from local.runtime.clients import Services

_LIFETIME = 3600
_RENEW_BEFORE = 900


@dataclass(frozen=True)
class RoleSession:
    """The credentials of an assumed role, and the principal that they make."""

    principal: Principal
    secret: str
    token: str

    def environment(self) -> dict[str, str]:
        """The variables in which a process finds the credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.principal.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
        }


class RoleSessions:
    """Assumes roles for services through STS, and keeps each session while it is good.

    `role_of` finds a role by its ARN.
    """

    def __init__(self, services: Services, role_of: Callable[[str], Any]) -> None:
        self._services = services
        self.role_of = role_of
        self._lock = threading.Lock()
        self._kept: dict[
            tuple[ServicePrincipal, str, str, str | None], tuple[float, RoleSession]
        ] = {}

    def assume(self, service: ServicePrincipal, role_arn: str, name: str) -> RoleSession:
        """A session of `role_arn` called `name`; raises botocore's ClientError when refused."""
        # A role that was made anew under its name is another one, and the session is not its.
        known = (service, role_arn, name, getattr(self.role_of(role_arn), "id", None))
        with self._lock:
            renew, session = self._kept.get(known, (0.0, None))
            # Sessions end by the real time, on whatever clock the endpoint lives.
            if session is not None and time.monotonic() < renew:
                return session
        answer: dict[str, Any] = self._services.client("sts", service).assume_role(
            RoleArn=role_arn, RoleSessionName=name[:64].ljust(2, "-"), DurationSeconds=_LIFETIME
        )
        credentials = answer["Credentials"]
        session = RoleSession(
            Principal(
                answer["AssumedRoleUser"]["Arn"],
                role_arn.split(":")[4],
                credentials["AccessKeyId"],
                role_arn,
            ),
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
        )
        with self._lock:
            self._kept[known] = (time.monotonic() + _LIFETIME - _RENEW_BEFORE, session)
        return session
