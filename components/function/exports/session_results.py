"""Per-session results: read from their log stream, written as shards of JSON lines.

CloudWatch Logs is the only source of these results, and a stream may hold any number of them, so
they are read in pages, written in shards and never held as a whole. Evaluations that other tools
start may share a stream, so each record is checked for the evaluation that it names.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from ..aws.deadline import Deadline
from ..errors import ClientError, code_of
from ..storage.bucket import utf8

# In one PUT, without multipart, and small beside the function's memory.
SHARD_BYTES = 16_000_000

# The guide names no attributes of a result; those that github.com/aws/agentcore-cli has recorded as
# test fixtures all have this one.
_JOB = "aws.bedrock_agentcore.evaluation_job.arn"


@dataclass(frozen=True)
class Position:
    """A place in a stream: so many events after the page that a token stands for."""

    token: str | None
    skip: int


START = Position(None, 0)


@dataclass
class Counts:
    """What was found in a stream so far.

    `events`: records that are exported; `unattributed`: how many of them name no evaluation;
    `others`: records that name another evaluation and are left out.
    """

    events: int = 0
    unattributed: int = 0
    others: int = 0

    @property
    def sure(self) -> int:
        """How many are this evaluation's: all, unless the stream is shared."""
        return self.events - (self.unattributed if self.others else 0)


@dataclass(frozen=True)
class Shard:
    """Some of the lines, in order; `end` is where others follow, if so."""

    body: BytesIO
    end: Position | None


def shards(
    logs: Any,
    group: str,
    stream: str,
    evaluation_id: str,
    deadline: Deadline,
    counts: Counts,
    begin: Position = START,
    limit: int | None = None,
) -> Iterator[Shard]:
    """Return an evaluation's records in shards of at most `limit` bytes (one record may be more).

    A line is the event's message as it is when that is a JSON object on one line. With each shard
    `counts` stands where the shard ends. Raises OutOfTime.
    """
    limit = limit or SHARD_BYTES
    body = BytesIO()
    for here, event in _events(logs, group, stream, deadline, begin):
        job, line = _read(event)
        if job and job.rpartition("/")[2] != evaluation_id:
            counts.others += 1
            continue
        if body.tell() and body.tell() + len(line) > limit:
            yield Shard(body, here)
            body = BytesIO()
        body.write(line)
        counts.events += 1
        counts.unattributed += not job
    if body.tell():
        yield Shard(body, None)


def _events(
    logs: Any, group: str, stream: str, deadline: Deadline, begin: Position
) -> Iterator[tuple[Position, dict[str, Any]]]:
    """Return the events of a stream with their places; none when nothing was ever written to it.

    The end is where a token comes back that was sent: a page may be empty before it.
    docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """
    where = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
    token, skip = begin.token, begin.skip
    while True:
        deadline.check()
        try:
            page = logs.get_log_events(**where, **({"nextToken": token} if token else {}))
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return
            raise
        events = page["events"]
        for index in range(skip, len(events)):
            yield Position(token, index), events[index]
        skip = max(0, skip - len(events))
        if page["nextForwardToken"] == token:
            return
        token = page["nextForwardToken"]


def _read(event: dict[str, Any]) -> tuple[str, bytes]:
    """Return the ARN of the evaluation that a record names, or none, and its line."""
    message: str = event["message"]
    try:
        content = json.loads(message)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        content = {"timestamp": event["timestamp"], "message": message}
        return "", _line(content)
    known = cast(dict[str, Any], content)
    attributes = known.get("attributes")
    job = cast(dict[str, Any], attributes).get(_JOB) if isinstance(attributes, dict) else None
    one_line = "\n" not in message and "\r" not in message
    line = utf8(message) + b"\n" if one_line else _line(known)
    return job if isinstance(job, str) else "", line


def _line(content: dict[str, Any]) -> bytes:
    return utf8(json.dumps(content, ensure_ascii=False)) + b"\n"
