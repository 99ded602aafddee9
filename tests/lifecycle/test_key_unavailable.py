"""The evaluation key is taken away at every stage, with policies in force, and given back.

Start is refused before any cost, Get gives metadata and a reason, List, Stop and Delete succeed,
and after the key is back everything catches up by itself:
docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from components.function.errors import ControllerError
from components.function.evaluations.result_state import SERVICE_DENIED
from tests.lifecycle.lab import Lab

Taking = Callable[[Lab], AbstractContextManager[None]]


@contextmanager
def disabled(lab: Lab) -> Iterator[None]:
    kms, key = lab.client("kms"), lab.outputs["evaluation_key_arn"]
    kms.disable_key(KeyId=key)
    yield
    kms.enable_key(KeyId=key)


@contextmanager
def to_be_deleted(lab: Lab) -> Iterator[None]:
    kms, key = lab.client("kms"), lab.outputs["evaluation_key_arn"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    yield
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)


def without(sid: str) -> Taking:
    return lambda lab: lab.without(sid)


TAKEN = {
    "disabled": disabled,
    "to be deleted": to_be_deleted,
    "without AllowCallerAccess": without("AllowCallerAccess"),
    "without AllowCallerCryptoOps": without("AllowCallerCryptoOps"),
    "without AllowServicePrincipalAccess": without("AllowServicePrincipalAccess"),
}
# What a start is answered with, and what is named.
REFUSED = {
    "disabled": ("ValidationException", "KeyState: expected Enabled, found Disabled"),
    "to be deleted": ("ValidationException", "KeyState: expected Enabled, found PendingDeletion"),
    "without AllowCallerAccess": ("AccessDeniedException", "kms:DescribeKey"),
    "without AllowCallerCryptoOps": ("AccessDeniedException", "kms:GenerateDataKey"),
    "without AllowServicePrincipalAccess": (
        "ValidationException",
        "bedrock-agentcore.amazonaws.com lacks kms:GenerateDataKey",
    ),
}
# Whether, and why, results cannot be read. DescribeKey is needed to start, not to read.
UNREADABLE = {
    "disabled": ("KeyUnavailable", "Disabled"),
    "to be deleted": ("KeyUnavailable", "PendingDeletion"),
    "without AllowCallerAccess": ("Available", None),
    "without AllowCallerCryptoOps": ("KeyUnavailable", "AccessDenied"),
    "without AllowServicePrincipalAccess": ("KeyUnavailable", SERVICE_DENIED),
}
taken = pytest.mark.parametrize("how", TAKEN)


@pytest.fixture(autouse=True)
def _new_container(lab: Lab) -> None:
    lab.renew()
    lab.wire.begin()


_numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    """A name of its own for the evaluation of each test."""
    return f"e{next(_numbers):03}"


def results(lab: Lab, evaluation_id: str) -> dict[str, Any]:
    return lab.invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation_id})


@taken
def test_start_is_refused_and_nothing_is_left_of_it(lab: Lab, how: str, name: str) -> None:
    before = lab.objects(), len(lab.evaluations())

    with TAKEN[how](lab), pytest.raises(ControllerError) as raised:
        lab.start(name)

    kind, told = REFUSED[how]
    assert type(raised.value).__name__ == kind
    assert told in str(raised.value)
    assert (lab.objects(), len(lab.evaluations())) == before
    assert lab.start(name)
    lab.finish()
    assert len(lab.tick()["exported"]) == 1


@taken
def test_get_gives_metadata_and_says_why_results_are_missing(lab: Lab, how: str, name: str) -> None:
    evaluation_id = lab.start(name)
    lab.finish()

    with TAKEN[how](lab):
        without_key = results(lab, evaluation_id)
    with_key = results(lab, evaluation_id)

    state, reason = UNREADABLE[how]
    told = without_key["controller"]["results"]
    assert told["state"] == state
    assert reason in (None, told.get("reason"))
    assert without_key["batchEvaluationName"] == name
    assert without_key["status"] == "COMPLETED"
    assert ("evaluationResults" in without_key) is (state == "Available")
    assert with_key["controller"]["results"] == {"state": "Available"}
    lab.tick()


@taken
def test_list_stop_and_delete_succeed(lab: Lab, how: str, name: str) -> None:
    ended = lab.start(f"{name}_a")
    lab.finish()
    lab.tick()
    runs = lab.start(f"{name}_b")

    with TAKEN[how](lab):
        listed = lab.invoke("ListBatchEvaluations", {"maxResults": 100}, name=f"{name}_*")
        stopped = lab.invoke("StopBatchEvaluation", {"batchEvaluationId": runs})
        deleted = lab.invoke("DeleteBatchEvaluation", {"batchEvaluationId": ended})
    lab.finish()

    assert {one["batchEvaluationId"] for one in listed["batchEvaluations"]} == {ended, runs}
    assert stopped["status"] == "STOPPING"
    assert deleted["status"] == "DELETING"
    assert ended not in {one["batchEvaluationId"] for one in lab.evaluations()}
    assert [key for key in lab.objects("evaluations/") if ended in key] == []
    assert lab.tick()["exported"] == [runs]


@taken
def test_the_export_waits_and_catches_up_by_itself(lab: Lab, how: str, name: str) -> None:
    ids = [lab.start(f"{name}_{number}") for number in range(2)]
    lab.finish()

    with TAKEN[how](lab):
        waiting = [lab.tick() for _ in range(2)]
    lab.cloud.advance(400)
    caught_up = lab.tick()

    if UNREADABLE[how][0] == "Available":
        assert waiting[0]["exported"] == ids
        return
    assert [report["exported"] for report in waiting] == [[], []]
    assert not any(report["complete"] for report in waiting)
    assert caught_up["exported"] == ids
    assert caught_up["complete"] is True
    assert lab.objects("problems/") == []
    for each in ids:
        assert f"manifests/{each}.json" in lab.objects("manifests/")


@taken
def test_a_key_that_goes_while_the_evaluation_runs_is_met_without_loss(
    lab: Lab, how: str, name: str
) -> None:
    """AWS does not say what becomes of a running evaluation: whatever it is, it is exported."""
    evaluation_id = lab.start(name)
    lab.cloud.advance(3)

    with TAKEN[how](lab):
        lab.finish()
        lab.tick()
    lab.cloud.advance(400)
    lab.tick()

    ended = results(lab, evaluation_id)["status"]
    assert ended in ("COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED")
    assert f"manifests/{evaluation_id}.json" in lab.objects("manifests/")


@taken
def test_a_recorded_start_outlives_the_key(lab: Lab, how: str, name: str) -> None:
    """The service fails at a start, so it stays recorded; then the key goes for two ticks."""
    lab.wire.begin(7, "fails before it takes effect")
    with pytest.raises(ControllerError, match="recorded, the next export repeats it"):
        lab.invoke("StartBatchEvaluation", lab.request(name))
    assert lab.wire.calls[-1] == "StartBatchEvaluation"

    with TAKEN[how](lab):
        waiting = [lab.tick() for _ in range(2)]
    assert lab.objects("requests/") != []
    assert [report["started"] for report in waiting] == [[], []]
    started = lab.tick()["started"]

    assert [one.rpartition("-")[0] for one in started] == [name]
    assert lab.objects("requests/") == []
    lab.finish()
    assert lab.tick()["exported"] == started


def test_a_boundary_of_the_role_is_named_and_not_the_statement_that_is_there(lab: Lab) -> None:
    iam, role = lab.client("iam"), lab.outputs["controller_role_arn"].rpartition("/")[2]
    allowed = {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    made = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=made)

    bounded = lab.invoke("CheckKey")["controller"]
    iam.delete_role_permissions_boundary(RoleName=role)

    assert [(gap["action"], gap["barrier"]) for gap in bounded["missingPermissions"]] == [
        ("kms:GenerateDataKey", "no permissions boundary allows it"),
        ("kms:Decrypt", "no permissions boundary allows it"),
    ]
    assert lab.invoke("CheckKey")["controller"]["usable"] is True
