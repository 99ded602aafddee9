"""Who starts evaluations, and under which key."""

from functools import cached_property

from . import documents, evaluations
from .access import Policy
from .holders import ATTACHED, GROUP, INLINE, POLICY, ROLE, USER, Holders
from .resource import Resource
from .stack import variables

FUNCTION = "aws:lambda/function:Function"


class Callers(Holders):
    """One stack's resources, and which keys are for evaluations and who starts them."""

    # --- keys -----------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> list[Resource]:
        """The customer managed keys."""
        return self.of(*documents.KEY_TYPES)

    def key_policy(self, key: Resource) -> Policy | None:
        """A key's policy, in the key or in a resource of its own."""
        return documents.of(self.policy_holder(key))

    def policy_holder(self, key: Resource) -> Resource:
        """The resource that has a key's policy."""
        own = self.siblings(key, "aws:kms/keyPolicy:KeyPolicy", "keyId")
        return own[0] if own else key

    def lets_evaluations_use(self, key: Resource) -> bool:
        """Whether a key's policy, as far as it is known, is about evaluations, or leaves it open
        and somebody who starts them by name uses the key."""
        policy = self.known(self.key_policy, key)
        if policy is None:
            return False
        names = evaluations.names_let(policy, "kms:Decrypt", "kms:GenerateDataKey")
        return evaluations.lets_evaluations_use(policy) or (
            evaluations.may_let_evaluations_use(policy)
            and any(
                self.is_among(starter, names) or self._runs_with(starter, key)
                for starter in self.named_starters
            )
        )

    @cached_property
    def keys_for_evaluations(self) -> list[Resource]:
        """The keys whose policies are about evaluations."""
        return [key for key in self.keys if self.lets_evaluations_use(key)]

    @cached_property
    def named_starters(self) -> list[Resource]:
        """The roles, users and groups whose policies name the start of evaluations."""
        return self.holding(evaluations.names_start, ROLE, USER, GROUP)

    def _runs_with(self, role: Resource, key: Resource) -> bool:
        """Whether a function under the role is told the key."""
        return any(
            role in self.referred(function, "role", ROLE) and self.is_told(function, key)
            for function in self.of(FUNCTION)
        )

    def is_told(self, function: Resource, key: Resource) -> bool:
        """Whether a function's variables name a key, or will when it is made."""
        return key in function.linked("environment") or any(
            key in self.called(value, key.type) for value in variables(function).values()
        )

    # --- roles, users and groups ----------------------------------------------------------------

    def starts(self, policy: Policy) -> bool:
        """Whether a policy lets evaluations start: by name, or where there is a key for them."""
        return any(
            bool(self.keys_for_evaluations) or evaluations.names_actions(statement)
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
        them encrypt evaluations."""
        policies = filter(None, map(self.key_policy, self.keys_for_evaluations))
        names = {
            name for each in policies for name in evaluations.names_let(each, "kms:GenerateDataKey")
        }
        starting = self.holding(self.starts, *types)
        return [
            holder
            for holder in self.of(*types)
            if holder in starting
            or (
                names
                and self.is_among(holder, names)
                and any(self.starts(policy) for _, policy in self.held(holder))
            )
        ]

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
