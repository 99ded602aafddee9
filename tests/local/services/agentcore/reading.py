"""Reads telemetry as an evaluation does, for tests of what is read."""

from typing import Any

import pytest

from local.services.agentcore.conversation import Session
from local.services.agentcore.records import parse
from local.services.agentcore.sessions import SessionError, read, select


def sessions(lines: list[str]) -> list[Any]:
    records = [record for line in lines if (record := parse(line, "/g"))]
    services = sorted({record.service for record in records})
    return [one for name in services for one in select(records, {"serviceNames": [name]}).sessions]


def conversation(lines: list[str]) -> Session:
    [records] = sessions(lines)
    return read(records)


def failure(lines: list[str]) -> SessionError:
    with pytest.raises(SessionError) as caught:
        conversation(lines)
    return caught.value
