"""Who starts evaluations."""

from functools import cached_property

from . import documents, evaluations
from .access import Policy
from .evaluation_keys import EvaluationKeys
from .holders import ATTACHED, GROUP, INLINE, POLICY, ROLE, USER
from .resource import Resource


class Callers(EvaluationKeys):
    """One stack's resources, and who starts evaluations."""

    # --- roles, users and groups ----------------------------------------------------------------

    def starts(self, policy: Policy) -> bool:
        """Whether a policy lets evaluations start: by name, or where there is a key for them."""
        return any(
            bool(self.evaluation_keys) or evaluations.names_actions(statement)
            for statement in policy.on(evaluations.START.lower())[1]
        )

    @cached_property
    def caller_roles(self) -> list[Resource]:
        """The roles that evaluations run under."""
        return self._starting(ROLE)

    @cached_property
    def callers(self) -> list[Resource]:
        """The roles, and the users and groups, that may start evaluations."""
        return [*self.caller_roles, *self._starting(USER, GROUP)]

    def _starting(self, *types: str) -> list[Resource]:
        """Who may start evaluations by policies of the stack; by one of AWS, if a key's policy lets
        them encrypt evaluations, or a function under their role works with a key."""
        policies = filter(None, map(self.key_policy, self.evaluation_keys))
        names = {
            name for each in policies for name in evaluations.names_let(each, "kms:GenerateDataKey")
        }
        starting = self.holding(self.starts, *types)
        return [
            holder
            for holder in self.of(*types)
            if holder in starting
            or (holder in self.broad_starters and self._works_with_any(holder))
            or (
                names
                and self.is_among(holder, names)
                and any(self.starts(policy) for _, policy in self.held(holder))
            )
        ]

    def _works_with_any(self, holder: Resource) -> bool:
        return any(self.works_with(holder, key) for key in self.evaluation_keys)

    @cached_property
    def starters_elsewhere(self) -> list[Resource]:
        """Inline policies and attachments that let roles, users or groups of elsewhere start."""
        found: list[Resource] = []
        for holder, (type_, path) in (*INLINE.items(), *ATTACHED.items()):
            for each in self.of(type_):
                inline = each.type in documents.PLACES
                held = [each] if inline else self.referred(each, "policyArn", POLICY)
                policies = filter(None, (self.known(documents.of, one) for one in held))
                if any(map(self.starts, policies)) and not self.referred(
                    each, path, holder, exactly=True
                ):
                    found.append(each)
        return found
