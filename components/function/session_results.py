"""Per-session results: read from their log stream, written as shards of JSON lines.

The log group is the only place where they are, and any number of them can be there, so they pass
through in pages and in shards and are never held as a whole.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from .artifacts import utf8
from .deadline import Deadline
from .errors import ClientError, code_of

# In one PUT, without multipart, and small beside the function's memory.
SHARD_BYTES = 16_000_000


@dataclass(frozen=True)
class Position:
    """A place in a stream: so many events after the page that a token stands for."""

    token: str | None
    skip: int


START = Position(None, 0)


@dataclass(frozen=True)
class Shard:
    """Some of the lines, in order; `events` is their number, `end` where others follow, if so."""

    body: BytesIO
    events: int
    end: Position | None


def shards(
    logs: Any,
    group: str,
    stream: str,
    deadline: Deadline,
    begin: Position = START,
    limit: int | None = None,
) -> Iterator[Shard]:
    """Return the events of a stream in shards of at most `limit` bytes (one event may be more).

    A line is the event's message as it is when that is a JSON object on one line. Raises OutOfTime.
    """
    limit = limit or SHARD_BYTES
    body, events = BytesIO(), 0
    for here, event in _events(logs, group, stream, deadline, begin):
        line = _line(event)
        if events and body.tell() + len(line) > limit:
            yield Shard(body, events, here)
            body, events = BytesIO(), 0
        body.write(line)
        events += 1
    if events:
        yield Shard(body, events, None)


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


def _line(event: dict[str, Any]) -> bytes:
    message: str = event["message"]
    try:
        content = json.loads(message)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        content = {"timestamp": event["timestamp"], "message": message}
    elif "\n" not in message and "\r" not in message:
        return utf8(message) + b"\n"
    return utf8(json.dumps(content, ensure_ascii=False)) + b"\n"
