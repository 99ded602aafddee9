"""Policy variables: the parts of a value that the request fills in.

`${aws:username}` stands for the value of a single-valued key of the request, `${aws:username,
'nobody'}` for that value or a default, `${*}`, `${?}` and `${$}` for the characters themselves.
Only documents of version 2012-10-17 have variables; in older ones the text stands for itself.
Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .case_folding import folded

_REFERENCE = re.compile(
    r"\$\{(?:(?P<character>[*?$])|(?P<key>[^,'{}]+)(?:,\s*'(?P<default>[^']*)')?)\}"
)


@dataclass(frozen=True, slots=True)
class Variable:
    """A reference to a key of the request; `key` is in lower case, as key names have no case."""

    key: str
    default: str | None

    def value(self, context: Mapping[str, tuple[str, ...]]) -> str | None:
        """The text to put in its place, or None if the request gives none.

        A key with several values cannot be a variable.
        Source:
        docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        """
        values = context.get(self.key, ())
        return values[0] if len(values) == 1 else self.default


@dataclass(frozen=True, slots=True)
class Character:
    """A character that is meant literally: `*`, `?` or `$`."""

    text: str


def tokens(text: str) -> Iterator[str | Variable | Character]:
    """The plain text, variables and literal characters that `text` is made of, in order.

    Raises ValueError, saying what is wrong, for `${` that begins no variable.
    """
    position = 0
    while (start := text.find("${", position)) >= 0:
        reference = _REFERENCE.match(text, start)
        if reference is None:
            raise ValueError(
                "a policy variable such as ${aws:username} or ${aws:username, 'default'}"
            )
        if start > position:
            yield text[position:start]
        key: str | None = reference["key"]
        if key is None:
            yield Character(reference["character"])
        elif key != key.strip() or ":" not in key:
            raise ValueError(
                "a policy variable that names a condition key, without spaces around it"
            )
        else:
            yield Variable(folded(key), reference["default"])
        position = reference.end()
    if position < len(text):
        yield text[position:]
