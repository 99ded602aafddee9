"""Five active evaluations and three starts a second, as the local AWS enforces them.

docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
"""

from typing import Any

import pytest

from tests.lifecycle.lab import Lab

RUNNING = ("PENDING", "IN_PROGRESS", "STOPPING")


@pytest.fixture(autouse=True)
def _new_container(lab: Lab) -> None:
    lab.renew()
    lab.wire.begin()


def start(lab: Lab, name: str) -> dict[str, Any]:
    """Start by the function, at a pace that the service allows."""
    lab.cloud.advance(0.4)
    return lab.invoke("StartBatchEvaluation", lab.request(name))


def active(lab: Lab) -> list[str]:
    """The names of all active evaluations of the account."""
    listed = lab.evaluations()
    return [one["batchEvaluationName"] for one in listed if one["status"] in RUNNING]


def names(ids: list[str]) -> list[str]:
    return [one.rpartition("-")[0] for one in ids]


def queue(lab: Lab) -> list[str]:
    """The names of the recorded starts, by their tokens, in their order."""
    return [key.split("-", 1)[1].partition("-")[0] for key in lab.objects("requests/")]


def test_of_seven_starts_five_run_and_two_wait_in_order(lab: Lab) -> None:
    wanted = [f"q{number}" for number in range(1, 8)]
    answers = [start(lab, name) for name in wanted]

    assert active(lab) == wanted[:5]
    assert queue(lab) == wanted[5:]
    waiting = [answer["controller"] for answer in answers[5:]]
    assert [told["reason"] for told in waiting] == ["ServiceQuotaExceededException"] * 2
    assert [told["ahead"] for told in waiting] == [0, 1]
    lab.cloud.advance(0.4)
    assert lab.tick()["started"] == []

    lab.invoke("StopBatchEvaluation", {"batchEvaluationId": answers[0]["batchEvaluationId"]})
    lab.cloud.advance(1)
    sixth = lab.tick()

    assert active(lab) == wanted[1:6]
    assert names(sixth["started"]) == ["q6"]
    assert names(sixth["exported"]) == ["q1"]
    assert queue(lab) == ["q7"]
    lab.finish()
    seventh = lab.tick()
    assert names(seventh["started"]) == ["q7"]
    assert names(seventh["exported"]) == wanted[1:6]
    lab.finish()
    assert names(lab.tick()["exported"]) == ["q7"]
    assert lab.objects("requests/") == []


def test_evaluations_of_other_tools_take_room_too(lab: Lab) -> None:
    service = lab.client("bedrock-agentcore")
    for number in range(5):
        lab.cloud.advance(0.4)
        service.start_batch_evaluation(**lab.request(f"others{number}"))

    waiting = start(lab, "ours")
    lab.cloud.advance(0.4)
    early = lab.tick()
    lab.finish()
    late = lab.tick()

    assert waiting["controller"]["queued"] is True
    assert early["started"] == []
    assert names(late["started"]) == ["ours"]
    lab.finish()
    lab.tick()


def test_more_starts_than_three_a_second_are_queued_and_admitted_in_order(lab: Lab) -> None:
    """All at one moment: the service admits three of them, whatever the SDK repeats."""
    lab.cloud.advance(2)
    wanted = [f"p{number}" for number in range(1, 6)]
    answers = [lab.invoke("StartBatchEvaluation", lab.request(name)) for name in wanted]

    assert names([one["batchEvaluationId"] for one in answers[:3]]) == wanted[:3]
    assert [one["controller"]["reason"] for one in answers[3:]] == ["ThrottlingException"] * 2
    assert queue(lab) == wanted[3:]
    lab.cloud.advance(1)
    assert names(lab.tick()["started"]) == wanted[3:]
    lab.finish()
    lab.tick()
