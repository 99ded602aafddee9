"""What a tick costs grows with what is new; what is old costs its share of the lists' pages."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

RESULT = '{"n":1}'
# Records, tombstones, notes of sweeps, problems.
OTHER_LISTS = 4
# Get, two pages of the log stream (the second tells the end), four artifacts of which one is only
# looked up, the manifest, and whether there is a tombstone.
CALLS_OF_A_NEW_ONE = 9
# A note of what is exported, written and taken back.
CALLS_OF_ANY_NEW = 2


@pytest.fixture
def calls(team: Any) -> Iterator[Counter[str]]:
    """The calls of the controller, counted by operation."""
    counted: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counted.update([model.name])

    made = team.clients
    clients = (made.evaluations, made.kms, made.logs, made.s3, made.sts)
    for client in clients:
        client.meta.events.register("before-call", count, "count-calls")
    yield counted
    for client in clients:
        client.meta.events.unregister("before-call", unique_id="count-calls")


def exported(cloud: Any, team: Any, count: int) -> None:
    """Evaluations with manifests, put there directly."""
    bucket = team.settings.output_bucket
    for number in range(count):
        evaluation_id = cloud.evaluations.add(f"old{number}", status="COMPLETED")
        key = f"manifests/{evaluation_id}.json"
        team.clients.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")


def finished(cloud: Any, team: Any, count: int) -> list[str]:
    ids: list[str] = []
    for number in range(count):
        ids.append(team.start(f"new{number}")["batchEvaluationId"])
        cloud.evaluations.finish(ids[-1], evaluationResults={})
        team.put_results(ids[-1], RESULT)
    return sorted(ids)


@pytest.mark.parametrize(
    ("new", "old", "pages"),
    [
        pytest.param(0, 0, 1 + 1, id="nothing"),
        pytest.param(0, 1_050, 11 + 2, id="old ones cost one call per 100 and one per 1,000"),
        pytest.param(30, 0, 1 + 1, id="new ones"),
        pytest.param(30, 1_050, 11 + 2, id="new ones cost the same beside old ones"),
    ],
)
def test_calls(cloud: Any, team: Any, calls: Counter[str], new: int, old: int, pages: int) -> None:
    exported(cloud, team, old)
    ids = finished(cloud, team, new)
    calls.clear()

    report = team.export()

    assert sorted(report["exported"]) == ids
    assert calls["ListBatchEvaluations"] == max(1, -(-(new + old) // 100))
    of_new = new * CALLS_OF_A_NEW_ONE + (CALLS_OF_ANY_NEW if new else 0)
    assert sum(calls.values()) == pages + OTHER_LISTS + of_new
    assert calls["DescribeKey"] == calls["GetObject"] == 0
