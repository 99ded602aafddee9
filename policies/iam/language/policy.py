"""Policy documents: parsed once, refused with every fault named, ready for many decisions.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from dataclasses import dataclass, field
from enum import Enum

from .conditions import Condition
from .document_errors import Fault
from .patterns import Chosen
from .policy_types import PolicyType
from .principals import Principals

_REMEMBERED_ACTIONS = 512


class Effect(Enum):
    """What a statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True)
class Statement:
    """One statement, as data.

    `principals` is None in policies that belong to a principal. `actions` or `resources` is None
    only where the element is missing from a key policy's statement, which then has no effect, and
    `resources` in a trust policy, which is about its role.
    Source: docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """

    index: int
    sid: str
    effect: Effect
    principals: Principals | None
    actions: Chosen | None
    resources: Chosen | None
    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        """`statement 2 (AllowCallerAccess)`, counted from 0 as in the document's list."""
        return f"statement {self.index}" + (f" ({self.sid})" if self.sid else "")

    def concerns(self, action: str) -> bool:
        """Whether the statement is about the action, in any case."""
        return self.actions is not None and self.actions.matches(action, {})


@dataclass(frozen=True)
class Policy:
    """One parsed document.

    `name` is for people. `remarks` are what AWS accepts without effect. Statements are remembered
    by action, since all other tests of a decision are costlier.
    """

    kind: PolicyType
    name: str
    version: str
    statements: tuple[Statement, ...]
    remarks: tuple[Fault, ...] = ()
    _by_action: dict[str, tuple[tuple[Statement, ...], tuple[Statement, ...]]] = field(
        default_factory=dict[str, tuple[tuple[Statement, ...], tuple[Statement, ...]]],
        init=False,
        repr=False,
        compare=False,
    )

    def __str__(self) -> str:
        """`key policy "evaluation"`."""
        return f'{self.kind.value} "{self.name}"' if self.name else self.kind.value

    def on(self, action: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        """The Deny and the Allow statements about an action (in any case)."""
        found = self._by_action.get(action)
        if found is None:
            about = [statement for statement in self.statements if statement.concerns(action)]
            found = (
                tuple(statement for statement in about if statement.effect is Effect.DENY),
                tuple(statement for statement in about if statement.effect is Effect.ALLOW),
            )
            if len(self._by_action) >= _REMEMBERED_ACTIONS:  # names come from requests: bounded
                self._by_action.clear()
            self._by_action[action] = found
        return found
