"""CloudWatch Logs Insights: the queries that are answered as AWS answers them; all others are 501.

moto ignores what it does not know (`filter`, `stats`, `parse`, …) and would answer with everything.
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from local.aws_api.aws_error import AwsError

_FIELD = r"@(?:timestamp|message|logStream|log)"
_NAME = r"[A-Za-z_][\w.]*"
# A text in quotes of either kind, with a backslash before what would end it.
_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_QUERY = re.compile(
    rf"\s*fields\s+(?P<fields>{_FIELD}(?:\s*,\s*{_FIELD})*)\s*"
    rf"(?:\|\s*filter\s+(?P<name>{_NAME})\s*=\s*(?P<text>{_TEXT})\s*)?"
    r"(?:\|\s*sort\s+@timestamp(?:\s+(?P<order>asc|desc))?\s*)?"
    r"(?:\|\s*limit\s+(?P<limit>[0-9]{1,5})\s*)?",
    re.ASCII | re.IGNORECASE,
)
_MOST = 10_000  # docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html


@dataclass(frozen=True)
class Query:
    """A query that is answered: which fields, of which events, in which order, how many."""

    fields: tuple[str, ...]
    order: str
    limit: int
    name: str | None = None
    text: str = ""

    @property
    def for_moto(self) -> str:
        """The query of which `rows` makes the answer: moto knows no filter, so it has no limit."""
        names = dict.fromkeys(("@message", *self.fields))
        return f"fields {','.join(names)} | sort @timestamp {self.order}"

    def rows(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of the answer, of all rows in order."""
        fitting = [row for row in found if self._fits(str(row["@message"]))]
        wanted = ("@ptr", *self.fields)
        return [{name: row[name] for name in wanted} for row in fitting[: self.limit]]

    def _fits(self, message: str) -> bool:
        if self.name is None:
            return True
        try:
            document: object = json.loads(message)
        except ValueError:
            return False
        return (self.name, self.text) in _fields("", document)


def _fields(path: str, value: object) -> Iterator[tuple[str, object]]:
    """The fields that Logs Insights discovers in JSON, nested ones with dots between the names.

    docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
    """
    if isinstance(value, dict):
        for name, member in cast(dict[str, object], value).items():
            yield from _fields(f"{path}.{name}" if path else name, member)
    elif isinstance(value, list):
        for number, member in enumerate(cast(list[object], value)):
            yield from _fields(f"{path}.{number}", member)
    else:
        yield path, value


def read_query(text: str, limit: int | None) -> Query:
    """The query; raises NotImplemented for one that would be answered wrongly."""
    found = _QUERY.fullmatch(text)
    if found is None:
        raise AwsError(
            "NotImplemented",
            "queryString: expected fields of @timestamp, @message, @logStream, @log, then filter "
            'NAME = "TEXT", then sort @timestamp, then limit, which is all that the local endpoint '
            "answers",
            501,
        )
    return Query(
        tuple(re.split(r"\s*,\s*", found["fields"])),
        (found["order"] or "desc").lower(),
        min(int(found["limit"] or _MOST), limit or _MOST, _MOST),
        found["name"],
        re.sub(r"\\(.)", r"\1", (found["text"] or "")[1:-1]),
    )


def written_results(body: bytes, account: str) -> bytes:
    """The results in AWS's spelling: times as text, groups with their account."""
    answer: dict[str, Any] = json.loads(body)
    for row in answer["results"]:
        for cell in row:
            if cell["field"] == "@timestamp":
                moment = datetime.fromtimestamp(int(cell["value"]) / 1000, UTC)
                written = moment.isoformat(sep=" ", timespec="milliseconds")
                cell["value"] = written.removesuffix("+00:00")
            elif cell["field"] == "@log":
                cell["value"] = f"{account}:{cell['value']}"
    return json.dumps(answer).encode()
