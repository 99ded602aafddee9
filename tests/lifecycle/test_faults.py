"""Every call that an operation makes goes wrong once, in every way; nothing is lost by it.

After the fault come two ticks of the export. Then bucket, service and log group are as they would
be without the fault, or as they were before and the caller knows, and can repeat the request.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from components.function.errors import ControllerError
from components.function.exports import session_results
from tests.lifecycle.small_lab import TICK, SmallLab
from tests.lifecycle.wire import FAILS, FAULTS, KILLED, LOST, LOST_ONCE, NO_TIME, Killed

NAME, OTHER = "spoilt", "other"
State = dict[str, Any]


def nothing(lab: SmallLab, name: str) -> dict[str, Any]:
    return lab.request(name)


def running(lab: SmallLab, name: str) -> dict[str, Any]:
    return {"batchEvaluationId": lab.start(name)}


def finished(lab: SmallLab, name: str) -> dict[str, Any]:
    started = running(lab, name)
    lab.finish()
    return started


def exported(lab: SmallLab, name: str) -> dict[str, Any]:
    ended = finished(lab, name)
    assert lab.tick()["exported"] == [ended["batchEvaluationId"]]
    return ended


def cut_off(lab: SmallLab, operation: str, parameters: dict[str, Any], after: str) -> None:
    """Run an operation whose process is killed after the first call of a kind."""
    spoilt = {"StartBatchEvaluation": 7, "PutObject": 6}[after]
    lab.wire.begin(spoilt, KILLED)
    with pytest.raises(Killed):
        lab.invoke(operation, parameters)
    assert lab.wire.calls[-1] == after
    lab.renew()


def started_unheard(lab: SmallLab, name: str) -> dict[str, Any]:
    """The service has started it, and we never heard of it."""
    cut_off(lab, "StartBatchEvaluation", lab.request(name), "StartBatchEvaluation")
    lab.finish()
    return {}


def unlinked(lab: SmallLab, name: str) -> dict[str, Any]:
    """It has ended, and only its record tells what it was started with."""
    started_unheard(lab, name)
    (evaluation_id,) = lab.cloud.evaluations.jobs
    return {"batchEvaluationId": evaluation_id}


def deletion_begun(lab: SmallLab, name: str) -> dict[str, Any]:
    """The tombstone is there, and everything else as well."""
    cut_off(lab, "DeleteBatchEvaluation", exported(lab, name), "PutObject")
    return {}


def half_exported(lab: SmallLab, name: str) -> dict[str, Any]:
    """A run was killed when it had noted the first of three shards."""
    evaluation_id = finished(lab, name)["batchEvaluationId"]
    lab.environment.clients.logs.put_log_events(
        logGroupName=lab.environment.settings.result_log_group,
        logStreamName=f"run-{evaluation_id}",
        logEvents=[
            {"timestamp": int(time.time() * 1000) + number, "message": f'{{"n":{number}}}'}
            for number in (2, 3)
        ],
    )
    lab.wire.begin(14, KILLED)
    with pytest.raises(Killed):
        lab.invoke(TICK)
    assert lab.environment.listing("evaluations/")[2].endswith("/progress.json")
    lab.renew()
    return {}


def no_room(lab: SmallLab, name: str) -> dict[str, Any]:
    lab.cloud.evaluations.room = 0
    return lab.request(name)


def queued(lab: SmallLab, name: str) -> dict[str, Any]:
    """A start waits, and now there is room for one."""
    lab.wire.begin()
    lab.invoke("StartBatchEvaluation", no_room(lab, name))
    lab.cloud.evaluations.room = 1
    return {}


def another_queued(lab: SmallLab, name: str) -> dict[str, Any]:
    queued(lab, OTHER)
    return lab.request(name)


def with_problem(lab: SmallLab, name: str) -> dict[str, Any]:
    """An export has failed before."""
    finished(lab, name)
    lab.wire.refused = "GetBatchEvaluation"
    assert [one["reason"] for one in lab.tick()["notDone"]] == ["UnauthorizedException"]
    lab.wire.refused = ""
    assert len(lab.environment.listing("problems/")) == 1
    return {}


@dataclass(frozen=True)
class Scenario:
    """An operation and what is there before it.

    `point` is the call that decides: once it has taken effect, the ticks must go through with the
    operation; before it, the caller may have to repeat the request. None for a tick, which nobody
    repeats. `refused` is an operation of the service that fails while this one runs. All calls from
    `first` to `last` are spoilt; the others are the same as in another scenario.
    """

    operation: str
    before: Callable[[SmallLab, str], dict[str, Any]]
    point: str | None = None
    refused: str = ""
    first: str = ""
    last: str = ""


SCENARIOS = {
    "start": Scenario("StartBatchEvaluation", nothing, "PutObject"),
    "stop": Scenario("StopBatchEvaluation", running, "StopBatchEvaluation"),
    "delete": Scenario("DeleteBatchEvaluation", exported, "PutObject"),
    "delete what is not linked": Scenario(
        "DeleteBatchEvaluation", unlinked, "PutObject", first="PutObject", last="ListObjectVersions"
    ),
    "export": Scenario(TICK, finished),
    "complete a start": Scenario(TICK, started_unheard, first="GetObject", last="DeleteObjects"),
    "finish a deletion": Scenario(TICK, deletion_begun, first="GetObject", last="PutObject"),
    "note a problem": Scenario(
        TICK, finished, refused="GetBatchEvaluation", first="GetBatchEvaluation"
    ),
    "forget a problem": Scenario(TICK, with_problem, first="ListObjectVersions"),
    "go on with a long stream": Scenario(TICK, half_exported, first="GetObject"),
    "queue a start": Scenario(
        "StartBatchEvaluation", no_room, "PutObject", first="StartBatchEvaluation"
    ),
    "admit a start": Scenario(TICK, queued, first="GetObject", last="DeleteObjects"),
    "start behind another": Scenario(
        "StartBatchEvaluation", another_queued, "PutObject", first="GetObject"
    ),
}
WRITING = ("Delete", "Put", "Start", "Stop")


@dataclass
class Run:
    """How one run of an operation went; `decided` if the call that decides took effect.

    `queued` if the caller was told that the start waits.
    """

    calls: list[str]
    decided: bool
    queued: bool
    error: BaseException | None


def settled(
    lab: SmallLab, scenario: Scenario, parameters: dict[str, Any], *, repeated: bool
) -> State:
    """Let ticks settle what a run has left, and the caller repeat it; gives the final state."""
    lab.settle()
    if repeated:
        attempt(lab, scenario, parameters)
        lab.settle()
    lab.finish()
    lab.tick()
    return {"other": lab.state(OTHER), **lab.state(NAME)}


def attempt(
    lab: SmallLab,
    scenario: Scenario,
    parameters: dict[str, Any],
    spoilt: int | None = None,
    fault: str = "",
) -> Run:
    lab.wire.begin(spoilt, fault)
    lab.wire.refused = scenario.refused
    error: BaseException | None = None
    answer: dict[str, Any] = {}
    try:
        answer = lab.invoke(scenario.operation, {} if scenario.operation == TICK else parameters)
    except (ControllerError, Killed) as raised:
        error = raised
    calls = list(lab.wire.calls)
    lab.wire.refused = ""
    lab.renew()
    waits = "queued" in answer.get("controller", {})
    return Run(calls, _decided(lab, scenario, calls, spoilt), waits, error)


def _decided(lab: SmallLab, scenario: Scenario, calls: list[str], spoilt: int | None) -> bool:
    """Tell whether the call that decides has taken effect."""
    if scenario.point is None or scenario.point not in calls:
        return scenario.point is None
    return calls.index(scenario.point) + 1 != spoilt or lab.wire.effect


def points(scenario: Scenario, calls: list[str]) -> Iterator[tuple[int, str, str]]:
    """Number and name of each call to spoil, and how."""
    first = calls.index(scenario.first) if scenario.first else 0
    last = calls.index(scenario.last, first) + 1 if scenario.last else len(calls)
    for number, call in enumerate(calls[:last], 1):
        if number > first:
            writes = call.startswith(WRITING)
            for fault in (*FAULTS, *([LOST_ONCE] if writes else []), NO_TIME):
                yield number, call, fault


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for one result of these tests in a shard."""
    monkeypatch.setattr(session_results, "SHARD_BYTES", 8)


@pytest.mark.parametrize("title", SCENARIOS)
def test_a_fault_at_any_call_changes_nothing_in_the_end(
    small_lab: SmallLab, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab, scenario = small_lab, SCENARIOS[title]
    lab.forget()
    parameters = scenario.before(lab, NAME)
    before = lab.kept()
    reference = attempt(lab, scenario, parameters)
    assert reference.error is None
    expected = settled(lab, scenario, parameters, repeated=False)
    covered = list(points(scenario, reference.calls))
    # Nothing else is remembered from one run to the next: what was left before ends as before.
    ends: dict[tuple[str, bool], State] = {}
    for number, call, fault in covered:
        lab.restore(before)
        run = attempt(lab, scenario, parameters, number, fault)
        where = f"{title}: call {number} ({call}) {fault}"
        repeated = run.error is not None and not run.decided
        left = lab.left(), repeated
        if left not in ends:
            ends[left] = settled(lab, scenario, parameters, repeated=repeated)
        assert ends[left] == expected, where
        if fault in (FAILS, LOST) and run.error is None:
            # Only what is tried again by itself may go wrong unnoticed by the caller.
            assert scenario.operation == TICK or run.queued, where
    with capsys.disabled():
        calls = f"{len(covered)} points at {len(reference.calls)} calls"
        print(f"\n{title}: {calls} leave {len(ends)} states")


@pytest.mark.parametrize("operation", ["GetBatchEvaluation", "ListBatchEvaluations", "CheckKey"])
def test_a_fault_at_any_call_of_a_question_is_an_error_and_changes_nothing(
    small_lab: SmallLab, operation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab, name = small_lab, f"asked_{operation}"
    lab.forget()
    parameters = finished(lab, name) if operation == "GetBatchEvaluation" else {}
    question = Scenario(operation, nothing)
    before = lab.state(name)
    reference = attempt(lab, question, parameters)
    covered = list(points(question, reference.calls))
    for number, call, fault in covered:
        run = attempt(lab, question, parameters, number, fault)
        # Where the effect and the answer are one, a process that is killed after it is killed.
        assert run.error is not None, (call, fault)
    assert lab.state(name) == before
    lab.tick()
    with capsys.disabled():
        print(f"\n{operation}: {len(covered)} points at {len(reference.calls)} calls")
