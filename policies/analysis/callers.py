"""The principals that start evaluations."""

from functools import cached_property

from ..iam import Policy
from ..model import policy_documents
from ..model.resource import Resource
from ..model.stack import Stack
from . import evaluation_access
from .evaluation_keys import EvaluationKeys
from .evaluation_starters import EvaluationStarters
from .identities import ATTACHED, GROUP, INLINE, POLICY, ROLE, USER, Identities


class Callers:
    """Who starts evaluations, of a stack in which it is known which keys are for them."""

    def __init__(
        self,
        stack: Stack,
        identities: Identities,
        starters: EvaluationStarters,
        keys: EvaluationKeys,
    ) -> None:
        self._stack = stack
        self._identities = identities
        self._starters = starters
        self._keys = keys

    # --- roles, users and groups ----------------------------------------------------------------

    def starts(self, policy: Policy) -> bool:
        """Whether a policy lets evaluations start: by name, or where there is a key for them."""
        return any(
            bool(self._keys.evaluation_keys) or evaluation_access.names_actions(statement)
            for statement in policy.on(evaluation_access.START.lower())[1]
        )

    @cached_property
    def roles(self) -> list[Resource]:
        """The roles that evaluations run under."""
        return self._starting(ROLE)

    @cached_property
    def all(self) -> list[Resource]:
        """The roles, and the users and groups, that may start evaluations."""
        return [*self.roles, *self._starting(USER, GROUP)]

    def _starting(self, *types: str) -> list[Resource]:
        """Who may start evaluations by policies of the stack; by one of AWS, if a key's policy lets
        them encrypt evaluations, or a function under their role works with a key."""
        policies = filter(None, map(self._keys.key_policy, self._keys.evaluation_keys))
        names = {
            name
            for each in policies
            for name in evaluation_access.names_let(each, "kms:GenerateDataKey")
        }
        starting = self._identities.holding(self.starts, *types)
        return [
            holder
            for holder in self._stack.of(*types)
            if holder in starting
            or (holder in self._starters.broad and self._works_with_any(holder))
            or (
                names
                and self._identities.is_among(holder, names)
                and any(self.starts(policy) for _, policy in self._identities.held(holder))
            )
        ]

    def _works_with_any(self, holder: Resource) -> bool:
        return any(self._keys.works_with(holder, key) for key in self._keys.evaluation_keys)

    @cached_property
    def elsewhere(self) -> list[Resource]:
        """Inline policies and attachments that let roles, users or groups of elsewhere start."""
        found: list[Resource] = []
        for holder, (type_, path) in (*INLINE.items(), *ATTACHED.items()):
            for each in self._stack.of(type_):
                inline = each.type in policy_documents.PLACES
                held = [each] if inline else self._stack.referred(each, "policyArn", POLICY)
                policies = filter(
                    None, (self._stack.known(policy_documents.of, one) for one in held)
                )
                if any(map(self.starts, policies)) and not self._stack.referred(
                    each, path, holder, exactly=True
                ):
                    found.append(each)
        return found
