"""The agents' log groups, found and read with the caller's permissions.

The service works with the caller's own credentials, forwarded: it has no execution role
(https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html). The
texts for a missing permission are the ones that users of the service report.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.services.agentcore.errors import ServiceError, refused
from local.services.agentcore.records import EventRecord, Span, parse

# Agents in split delivery send their spans to this group of the whole account, whatever groups the
# request names.
SHARED_SPANS = "aws/spans"
MAX_ROWS = 10_000
# CloudWatch Logs takes events up to two hours in the future, so agents' clocks may run ahead.
AHEAD = 2 * 60 * 60

_FIELD = "dataSourceConfig.cloudWatchLogs"


def denied(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code", "").startswith("AccessDenied")


def missing_permission(field: str, message: str, error: ClientError) -> ServiceError:
    return refused(field, f"{message} ({error.response.get('Error', {}).get('Message', error)})")


def source_groups(logs: Any, source: Mapping[str, Any]) -> list[str]:
    """Return the existing groups of a cloudWatchLogs data source, with the shared spans' group.

    A named group that does not exist is no error: it holds no session. Raises the service's
    ValidationException when the caller may not describe log groups.
    """
    names: set[str] = set()
    try:
        for prefix in source.get("logGroupNamePrefixes") or []:
            names.update(_groups_under(logs, prefix))
        for name in [*(source.get("logGroupNames") or []), SHARED_SPANS]:
            names.update(found for found in _groups_under(logs, name) if found == name)
    except ClientError as error:
        if denied(error):
            raise missing_permission(
                _FIELD,
                "Cannot verify the source log groups: ensure the execution role has "
                "logs:DescribeLogGroups",
                error,
            ) from error
        raise
    return sorted(names)


def _groups_under(logs: Any, prefix: str) -> Iterator[str]:
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        yield from (group["logGroupName"] for group in page["logGroups"])


def check_queries(logs: Any, groups: Sequence[str], service: str, now: float) -> None:
    """Raise the service's ValidationException when the caller may not query one of the groups."""
    for group in groups:
        try:
            _rows(logs, group, service, int(now), limit=1)
        except ClientError as error:
            if denied(error):
                raise missing_permission(
                    _FIELD,
                    "The evaluation execution role is missing required CloudWatch Logs query "
                    f"permissions on {group}",
                    error,
                ) from error
            raise


def read_groups(
    logs: Any, groups: Sequence[str], service: str, now: float
) -> Iterator[Span | EventRecord]:
    """Yield the records of a service in the groups."""
    for group in groups:
        for message in _messages(logs, group, service, int(now) + AHEAD):
            record = parse(message, group)
            if record is not None:
                yield record


def _messages(logs: Any, group: str, service: str, end: int) -> Iterator[str]:
    """Yield all messages, newest first.

    A query returns 10,000 rows, so the next one ends in the second of the oldest row seen. Of a
    single second with more rows than that the rest is not read.
    """
    seen: set[str] = set()
    while True:
        rows = _rows(logs, group, service, end, MAX_ROWS)
        for row in rows:
            if row["@ptr"] not in seen:
                seen.add(row["@ptr"])
                yield row["@message"]
        if len(rows) < MAX_ROWS:
            return
        end = min(end - 1, _second(rows[-1]["@timestamp"]) + 1)


def _rows(logs: Any, group: str, service: str, end: int, limit: int) -> list[dict[str, str]]:
    # Each record is compared again after parsing: the log stores of some tests apply no filter.
    text = service.replace("\\", "\\\\").replace('"', '\\"')
    query = logs.start_query(
        logGroupNames=[group],
        startTime=0,
        endTime=end,
        queryString=f"fields @timestamp, @message"
        f' | filter resource.attributes.service.name = "{text}"'
        f" | sort @timestamp desc | limit {limit}",
    )
    while True:
        answer = logs.get_query_results(queryId=query["queryId"])
        if answer["status"] == "Complete":
            rows = answer["results"]
            return [{cell["field"]: cell["value"] for cell in row} for row in rows]
        if answer["status"] not in ("Scheduled", "Running"):
            raise RuntimeError(f"{group}: the query ended as {answer['status']}")


def _second(timestamp: str) -> int:
    """Return a row's time: AWS writes a UTC date, moto the epoch in milliseconds."""
    if timestamp.isdecimal():
        return int(timestamp) // 1000
    return int(datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp())
