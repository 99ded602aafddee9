"""Resource classes: the resources of an owner that pass some tests.

An ARN of six segments, with the owner's account in it or, as S3's, without; or `*`, for actions
that take no resource, which belongs to who asks.
Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..language.patterns import ArnPattern, Pattern
from .pattern_solver import Clause, Form, Piece, find_texts

_WORD = frozenset(string.ascii_lowercase + string.digits + "-")
ResourceTest = tuple[Pattern | ArnPattern, ...]
"""Patterns of which one must match."""


def fits(text: str, patterns: ResourceTest) -> bool:
    """Whether one of the patterns matches the text."""
    return any(each.matches(text, {}) for each in patterns)


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """The resources of one owner (None: of no account, such as S3's seen by a service).

    `own` is whether the owner is who asks, `service` the one that comes first in a search, `only`
    the one resource that is asked about, if it is one.
    """

    owner: str | None
    own: bool
    service: str = ""
    only: str | None = None

    def find(self, tests: Mapping[ResourceTest, bool]) -> str | None:
        """A resource that passes the tests marked true and fails the others."""
        clauses = [Clause(patterns, want) for patterns, want in tests.items()]
        for form in self._forms():
            found = find_texts(clauses, form)
            if found is not None:
                return found[0]
        return None

    def _forms(self) -> Iterator[Form]:
        if self.only is not None:
            yield (Piece(text=self.only),)
            return
        word = Piece(allowed=_WORD.__contains__)
        arn = (Piece(text="arn:aws"), word, Piece(text=":"))
        for service in (Piece(text=self.service), replace(word, least=1)):
            if service.text != "":
                start, rest = (*arn, service, Piece(text=":"), word), Piece(least=1)
                if self.owner is not None:
                    yield (*start, Piece(text=f":{self.owner}:"), rest)
                yield (*start, Piece(text="::"), rest)
            if self.own and service.text is not None:
                yield (Piece(text="*"),)
