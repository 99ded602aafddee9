"""Checks that a policy stays within a table of allowances, with a proof where one is needed.

A statement that stands within a row as written, word for word or below a wildcard of the row,
needs no search: that is the common case, and a search takes a tenth of a second.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from ..iam import Allowance, Counterexample, Effect, Policy, Statement, no_more_than


def beyond(policy: Policy, table: Sequence[Allowance]) -> Counterexample | None:
    """A request that the policy allows outside the table. Raises UnprovableError.

    A statement that stands within a row as written needs no search.
    """
    open_ = [each for each in policy.statements if not any(_within(each, row) for row in table)]
    if not any(each.effect is Effect.ALLOW for each in open_):
        return None
    return no_more_than(replace(policy, statements=tuple(open_)), table).counterexample


def _within(statement: Statement, row: Allowance) -> bool:
    actions, resources = statement.actions, statement.resources
    if statement.effect is not Effect.ALLOW or actions is None or resources is None:
        return False
    if actions.negated or resources.negated:
        return False
    names = {name.lower() for name in row.actions}
    # `*` in the row stands for whatever the statement's own text has there, wildcards too.
    patterns = [re.escape(each).replace(r"\*", ".*") for each in row.resources]
    return (
        all(each.text.lower() in names for each in actions.patterns)
        and _named(statement) <= _listed(row.principals)
        and all(
            "${" not in each.text
            and any(re.fullmatch(one, each.text, re.DOTALL) for one in patterns)
            for each in resources.patterns
        )
        and all(
            any(
                each.name == operator
                and each.folded_key == key.lower()
                and set(each.texts)
                <= ({value} if isinstance(value, str) else set(cast("Sequence[str]", value)))
                for each in statement.conditions
            )
            for operator, keys in row.conditions.items()
            for key, value in cast("Mapping[str, object]", keys).items()
        )
    )


def _named(statement: Statement) -> set[str]:
    """The principals of a statement, as documents write them."""
    principals = statement.principals
    if principals is None:
        return set()
    return {"everybody else"} if principals.negated else {name.value for name in principals.names}


def _listed(principals: object) -> set[str]:
    """The principals of a row."""
    found: set[str] = set()
    if isinstance(principals, Mapping):
        for value in cast("Mapping[str, object]", principals).values():
            found |= {value} if isinstance(value, str) else set(cast("Sequence[str]", value))
    return found
