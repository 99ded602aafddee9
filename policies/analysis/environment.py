"""The resources of a stack that belong together, by what their documents say and what links them.

Nothing is known by the name or the program of a resource: the evaluation key is the key whose
policy lets batch evaluations use it, a caller's role one whose policies allow StartBatchEvaluation,
the controller a function under such a role, the output bucket one that is encrypted under the key
or that a caller's policy names.
"""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from ..iam import Policy
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from ..model.stack import Stack
from . import evaluation_access
from .callers import Callers
from .controllers import Controllers
from .deployment_targets import DeploymentTargets
from .evaluation_keys import EvaluationKeys
from .evaluation_starters import BUCKET, EvaluationStarters
from .identities import ROLE, Identities
from .triggers import Triggers


class Environment:
    """One stack's resources, and which of them batch evaluations run with."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.stack = Stack(resources)
        self.identities = Identities(self.stack)
        self.starters = EvaluationStarters(self.stack, self.identities)
        self.keys = EvaluationKeys(self.stack, self.identities, self.starters)
        self.callers = Callers(self.stack, self.identities, self.starters, self.keys)
        self.triggers = Triggers(self.stack)
        self.controllers = Controllers(
            self.stack, self.identities, self.starters, self.keys, self.callers, self.triggers
        )
        self.deployment = DeploymentTargets(self.stack, self.identities, self.keys, self.callers)

    def undecided(self) -> dict[str, None]:
        """What is waited for to know every evaluation key and everybody who starts evaluations:
        what nearly all rules are about follows from them. To be asked first."""
        try:
            _ = self.keys.evaluation_keys, self.callers.all
        except Waiting as wait:
            self.stack.note(wait)
        return self.stack.noted()

    # --- keys -----------------------------------------------------------------------------------

    @cached_property
    def operations_keys(self) -> list[Resource]:
        """The keys of the log groups and queues that belong to evaluations; while one of them is
        under no key, also those that CloudWatch Logs may use, which are there for it, and those
        that nothing else in the stack has a use for."""
        groups = [
            (each, "kmsKeyId")
            for each in (*self.controllers.result_groups, *self.controllers.function_groups)
        ]
        queues = [(each, "kmsMasterKeyId") for each in self.controllers.failure_queues]
        linked = [
            key
            for each, path in (*groups, *queues)
            for key in self.stack.referred(each, path, *policy_documents.KEY_TYPES)
        ]
        if not all(self._has_key(each, path) for each, path in (*groups, *queues)):
            linked += [
                key
                for key in self.keys.all
                if self._lets_logs_in(key) or self.keys.is_left_over(key)
            ]
        return [key for key in dict.fromkeys(linked) if not self._is_for_evaluations_alone(key)]

    def _is_for_evaluations_alone(self, key: Resource) -> bool:
        """Whether a key's policy names evaluations or AgentCore: what else is under it, another
        rule reports.

        An evaluation key whose policy does neither may be the operations key as well.
        """
        if key not in self.keys.evaluation_keys:
            return False
        policy = self.stack.known(self.keys.key_policy, key)
        return policy is not None and (
            evaluation_access.lets_evaluations_use(policy)
            or evaluation_access.names_service_principal(policy)
        )

    def _has_key(self, resource: Resource, path: str) -> bool:
        try:
            return bool(resource.text(path))
        except Waiting:
            return True

    def _lets_logs_in(self, key: Resource) -> bool:
        policy = self.stack.known(self.keys.key_policy, key)
        return policy is not None and any(
            name.value.startswith("logs.")
            for statement in policy.statements
            for name in (statement.principals.names if statement.principals else ())
        )

    def is_named(self, holder: Resource, action: str) -> bool:
        """Whether a statement of an evaluation key's policy that allows an action names a role or
        user."""
        policies = filter(None, map(self.keys.key_policy, self.keys.evaluation_keys))
        names = {
            name for policy in policies for name in evaluation_access.names_let(policy, action)
        }
        return self.identities.is_among(holder, names)

    # --- roles ----------------------------------------------------------------------------------

    @cached_property
    def roles_let_in(self) -> list[Resource]:
        """The roles of the stack that a key's policy names, or the trust policy of an evaluation
        role or of one of these: who assumes them has what they are given."""
        keys = (*self.keys.evaluation_keys, *self.operations_keys)
        policies = [self.stack.known(self.keys.key_policy, key) for key in keys]
        policies += [self._trust(role) for role in self.controllers.evaluation_roles]
        found: dict[Resource, None] = {}
        names = _named(policies)
        while names:
            new = [
                role
                for role in self.stack.of(ROLE)
                if role not in found and self.identities.is_among(role, names)
            ]
            found |= dict.fromkeys(new)
            names = _named(map(self._trust, new))
        return [role for role in found if role not in self.controllers.evaluation_roles]

    def _trust(self, role: Resource) -> Policy | None:
        return self.stack.known(policy_documents.of, role)

    # --- buckets --------------------------------------------------------------------------------

    @cached_property
    def output_buckets(self) -> list[Resource]:
        """The buckets that are encrypted under an evaluation key or that callers may write to."""
        under_key = [
            bucket
            for bucket in self.stack.of(BUCKET)
            if any(key in self.keys.evaluation_keys for key in self.keys.keys_of(bucket))
        ]
        return list(dict.fromkeys((*self.written_buckets, *under_key)))

    @cached_property
    def written_buckets(self) -> list[Resource]:
        """The buckets that callers' policies name for writing, or that a workload of theirs is
        given in its settings and may write to."""
        roles = self.callers.roles
        given = chain.from_iterable(map(self.starters.buckets_of, roles))
        return list(dict.fromkeys((*self.starters.buckets_written_by(roles), *given)))

    def bucket_policies(self, bucket: Resource) -> list[Resource]:
        """The policies of a bucket: one, or none. Waits for one that may be it."""
        return self.stack.needed(bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket")


def _named(policies: Iterable[Policy | None]) -> set[str]:
    """The principals in policies."""
    return {
        name.value
        for policy in policies
        for statement in (policy.statements if policy is not None else ())
        for name in (statement.principals.names if statement.principals else ())
    }
