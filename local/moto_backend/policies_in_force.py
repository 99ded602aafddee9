"""Policies, tags and names in moto's state that affect a decision, parsed by content."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.kms.utils import RESERVED_ALIASES
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import sts_backends

from local.aws_api.caller import Caller, DeploymentTarget, ForwardAccessSession, Principal
from local.aws_api.request_context import RequestContext
from local.aws_api.request_parsing import queue_of
from local.moto_backend.grants import Grants
from local.moto_backend.identities import IamState
from local.moto_backend.managed_keys import managed_key_policy
from local.moto_backend.state import MotoState
from policies.iam import MalformedPolicyError, Policy, PolicyType, parse_policy


class UnreadablePolicyError(Exception):
    """A stored policy that cannot be read, so that nothing is allowed that it may deny."""


@dataclass(frozen=True)
class Identity:
    """A user or role: its policies, and what condition keys tell of it.

    `exists` is False for the session of a role, or a user, that was deleted.
    """

    exists: bool
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] = ()
    unique_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class PoliciesInForce:
    """Reads moto's backends, under moto's lock."""

    def __init__(
        self, place: DeploymentTarget, state: MotoState, iam: IamState, lock: threading.RLock
    ) -> None:
        self._place = place
        self._lock = lock
        self.key_owner = iam.key_owner
        self.key = state.key
        self.key_of_ciphertext = state.key_of_ciphertext
        self.bucket_owner = state.bucket_owner
        self.grants = Grants(place, lock)

    # --- names --------------------------------------------------------------------------------

    def arn(self, call: RequestContext, service: str, resource: str) -> str:
        """The ARN of a resource of the Region in the account that the call is about."""
        return f"arn:{self._place.partition}:{service}:{call.region}:{call.account}:{resource}"

    def global_arn(self, call: RequestContext, service: str, resource: str) -> str:
        """The ARN of a resource that lies in no Region."""
        return f"arn:{self._place.partition}:{service}::{call.account}:{resource}"

    def bucket_arn(self, bucket: str, key: str | None = None) -> str:
        """The ARN of a bucket, or of an object in it."""
        resource = bucket if key is None else f"{bucket}/{key}"
        return f"arn:{self._place.partition}:s3:::{resource}"

    @staticmethod
    def arn_of(acting: Caller) -> str:
        """The ARN of who is acting, or the name of the service."""
        who = acting.principal if isinstance(acting, ForwardAccessSession) else acting
        return who.arn if isinstance(who, Principal) else who.service

    @staticmethod
    def account_of(acting: Caller) -> str:
        """The account of who is acting; for a service that of whom it acts for."""
        who = acting.principal if isinstance(acting, ForwardAccessSession) else acting
        return who.account if isinstance(who, Principal) else who.source_account

    def iam_path(self, account: str, kind: str, name: str) -> str | None:
        """The path of a user, role, group or policy that exists; None when there is none."""
        with self._lock:
            iam = self._iam(account)
            collections: dict[str, Any] = {
                "role": iam.roles,
                "user": iam.users,
                "group": iam.groups,
                "instance-profile": iam.instance_profiles,
                "policy": iam.managed_policies,
                "server-certificate": {},  # moto's have no path of their own
            }
            for entry in collections[kind].values():
                if entry.name == name:
                    return str(entry.path or "/")
        return None

    def queue_arn(self, call: RequestContext) -> str | None:
        """The ARN of the queue that a call names by URL or by name; None when it names none."""
        queue = queue_of(call.parameters.get("QueueUrl"))
        name = queue[1] if queue else call.parameters.get("QueueName")
        return self.arn(call, "sqs", str(name)) if name else None

    def queried_groups(self, account: str, query: str) -> list[str]:
        """The log groups that a query of CloudWatch Logs reads."""
        with self._lock:
            found = logs_backends[account][self._place.region].queries.get(query)
            return list(found.log_group_names) if found else []

    # --- policies of who asks -----------------------------------------------------------------

    def identity(self, principal: Principal) -> Identity:
        """The policies of a user, with its groups, or of a session, with its role."""
        with self._lock:
            iam = self._iam(principal.account)
            if principal.role_arn is None:
                return self._user(iam, principal)
            return self._session(iam, principal, principal.role_arn)

    def _user(self, iam: Any, principal: Principal) -> Identity:
        user = next((one for one in iam.users.values() if one.arn == principal.arn), None)
        if user is None:
            return Identity(exists=False)
        groups = [group for group in iam.groups.values() if user in group.users]
        policies = [policy for owner in (user, *groups) for policy in _policies_of(owner)]
        return Identity(
            exists=True,
            policies=tuple(policies),
            unique_id=user.id,
            tags=iam.tagger.get_tag_dict_for_resource(user.arn),
        )

    def _session(self, iam: Any, principal: Principal, role_arn: str) -> Identity:
        role = next((one for one in iam.roles.values() if one.arn == role_arn), None)
        sts = sts_backends[principal.account][self._place.partition]
        session = sts.get_assumed_role_from_access_key(principal.access_key_id)
        if role is None or getattr(session, "role_id", role.id) != role.id:
            return Identity(exists=False)
        passed = getattr(session, "policy", None)
        boundary = iam.managed_policies.get(role.permissions_boundary_arn)
        return Identity(
            exists=True,
            policies=tuple(_policies_of(role)),
            boundary=_managed(boundary) if boundary else None,
            session=(_parsed(passed, PolicyType.SESSION, "session"),) if passed else (),
            unique_id=f"{role.id}:{principal.arn.rpartition('/')[2]}",
            tags={tag["Key"]: tag["Value"] for tag in role.tags or []},
        )

    # --- policies and tags of what is asked for -----------------------------------------------

    def resource_policy(self, action: str, arn: str, owner: str | None) -> Policy | None:
        """The resource's own policy; of a role, its trust policy for actions of STS only."""
        _, _, service, _, account, resource = (*arn.split(":", 5), "", "", "", "", "")[:6]
        with self._lock:
            if service == "s3" and owner is not None:
                return self._bucket_policy(owner, resource.partition("/")[0])
            if service == "kms" and resource.startswith("key/"):
                return self._key_policy(account, resource.removeprefix("key/"))
            if service == "iam" and resource.startswith("role/") and action.startswith("sts:"):
                return self._trust_policy(account, arn)
            if service == "sqs":
                return self._queue_policy(account, arn)
            if service == "lambda" and resource.startswith("function:"):
                return self._function_policy(account, resource.split(":")[1])
        return None

    def tags(self, arn: str) -> Mapping[str, str]:
        """The tags of a key, role, function or queue, for aws:ResourceTag."""
        _, _, service, _, account, resource = (*arn.split(":", 5), "", "", "", "", "")[:6]
        region = self._place.region
        with self._lock:
            if service == "kms" and resource.startswith("key/"):
                kms = kms_backends[account][region]
                return kms.tagger.get_tag_dict_for_resource(resource.removeprefix("key/"))
            if service == "iam" and resource.startswith("role/"):
                roles = self._iam(account).roles.values()
                found = next((role.tags or [] for role in roles if role.arn == arn), [])
                return {tag["Key"]: tag["Value"] for tag in found}
            if service == "lambda" and resource.startswith("function:"):
                function = self._function(account, resource.split(":")[1])
                return dict(function.tags) if function else {}
            if service == "sqs":
                queue = self._queue(account, arn)
                return dict(queue.tags) if queue else {}
        return {}

    def _bucket_policy(self, owner: str, bucket: str) -> Policy | None:
        found = s3_backends[owner][self._place.partition].get_bucket(bucket)
        text = found.policy
        return _parsed(text.decode("utf-8", "replace"), PolicyType.BUCKET, bucket) if text else None

    def _key_policy(self, account: str, identifier: str) -> Policy | None:
        key = kms_backends[account][self._place.region].keys.get(identifier)
        if key is None:
            return None
        reserved = next((alias for alias in key.aliases if alias in RESERVED_ALIASES), None)
        text = managed_key_policy(self._place, account, reserved) if reserved else key.policy
        policy = _parsed(text, PolicyType.KEY, key.arn)
        granted = [
            statement
            for grant in self.grants.policies(account, identifier)
            for statement in _parsed(grant, PolicyType.KEY, f"grant on {key.arn}").statements
        ]
        return replace(policy, statements=(*policy.statements, *granted)) if granted else policy

    def _trust_policy(self, account: str, arn: str) -> Policy | None:
        roles = self._iam(account).roles.values()
        role = next((one for one in roles if one.arn == arn), None)
        if role is None:
            return None
        return _parsed(role.assume_role_policy_document, PolicyType.TRUST, role.name)

    def _queue(self, account: str, arn: str) -> Any:
        queues = sqs_backends[account][self._place.region].queues.values()
        return next((queue for queue in queues if queue.queue_arn == arn), None)

    def _queue_policy(self, account: str, arn: str) -> Policy | None:
        queue = self._queue(account, arn)
        text = queue.policy if queue else None
        return _parsed(text, PolicyType.RESOURCE, queue.name) if text else None

    def _function(self, account: str, name: str) -> Any:
        functions = lambda_backends[account][self._place.region].list_functions()
        return next((one for one in functions if one.function_name == name), None)

    def _function_policy(self, account: str, name: str) -> Policy | None:
        function = self._function(account, name)
        statements = function.policy.statements if function and function.policy else []
        if not statements:
            return None
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return _parsed(document, PolicyType.RESOURCE, name)

    def _iam(self, account: str) -> Any:
        return iam_backends[account][self._place.partition]


def _policies_of(owner: Any) -> list[Policy]:
    inline = [
        _parsed(text, PolicyType.IDENTITY, f"{owner.name}/{name}")
        for name, text in owner.policies.items()
    ]
    return [*inline, *(_managed(policy) for policy in owner.managed_policies.values())]


def _managed(policy: Any) -> Policy:
    default = next(one for one in policy.versions if one.is_default)
    return _parsed(default.document, PolicyType.IDENTITY, policy.name)


def _parsed(document: str | Mapping[str, Any], kind: PolicyType, name: str) -> Policy:
    text = document if isinstance(document, str) else json.dumps(document)
    try:
        return _parse(text, kind, name)
    except MalformedPolicyError as error:
        raise UnreadablePolicyError(f"the {kind.value} of {name} cannot be read: {error}") from None


@lru_cache(maxsize=1024)
def _parse(text: str, kind: PolicyType, name: str) -> Policy:
    return parse_policy(text, kind, name=name)
