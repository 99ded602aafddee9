"""Every call of AWS: how often it is tried, and when no more time is spent on it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.function.aws.clients import Clients
from components.function.aws.deadline import Deadline, OutOfTime

pytestmark = pytest.mark.usefixtures("no_waiting")

FINAL = [
    ("ValidationException", 400),
    ("AccessDeniedException", 403),
    ("ServiceQuotaExceededException", 402),
    ("ConflictException", 409),
    ("ResourceNotFoundException", 404),
    ("UnauthorizedException", 401),
]


@pytest.fixture
def clients(cloud: Any) -> Clients:
    """Clients of their own: the SDK's rate limiter remembers a throttled client."""
    fresh = Clients("us-east-1")
    cloud.connect(fresh)
    return fresh


@pytest.mark.parametrize(
    ("code", "status", "attempts"),
    [(*one, 1) for one in FINAL] + [("InternalServerException", 500, 4)],
)
def test_only_what_passes_is_tried_again(
    cloud: Any, clients: Clients, code: str, status: int, attempts: int
) -> None:
    for _ in range(9):
        cloud.evaluations.faults.next("ListBatchEvaluations", code, status)

    with pytest.raises(Exception, match=code):
        clients.evaluations.list_batch_evaluations()

    assert len(cloud.evaluations.calls) == attempts


def times(*left: int) -> Callable[[], int]:
    """The milliseconds left at each question, the last for ever."""
    given: Iterator[int] = iter(left)
    return lambda: next(given, left[-1])


def test_no_call_begins_when_it_could_be_cut_off(cloud: Any, clients: Clients) -> None:
    with clients.until(Deadline(times(300_000, 16_000, 14_000))):
        clients.evaluations.list_batch_evaluations()
        with pytest.raises(OutOfTime):
            clients.evaluations.list_batch_evaluations()

    assert len(cloud.evaluations.calls) == 1


def test_no_repetition_begins_either(cloud: Any, clients: Clients) -> None:
    cloud.evaluations.faults.next("ListBatchEvaluations", "InternalServerException", 500)

    with (
        clients.until(Deadline(times(300_000, 16_000, 14_000))),
        pytest.raises(OutOfTime),
    ):
        clients.evaluations.list_batch_evaluations()

    assert len(cloud.evaluations.calls) == 1


@pytest.mark.parametrize("whole", [60_000, 300_000, 900_000])
def test_the_slowest_call_still_ends_in_time(clients: Clients, whole: int) -> None:
    config = clients.evaluations.meta.config
    slowest = (config.connect_timeout + config.read_timeout) * 1000
    left = [whole, slowest]
    deadline = Deadline(lambda: left.pop(0))

    with pytest.raises(OutOfTime):
        deadline.check_call()


def test_an_operation_that_has_no_more_time_says_so(cloud: Any, team: Any) -> None:
    left = iter([300_000])
    team.remaining = lambda: next(left, 1_000)

    with pytest.raises(Exception, match="the time of this run is used up") as raised:
        team.start()
    team.remaining = lambda: 300_000

    assert type(raised.value).__name__ == "ServiceUnavailableException"
    assert cloud.evaluations.jobs == {}


def test_a_tick_that_has_no_more_time_reports_what_it_has_done(cloud: Any, team: Any) -> None:
    left = iter([300_000, 300_000, 1_000])
    team.remaining = lambda: next(left, 1_000)

    report = team.export()
    team.remaining = lambda: 300_000

    assert report["complete"] is False
    assert report["exported"] == []
