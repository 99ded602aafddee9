"""Principal classes as string templates for the solver.

The names in an ARN are IAM's: letters, digits and `+=,.@_-`; a role or user may have a path.
Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ..language.conditions import Condition
from ..language.patterns import ArnPattern, Pattern
from ..language.request import Kind, Principal
from .condition_key_solver import Demand, find_list
from .pattern_solver import Clause, Form, Piece, find_texts

ARN, ISSUER, USERNAME, CANONICAL, SERVICES, FIRST_SERVICE, USER_ID = range(7)
"""The texts of a principal that tests look at."""

_NAME = frozenset(string.ascii_letters + string.digits + "+=,.@_-")
_PARTITION = frozenset(string.ascii_lowercase + string.digits + "-")
_HOST = frozenset(string.ascii_letters + string.digits + "-.")


def _in_path(character: str) -> bool:
    return "!" <= character <= "~" and character not in "*?"


@dataclass(frozen=True, slots=True)
class Says:
    """A test of one text of the principal: one of the patterns matches it."""

    tape: int
    patterns: tuple[Pattern | ArnPattern, ...]


PrincipalTest = Says | tuple[int, Condition]
"""A test of a principal; those of a service's names are conditions on them."""


@dataclass(frozen=True, slots=True)
class PrincipalClass:
    """A kind of principal in an account (None: of no account); `issued`, of a federated user, is
    whether a user of the account issued the session."""

    kind: Kind
    account: str | None = None
    issued: bool = False

    def find(self, tests: Mapping[PrincipalTest, bool]) -> Principal | None:
        """A principal that passes the tests marked true and fails the others."""
        says = {test: want for test, want in tests.items() if isinstance(test, Says)}
        canonical = _canonical(says)
        if canonical is False:
            return None
        clauses = [
            Clause(test.patterns, want, test.tape)
            for test, want in says.items()
            if test.tape != CANONICAL
        ]
        match self.kind:
            case Kind.ANONYMOUS:
                return Principal.anonymous()
            case Kind.SERVICE:
                return _service(tests)
            case Kind.FEDERATED:
                found = find_texts(clauses, (Piece(least=1),))
                return None if found is None else Principal.federated(found[0])
            case _:
                principal = self._identity(clauses)
        return None if principal is None else replace(principal, canonical_user=canonical)

    def passes(self, principal: Principal, test: PrincipalTest) -> bool:
        """Whether a principal of this kind passes a test."""
        if not isinstance(test, Says):
            tape, condition = test
            names = principal.service_names[: 1 if tape == FIRST_SERVICE else None]
            return condition.holds({condition.folded_key: names})
        texts = {
            ARN: principal.arn,
            ISSUER: principal.issuer_arn,
            USERNAME: principal.arn.rpartition("/")[2],
            CANONICAL: principal.canonical_user,
            USER_ID: next(iter(principal.keys.get("aws:userid", ())), None),
        }
        text = texts[test.tape]
        return text is not None and any(each.matches(text, {}) for each in test.patterns)

    def _identity(self, clauses: list[Clause]) -> Principal | None:
        for form in _forms(self):
            found = find_texts(clauses, form)
            if found is not None:
                issuer = found[ISSUER] if len(found) > ISSUER and found[ISSUER] else None
                return Principal.of(found[ARN], issuer_arn=issuer)
        return None


@lru_cache(maxsize=1024)
def _forms(principal_class: PrincipalClass) -> tuple[Form, ...]:
    return tuple(_written(principal_class))


def _written(principal_class: PrincipalClass) -> Iterator[Form]:
    account, partition = principal_class.account, Piece((ARN,), allowed=_PARTITION.__contains__)

    def named(*tapes: int) -> Piece:
        return Piece(tapes, allowed=_NAME.__contains__, least=1)

    def fixed(text: str, *tapes: int) -> Piece:
        return Piece(tapes or (ARN,), text)

    def with_path(*tapes: int) -> Form:
        return (Piece(tapes, allowed=_in_path, least=1), fixed("/", *tapes))

    own = (fixed("arn:aws"), partition)
    shared = (fixed("arn:aws", ARN, ISSUER), replace(partition, tapes=(ARN, ISSUER)))
    federated = (fixed(f"{account}:", USER_ID), named(ARN, USER_ID))
    match principal_class.kind:
        case Kind.ROOT:
            yield (*own, fixed(f":iam::{account}:root"))
        case Kind.USER:
            start = (*own, fixed(f":iam::{account}:user/"))
            yield (*start, named(ARN, USERNAME))
            yield (*start, *with_path(ARN), named(ARN, USERNAME))
        case Kind.SESSION:
            start = (
                *shared,
                fixed(f":sts::{account}:assumed-role/", ARN),
                fixed(f":iam::{account}:role/", ISSUER),
            )
            end = (named(ARN, ISSUER), fixed("/"), named(ARN))
            yield (*start, *end)
            yield (*start, *with_path(ISSUER), *end)
        case Kind.FEDERATED_USER if principal_class.issued:
            start = (
                *shared,
                fixed(f":sts::{account}:federated-user/", ARN),
                *federated,
                fixed(f":iam::{account}:user/", ISSUER),
            )
            yield (*start, named(ISSUER))
            yield (*start, *with_path(ISSUER), named(ISSUER))
        case _:
            yield (*own, fixed(f":sts::{account}:federated-user/"), *federated)


def _service(tests: Mapping[PrincipalTest, bool]) -> Principal | None:
    first: list[Demand] = []
    names: list[Demand] = []
    for test, want in tests.items():
        if not isinstance(test, Says):
            (first if test[0] == FIRST_SERVICE else names).append((test[1], want))
    first = [(condition, want is not condition.operator.negated) for condition, want in first]
    label = Piece(allowed=_HOST.__contains__, least=1)
    forms = ((label, Piece(text=".amazonaws.com")), (label, Piece(text="."), label))
    found = find_list(names, several=True, first=first, forms=forms)
    return None if found is None else Principal.service(*found)


def _canonical(tests: Mapping[Says, bool]) -> str | bool | None:
    """The canonical user id that the tests ask for; None for any, False if there is none."""
    wanted: set[str] | None = None
    barred: set[str] = set()
    for test, want in tests.items():
        if test.tape == CANONICAL:
            names = {each.text for each in test.patterns}
            if want:
                wanted = names if wanted is None else wanted & names
            else:
                barred |= names
    if wanted is None:
        return None
    return min(wanted - barred, default=False)
