"""Two runs at once: the second as a whole between any two calls of the first."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from components.function.errors import (
    ConflictException,
    ControllerError,
    ResourceNotFoundException,
)
from tests.lifecycle.small_lab import TICK, SmallLab
from tests.lifecycle.wire import KILLED, Killed

NAME = "race"
Act = Callable[[SmallLab], Any]


def start(lab: SmallLab) -> Any:
    return lab.invoke("StartBatchEvaluation", lab.request(NAME))


def tick(lab: SmallLab) -> Any:
    return lab.invoke(TICK)


def delete(lab: SmallLab) -> Any:
    ids = [*lab.cloud.evaluations.jobs] or [
        key.removeprefix("tombstones/").removesuffix(".json")
        for key in lab.environment.listing("tombstones/")
    ]
    return lab.invoke("DeleteBatchEvaluation", {"batchEvaluationId": ids[0]})


def waiting(lab: SmallLab) -> None:
    """Another start waits, and now there is room."""
    lab.cloud.evaluations.room = 0
    lab.wire.begin()
    lab.invoke("StartBatchEvaluation", lab.request("other"))
    lab.cloud.evaluations.room = 2


def started(lab: SmallLab) -> None:
    lab.start(NAME)


def finished(lab: SmallLab) -> None:
    lab.start(NAME)
    lab.finish()


def exported(lab: SmallLab) -> None:
    finished(lab)
    assert len(lab.tick()["exported"]) == 1


def ended_unheard(lab: SmallLab) -> None:
    """The start's answer was lost, and the evaluation has ended meanwhile."""
    lab.wire.begin(7, KILLED)
    with suppress(Killed):
        start(lab)
    assert lab.wire.calls[-1] == "StartBatchEvaluation"
    lab.renew()
    lab.finish()


def settle_anew(lab: SmallLab, seen: set[str]) -> bool:
    """Settle what no earlier round has left, and tell whether this one's is to be judged.

    A new container remembers nothing: what was left before ends as it did before.
    """
    lab.renew()
    left = lab.left()
    if left in seen:
        return False
    seen.add(left)
    lab.settle()
    return True


RACES: dict[str, tuple[Callable[[SmallLab], Any], Act, Act]] = {
    "two ticks": (finished, tick, tick),
    "a delete during a tick": (finished, tick, delete),
    "a tick during a delete": (finished, delete, tick),
    "a tick during the delete of an exported evaluation": (exported, delete, tick),
    "two deletes": (exported, delete, delete),
    "two starts under one token": (lambda lab: None, start, start),
    "a delete during a start under its token": (exported, start, delete),
    "a start under the token of an evaluation during its delete": (exported, delete, start),
    "a delete during the tick that completes its start": (ended_unheard, tick, delete),
    "a tick that completes a start during the delete": (ended_unheard, delete, tick),
    "a tick during a start": (lambda lab: None, start, tick),
    "a tick during a start behind another": (waiting, start, tick),
    "a start behind another during a tick": (waiting, tick, start),
}


@pytest.mark.parametrize("title", RACES)
def test_of_two_at_once_there_is_one_result_and_no_orphan(
    small_lab: SmallLab, second_lab: SmallLab, title: str
) -> None:
    before, first, second = RACES[title]
    small_lab.forget()
    before(small_lab)
    kept = small_lab.kept()
    small_lab.wire.begin()
    first(small_lab)
    calls = len(small_lab.wire.calls)
    deleted = first is delete or second is delete
    seen: set[str] = set()
    for number in range(1, calls + 1):
        small_lab.restore(kept)
        small_lab.wire.begin(number)
        second_lab.wire.begin()
        small_lab.wire.meanwhile = lambda: _allowed_to_fail(second, second_lab)
        _allowed_to_fail(first, small_lab)
        assert small_lab.wire.meanwhile is None
        small_lab.finish()
        if settle_anew(small_lab, seen):
            where = f"{title}, before call {number}"
            _assert_whole(small_lab, deleted=deleted, where=where, count=1 + (before is waiting))


def test_what_a_loser_writes_before_it_is_killed_is_swept_up(
    small_lab: SmallLab, second_lab: SmallLab
) -> None:
    """The winner exports as a whole, with other results, before the loser's first artifact."""
    small_lab.forget()
    finished(small_lab)
    small_lab.wire.begin()
    tick(small_lab)
    calls = list(small_lab.wire.calls)
    first = calls.index("GetBatchEvaluation") + 2
    for last in range(first, len(calls) + 1):
        small_lab.forget()
        finished(small_lab)
        small_lab.wire.begin(first)
        second_lab.wire.begin()
        small_lab.wire.meanwhile = lambda last=last: _win(second_lab, small_lab, last)
        with suppress(Killed):
            tick(small_lab)
        small_lab.renew()
        small_lab.settle()
        _assert_whole(small_lab, deleted=False, where=f"killed after call {last}")


def _win(winner: SmallLab, loser: SmallLab, last: int) -> None:
    (evaluation_id,) = winner.cloud.evaluations.jobs
    results = {"totalNumberOfSessions": 1}
    winner.cloud.evaluations.finish(evaluation_id, evaluationResults=results)
    assert tick(winner)["controller"]["exported"] == [evaluation_id]
    loser.wire.spoilt, loser.wire.fault = last, KILLED


@pytest.mark.parametrize("before", [finished, exported])
def test_a_deletion_without_the_key_that_is_killed_is_never_followed_by_an_export(
    small_lab: SmallLab, before: Act
) -> None:
    """Not of one that was never exported either. Either it has not begun, or it has won."""
    small_lab.forget()
    before(small_lab)
    (evaluation_id,) = small_lab.cloud.evaluations.jobs
    small_lab.cloud.disable_key()
    kept = small_lab.kept()
    small_lab.wire.begin()
    delete(small_lab)
    calls = list(small_lab.wire.calls)
    begun: list[bool] = []
    for last in range(1, len(calls) + 1):
        small_lab.restore(kept)
        small_lab.wire.begin(last, KILLED)
        with pytest.raises(Killed):
            delete(small_lab)
        small_lab.renew()
        small_lab.cloud.enable_key()
        begun.append(small_lab.cloud.evaluations.jobs == {})
        small_lab.settle()
        if begun[-1]:
            assert small_lab.tick()["exported"] == []
            parameters = {"batchEvaluationId": evaluation_id}
            small_lab.wire.begin()
            if small_lab.environment.listing("evaluations/"):
                small_lab.invoke("DeleteBatchEvaluation", parameters)
                small_lab.settle()
            objects = {key.partition("/")[0] for key, _ in small_lab.environment.versions()}
            assert objects in (set(), {"tombstones", "tokens"}), calls[last - 1]
            assert small_lab.state(NAME)["logs"] == [], calls[last - 1]
        else:
            _assert_whole(small_lab, deleted=False, where=f"killed after call {last}")
            told = small_lab.environment.manifest(evaluation_id)["contents"]["sessionResults"]
            assert told["state"] == "Exported", calls[last - 1]
        small_lab.cloud.disable_key()
    small_lab.cloud.enable_key()

    assert begun == sorted(begun)
    assert set(begun) == {False, True}


def test_a_start_that_outlasts_a_deletion_and_is_killed_leaves_no_second_evaluation(
    small_lab: SmallLab, second_lab: SmallLab, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole deletion comes between its look at the token and its record."""
    kept, calls = _before_a_repeated_start(small_lab)
    checked, called = calls.index("ListObjectsV2") + 2, calls.index("StartBatchEvaluation") + 1
    last, seconds = called - 1, 0
    seen: set[str] = set()
    while last is not None:
        last += 1
        small_lab.restore(kept)
        (first,) = small_lab.cloud.evaluations.jobs
        small_lab.wire.begin(checked)
        second_lab.wire.begin()
        small_lab.wire.meanwhile = lambda last=last: _delete_and_kill(second_lab, small_lab, last)
        with pytest.raises((Killed, ConflictException)) as raised:
            start(small_lab)
        if raised.type is ConflictException:
            assert "was deleted during this start" in str(raised.value)
            last = None
        seconds += sum(one != first for one in small_lab.cloud.evaluations.jobs)
        small_lab.finish()
        if settle_anew(small_lab, seen):
            small_lab.finish()
            small_lab.settle()
            _assert_whole(small_lab, deleted=True, where=f"killed after call {last}")

    assert seconds >= 6
    assert '"event":"LateStart"' in capsys.readouterr().out


def test_a_start_whose_record_the_deletion_has_removed_leaves_nothing_once_it_has_looked_again(
    small_lab: SmallLab, second_lab: SmallLab
) -> None:
    """The whole deletion comes between its record and the service's answer."""
    kept, calls = _before_a_repeated_start(small_lab)
    called = calls.index("StartBatchEvaluation") + 1
    looked = called + calls[called:].index("ListObjectsV2") + 1
    last, raised = looked, Killed
    seen: set[str] = set()
    while raised is Killed:
        last += 1
        small_lab.restore(kept)
        small_lab.wire.begin(called)
        second_lab.wire.begin()
        small_lab.wire.meanwhile = lambda last=last: _delete_and_kill(second_lab, small_lab, last)
        with pytest.raises((Killed, ConflictException)) as caught:
            start(small_lab)
        raised = caught.type
        small_lab.finish()
        if settle_anew(small_lab, seen):
            _assert_whole(small_lab, deleted=True, where=f"killed after call {last}")

    # The tombstone, the stop, the record; the next export run does the rest.
    assert last == looked + 3


def _before_a_repeated_start(lab: SmallLab) -> tuple[bytes, list[str]]:
    """What is there when an evaluation was exported, and the calls of a start under its token."""
    lab.forget()
    exported(lab)
    kept = lab.kept()
    lab.wire.begin()
    start(lab)
    return kept, list(lab.wire.calls)


def _delete_and_kill(other: SmallLab, lab: SmallLab, last: int) -> None:
    delete(other)
    lab.wire.spoilt, lab.wire.fault = last, KILLED


def _allowed_to_fail(act: Act, lab: SmallLab) -> None:
    """The other may have been first; then a documented error says so."""
    with suppress(ConflictException, ResourceNotFoundException):
        act(lab)


def _assert_whole(lab: SmallLab, *, deleted: bool, where: str, count: int = 1) -> None:
    """Exactly so many evaluations, each with one set of artifacts, or nothing but a tombstone."""
    objects = lab.environment.versions()
    if deleted:
        assert lab.cloud.evaluations.jobs == {}, where
        assert {key.partition("/")[0] for key, _ in objects} == {"tombstones", "tokens"}, where
        return
    assert len(lab.cloud.evaluations.jobs) == count, where
    manifests = [f"manifests/{evaluation_id}.json" for evaluation_id in lab.cloud.evaluations.jobs]
    named = [
        (entry["key"], entry["versionId"])
        for manifest in manifests
        for entry in json.loads(lab.environment.object(manifest))["artifacts"]
    ]
    others = [entry for entry in objects if entry[0] not in manifests]
    assert sorted(named) == others, where
    assert len(objects) == len(named) + count, where


def test_a_start_that_is_refused_because_it_must_not_wait_is_started_by_nobody(
    small_lab: SmallLab, second_lab: SmallLab
) -> None:
    """There is room again at any moment of the start, and a tick comes at that moment."""
    outcomes: list[bool] = []
    for number in range(1, 9):
        small_lab.forget()
        small_lab.cloud.evaluations.room = 0
        small_lab.wire.begin(number)
        second_lab.wire.begin()
        small_lab.wire.meanwhile = lambda: _tick_with_room(second_lab)
        refused = False
        try:
            small_lab.invoke("StartBatchEvaluation", small_lab.request(NAME), queue=False)
        except ControllerError as error:
            refused = type(error).__name__ == "ServiceQuotaExceededException"
            assert refused
        assert small_lab.wire.meanwhile is None
        small_lab.finish()
        small_lab.tick()
        outcomes.append(refused)
        assert refused is (small_lab.cloud.evaluations.jobs == {})
        assert refused is (small_lab.environment.versions() == [])
    assert set(outcomes) == {True, False}


def _tick_with_room(lab: SmallLab) -> None:
    lab.cloud.evaluations.room = 1
    tick(lab)


def test_a_hundred_starts_under_one_token_are_one_evaluation(small_lab: SmallLab) -> None:
    small_lab.forget()
    ids = {small_lab.start(NAME) for _ in range(100)}
    small_lab.finish()
    small_lab.settle()

    assert len(ids) == 1
    _assert_whole(small_lab, deleted=False, where="after a hundred starts")
