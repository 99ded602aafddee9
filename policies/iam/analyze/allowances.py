"""Checks that a document stays within a table of allowances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..language.parser import parse_policy
from ..language.policy import Policy
from ..prove.counterexample import Proof
from .check_no_new_access import check_no_new_access


@dataclass(frozen=True)
class Allowance:
    """One row: what may be allowed, in the elements of a statement.

    `principals` is a Principal element, for the policies that have one; `resources` is left out of
    trust policies, which are about their role.
    """

    name: str
    actions: Sequence[str]
    resources: Sequence[str] = ("*",)
    principals: object = None
    conditions: Mapping[str, object] = field(default_factory=dict[str, object])

    def as_statement(self, policy: Policy) -> dict[str, object]:
        """The row as a statement of that kind of policy."""
        has_resource = any(statement.resources is not None for statement in policy.statements)
        return {
            "Sid": self.name,
            "Effect": "Allow",
            **({} if self.principals is None else {"Principal": self.principals}),
            "Action": list(self.actions),
            **({"Resource": list(self.resources)} if has_resource else {}),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


def no_more_than(
    policy: Policy,
    table: Sequence[Allowance],
    *,
    resource: str | None = None,
    owner: str | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Proof:
    """Whether the policy allows nothing outside the table; see `check_no_new_access`.

    Raises MalformedPolicyError for a row that is no statement of that kind of policy.
    """
    statements = [row.as_statement(policy) for row in table]
    document = {"Version": "2012-10-17", "Statement": statements}
    reference = parse_policy(document, policy.kind, name="allowances")
    return check_no_new_access(policy, reference, resource=resource, owner=owner, fixed=fixed)
