"""Policy documents and their statements, in the form in which AWS hands them back.

Statements have a fixed order and Sids that never change. Lists are sorted (except in the documented
key statements, which keep AWS's order) and a list of one is written as its element: an unchanged
policy shows no difference.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

Document = dict[str, Any]


def to_json(document: Document) -> str:
    """Serialize a document, the same way at every place that hands one to AWS."""
    return json.dumps(document, separators=(",", ":"))


def document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def one_or_many(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def sorted_values(values: Iterable[str]) -> str | list[str]:
    return one_or_many(sorted(set(values)))
