"""Accessors of moto's identities: policies by user and role, and principals by name."""

import json
import threading
from collections.abc import Iterator
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import sts_backends

from local.aws_api.caller import DeploymentTarget


class IamState:
    """Reads and writes moto's backends, under moto's lock."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def policy_exists(self, account: str, arn: str) -> bool:
        """Whether there is a managed policy of this ARN."""
        with self._lock:
            return arn in self._iam(account).managed_policies

    def is_attached(self, account: str, arn: str) -> bool:
        """Whether a managed policy is attached to anybody, or is somebody's boundary."""
        with self._lock:
            iam = self._iam(account)
            holders = [*iam.users.values(), *iam.groups.values(), *iam.roles.values()]
            boundaries = {role.permissions_boundary_arn for role in iam.roles.values()}
            return arn in boundaries or any(arn in one.managed_policies for one in holders)

    def inline_policies(self, account: str, kind: str, name: str) -> dict[str, str] | None:
        """The inline policies of a group, role or user by name; None where there is none."""
        with self._lock:
            found = self._identity(account, kind, name)
            return dict(found.policies) if found else None

    def attached_policies(self, account: str, kind: str, name: str) -> list[str] | None:
        """The ARNs of the policies attached to a group, role or user; None where there is none."""
        with self._lock:
            found = self._identity(account, kind, name)
            return list(found.managed_policies) if found else None

    def _identity(self, account: str, kind: str, name: str) -> Any:
        iam = self._iam(account)
        known = {"group": iam.groups, "role": iam.roles, "user": iam.users}[kind]
        return next((one for one in known.values() if one.name == name), None)

    def has_access_keys(self, account: str, user: str) -> bool:
        """Whether a user has access keys."""
        with self._lock:
            found = self._iam(account).users.get(user)
            return found is not None and bool(found.access_keys)

    def is_member(self, account: str, user: str) -> bool:
        """Whether a user is in a group."""
        with self._lock:
            iam = self._iam(account)
            found = iam.users.get(user)
            return any(found in group.users for group in iam.groups.values())

    def key_owner(self, account: str, access_key_id: str) -> str | None:
        """The name of the user whose access key it is."""
        with self._lock:
            found = self._iam(account).access_keys.get(access_key_id)
            return found.user_name if found else None

    def name_in_use(self, account: str, kind: str, name: str) -> str | None:
        """The name of a Group, InstanceProfile, Policy, Role or User that differs by case at most.

        Names are unique whatever their paths.
        """
        with self._lock:
            iam = self._iam(account)
            known = {
                "Group": iam.groups,
                "InstanceProfile": iam.instance_profiles,
                "Policy": {
                    arn: one
                    for arn, one in iam.managed_policies.items()
                    if arn.split(":")[4] == account
                },
                "Role": iam.roles,
                "User": iam.users,
            }
            names = [str(one.name) for one in known[kind].values()]
        return next((one for one in names if one.lower() == name.lower()), None)

    def find(self, account: str, kind: str, name: str) -> tuple[str, str] | None:
        """ARN and unique id of a User or Role."""
        with self._lock:
            iam = self._iam(account)
            known = iam.users if kind == "User" else iam.roles
            found = next((one for one in known.values() if one.name == name), None)
            return (found.arn, _unique_id(found.id)) if found else None

    def role_of(self, arn: str) -> Any:
        """The role of an ARN, in whichever account; None when there is none."""
        parts = arn.split(":")
        if len(parts) != 6 or not parts[5].startswith("role/"):
            return None
        with self._lock:
            return next((role for role in self._roles(parts[4]) if role.arn == arn), None)

    def bind_session(self, access_key_id: str, role_id: str) -> None:
        """Tie a session to the role that it was given for, and not to the role's name."""
        with self._lock:
            for backends in list(sts_backends.values()):
                found: Any = backends[self._place.partition].get_assumed_role_from_access_key(
                    access_key_id
                )
                if found is not None:
                    found.role_id = role_id

    def break_off(self, arn: str, unique_id: str) -> None:
        """Put a principal's unique id in place of its ARN in every resource's policy.

        A principal that is made again under the same name is another one.
        Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        with self._lock:
            for owner, member in list(self._resource_policies()):
                text: str | bytes | None = getattr(owner, member)
                document = _document(text)
                if document is not None and _replace(document, arn, unique_id):
                    changed = json.dumps(document)
                    setattr(owner, member, changed.encode() if isinstance(text, bytes) else changed)
            for backends in list(lambda_backends.values()):
                for function in backends[self._place.region].list_functions():
                    _replace({"Statement": function.policy.statements}, arn, unique_id)

    def _resource_policies(self) -> Iterator[tuple[Any, str]]:
        """What has a policy, and the attribute that holds it."""
        partition, region = self._place.partition, self._place.region
        for account in list(iam_backends):
            yield from ((one, "assume_role_policy_document") for one in self._roles(account))
        for backends in list(kms_backends.values()):
            yield from ((key, "policy") for key in backends[region].keys.values())
        for backends in list(sqs_backends.values()):
            yield from ((queue, "policy") for queue in backends[region].queues.values())
        for backends in list(s3_backends.values()):
            yield from ((bucket, "policy") for bucket in backends[partition].buckets.values())

    def _roles(self, account: str) -> Iterator[Any]:
        yield from self._iam(account).roles.values()

    def _iam(self, account: str) -> Any:
        return iam_backends[account][self._place.partition]


def _unique_id(identifier: str) -> str:
    """moto gives users ids without the prefix by which AWS's tell users from roles.

    docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, unique identifiers
    """
    return identifier if identifier.startswith("AROA") else f"AIDA{identifier.upper()}"


def _document(text: str | bytes | None) -> dict[str, Any] | None:
    """The document, None where nothing was checked when it was stored."""
    try:
        document: Any = json.loads(text or "null")
    except ValueError:
        return None
    return document if isinstance(document, dict) and "Statement" in document else None


def _replace(document: dict[str, Any], arn: str, unique_id: str) -> bool:
    """Replace a principal in a document's Principal and NotPrincipal elements."""
    changed = False
    statements: Any = document["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element)
            if not isinstance(named, dict) or "AWS" not in named:
                continue
            if named["AWS"] == arn:
                named["AWS"], changed = unique_id, True
            elif isinstance(named["AWS"], list) and arn in named["AWS"]:
                named["AWS"] = [unique_id if one == arn else one for one in named["AWS"]]
                changed = True
    return changed
