"""CloudWatch Logs Insights: the queries that are answered as AWS answers them; all others are 501.

moto ignores what it does not know (`filter`, `stats`, `parse`, …) and would answer with everything.
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from local.faults import AwsError

_FIELD = r"@(?:timestamp|message|logStream|log)"
_QUERY = re.compile(
    rf"\s*fields\s+(?P<fields>{_FIELD}(?:\s*,\s*{_FIELD})*)\s*"
    r"(?:\|\s*sort\s+@timestamp(?:\s+(?P<order>asc|desc))?\s*)?"
    r"(?:\|\s*limit\s+(?P<limit>[0-9]{1,5})\s*)?",
    re.ASCII | re.IGNORECASE,
)
_MOST = 10_000  # docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html


def read_query(text: str, limit: int | None) -> str:
    """A query in moto's spelling; raises NotImplemented for one that would be answered wrongly."""
    found = _QUERY.fullmatch(text)
    if found is None:
        raise AwsError(
            "NotImplemented",
            "queryString: expected fields of @timestamp, @message, @logStream, @log, then sort "
            "@timestamp, then limit, which is all that the local endpoint answers",
            501,
        )
    fields = re.sub(r"\s", "", found["fields"])
    most = min(int(found["limit"] or _MOST), limit or _MOST, _MOST)
    return f"fields {fields} | sort @timestamp {(found['order'] or 'desc').lower()} | limit {most}"


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
