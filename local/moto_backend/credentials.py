"""Access keys that IAM and STS issued in moto, and the users that the endpoint itself makes."""

import base64
import json
import secrets
import threading
from collections.abc import Mapping
from typing import Any

from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.sts.models import sts_backends

from local.aws_api.caller import DeploymentTarget, Principal
from local.gateway.signature_v4 import Credential

_ADMINISTRATOR: dict[str, Any] = {
    "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
    "CreateDate": "2015-02-06T18:39:46+00:00",
    "UpdateDate": "2015-02-06T18:39:46+00:00",
    "DefaultVersionId": "v1",
    "Path": "/",
    "Document": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
}


class IssuedCredentials:
    """Makes users with an access key, and finds what belongs to an access key id."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def create_administrator(self, name: str) -> tuple[str, str]:
        """Make an IAM user with AdministratorAccess; gives its access key id and secret."""
        with self._lock:
            iam = self._iam(self._place.account)
            # Loading all of AWS's managed policies would take seconds; this is the one of use here.
            policy = AWSManagedPolicy.from_data(
                "AdministratorAccess", self._place.account, self._place.region, _ADMINISTRATOR
            )
            iam.managed_policies[policy.arn] = policy
            iam.create_user(self._place.region, name)
            iam.attach_user_policy(policy.arn, name)
            return _access_key(iam, name)

    def create_user(self, name: str, policy: Mapping[str, Any]) -> tuple[str, str]:
        """Make an IAM user with one inline policy; gives its access key id and secret."""
        with self._lock:
            iam = self._iam(self._place.account)
            iam.create_user(self._place.region, name)
            iam.put_user_policy(name, name, json.dumps(policy))
            return _access_key(iam, name)

    def credential(self, access_key_id: str) -> Credential | None:
        """What IAM or STS issued under this access key id, None when nothing was."""
        with self._lock:
            return self._user_credential(access_key_id) or self._session_credential(access_key_id)

    def _iam(self, account: str) -> Any:
        return iam_backends[account][self._place.partition]

    def _user_credential(self, access_key_id: str) -> Credential | None:
        for account in list(iam_backends):
            iam = self._iam(account)
            key = iam.access_keys.get(access_key_id)
            user = iam.users.get(key.user_name) if key and key.user_name else None
            if key is not None and user is not None and key.status == "Active":
                return Credential(
                    key.secret_access_key, Principal(user.arn, account, access_key_id)
                )
        return None

    def _session_credential(self, access_key_id: str) -> Credential | None:
        for account, backends in list(sts_backends.items()):
            session = backends[self._place.partition].get_assumed_role_from_access_key(
                access_key_id
            )
            if session is not None:
                return Credential(
                    session.secret_access_key,
                    Principal(session.arn, account, access_key_id, session.role_arn),
                    session.session_token,
                    session.expiration,
                )
        return None


def _access_key(iam: Any, user: str) -> tuple[str, str]:
    key = iam.create_access_key(user)
    # moto draws its secrets from a generator that can be predicted from what it gave out. In AWS's
    # own alphabet none begins with a hyphen, which commands would take for an option.
    key.secret_access_key = base64.b64encode(secrets.token_bytes(30)).decode()
    return key.access_key_id, key.secret_access_key
