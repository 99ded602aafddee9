"""Validator of tags that every service of an environment takes: the narrowest rules are IAM's.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html (characters and lengths),
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html (case, the reserved prefix),
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (number of tags),
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Tag.html (no empty value).
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from .errors import InvalidInput

_MOST = 50
_KEY = "a key of 1 to 128 letters, digits, spaces or _.:/=+-@, not beginning with aws:"
_VALUE = "a text of 1 to 256 letters, digits, spaces or _.:/=+-@, not beginning with aws:"


class _TagsValidator:
    """Validates tags, each by its key."""

    expected = "an object of at most 50 texts"

    def errors(self, name: str, value: Any) -> list[InvalidInput]:
        """Return an error for each tag that a service refuses, empty when all take it."""
        tags = cast(Mapping[Any, Any], value)
        if not isinstance(value, Mapping) or len(tags) > _MOST:
            return [InvalidInput(name, self.expected, tags)]
        return _tag_errors(name, tags)


TAGS = _TagsValidator()


def _tag_errors(name: str, tags: Mapping[Any, Any]) -> list[InvalidInput]:
    errors = [
        *(InvalidInput(name, _KEY, key) for key in tags if not _is_text(key, 128)),
        *(InvalidInput(f"{name}.{k}", _VALUE, v) for k, v in tags.items() if not _is_text(v, 256)),
    ]
    # In IAM the keys of one resource may not differ by case alone.
    spelt = Counter(key.casefold() for key in tags if isinstance(key, str))
    errors += [
        InvalidInput(name, "keys that differ by more than case", key)
        for key in tags
        if isinstance(key, str) and spelt[key.casefold()] > 1
    ]
    return errors


def _is_text(value: Any, longest: int) -> bool:
    """Tell whether a value matches `[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+`, the length and the prefix."""
    return (
        isinstance(value, str)
        and 1 <= len(value) <= longest
        and not value.lower().startswith("aws:")
        and all(c in "_.:/=+-@" or unicodedata.category(c)[0] in "LZN" for c in value)
    )
