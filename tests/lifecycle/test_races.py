"""Two runs at once: the second as a whole between any two calls of the first."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from components.function.errors import ConflictException, ResourceNotFoundException
from tests.lifecycle.small_lab import TICK, SmallLab

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


def started(lab: SmallLab) -> None:
    lab.start(NAME)


def finished(lab: SmallLab) -> None:
    lab.start(NAME)
    lab.finish()


def exported(lab: SmallLab) -> None:
    finished(lab)
    assert len(lab.tick()["exported"]) == 1


RACES: dict[str, tuple[Callable[[SmallLab], Any], Act, Act]] = {
    "two ticks": (finished, tick, tick),
    "a delete during a tick": (finished, tick, delete),
    "a tick during a delete": (finished, delete, tick),
    "a tick during the delete of an exported evaluation": (exported, delete, tick),
    "two deletes": (exported, delete, delete),
    "two starts under one token": (lambda lab: None, start, start),
    "a tick during a start": (lambda lab: None, start, tick),
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
    for number in range(1, calls + 1):
        small_lab.restore(kept)
        small_lab.wire.begin(number)
        second_lab.wire.begin()
        small_lab.wire.meanwhile = lambda: _allowed_to_fail(second, second_lab)
        _allowed_to_fail(first, small_lab)
        assert small_lab.wire.meanwhile is None
        small_lab.finish()
        for _ in range(2):
            small_lab.tick()
        _assert_whole(small_lab, deleted=deleted, where=f"{title}, before call {number}")


def _allowed_to_fail(act: Act, lab: SmallLab) -> None:
    """The other may have been first; then a documented error says so."""
    with suppress(ConflictException, ResourceNotFoundException):
        act(lab)


def _assert_whole(lab: SmallLab, *, deleted: bool, where: str) -> None:
    """Exactly one evaluation with one set of artifacts, or nothing of it but a tombstone."""
    objects = lab.environment.versions()
    if deleted:
        assert lab.cloud.evaluations.jobs == {}, where
        assert {key.partition("/")[0] for key, _ in objects} == {"tombstones"}, where
        return
    (evaluation_id,) = lab.cloud.evaluations.jobs
    manifest = f"manifests/{evaluation_id}.json"
    named = [
        (entry["key"], entry["versionId"])
        for entry in json.loads(lab.environment.object(manifest))["artifacts"]
    ]
    others = [entry for entry in objects if entry[0] != manifest]
    assert sorted(named) == others, where
    assert len(objects) == len(named) + 1, where


def test_a_hundred_starts_under_one_token_are_one_evaluation(small_lab: SmallLab) -> None:
    small_lab.forget()
    ids = {small_lab.start(NAME) for _ in range(100)}
    small_lab.finish()
    small_lab.tick()

    assert len(ids) == 1
    _assert_whole(small_lab, deleted=False, where="after a hundred starts")
