"""A deletion removes everything of an evaluation, leaves proof, and may be interrupted anywhere."""

import json
from typing import Any

import pytest

from components.function.storage import manifests, tombstones
from tests.components.function.account import OTHER_KEY, request


def exported(cloud: Any, team: Any, name: str = "weekly") -> str:
    evaluation_id = team.start(name)["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, evaluationResults={})
    team.put_results(evaluation_id, '{"a":1}')
    team.export()
    return evaluation_id


def delete(team: Any, evaluation_id: str) -> dict[str, Any]:
    return team.invoke("DeleteBatchEvaluation", {"batchEvaluationId": evaluation_id})


def left(team: Any) -> set[str]:
    """The keys of all objects but the notes that a token is spent and that a sweep is due."""
    return {key for key, _ in team.versions() if not key.startswith(("tokens/", "sweeps/"))}


def streams(team: Any) -> list[str]:
    page = team.clients.logs.describe_log_streams(logGroupName=team.settings.result_log_group)
    return [stream["logStreamName"] for stream in page["logStreams"]]


def test_evaluation_artifacts_and_log_stream_go_and_a_receipt_says_so(
    cloud: Any, team: Any
) -> None:
    evaluation_id = exported(cloud, team)
    artifacts = [
        {"key": key, "versionId": version}
        for key, version in team.versions()
        if evaluation_id in key
    ]

    answer = delete(team, evaluation_id)

    receipt = answer["controller"]["receipt"]
    assert answer["status"] == "DELETING"
    assert receipt["artifacts"] == artifacts
    assert receipt["logStream"] == {
        "logGroupName": "team-results",
        "logStreamName": f"run-{evaluation_id}",
        "state": "Deleted",
    }
    assert len(receipt["kept"]) == 3
    assert cloud.evaluations.jobs == {}
    assert left(team) == {f"tombstones/{evaluation_id}.json"}
    assert streams(team) == []
    tombstone = json.loads(team.object(f"tombstones/{evaluation_id}.json"))
    assert tombstone["receipt"] == receipt


def test_a_repetition_gives_the_same_receipt(cloud: Any, team: Any) -> None:
    evaluation_id = exported(cloud, team)
    first = delete(team, evaluation_id)

    assert delete(team, evaluation_id) == first


def test_a_repetition_without_the_key_says_why_it_has_no_receipt(cloud: Any, team: Any) -> None:
    evaluation_id = exported(cloud, team)
    first = delete(team, evaluation_id)
    cloud.disable_key()

    with pytest.raises(Exception, match=r"was deleted; its receipt .* is not usable") as raised:
        delete(team, evaluation_id)
    cloud.enable_key()

    assert type(raised.value).__name__ == "ConflictException"
    assert delete(team, evaluation_id) == first


def test_where_deletion_is_off_nothing_is_even_looked_at(cloud: Any) -> None:
    prod = cloud.environment("prod", allow_delete=False)
    evaluation_id = cloud.evaluations.add("weekly", status="COMPLETED")

    with pytest.raises(Exception, match="allowDelete is false") as raised:
        delete(prod, evaluation_id)

    assert type(raised.value).__name__ == "AccessDeniedException"
    assert cloud.evaluations.calls == []


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "STOPPING"])
def test_what_has_not_ended_cannot_be_deleted(cloud: Any, team: Any, status: str) -> None:
    evaluation_id = cloud.evaluations.add("weekly", status=status)

    with pytest.raises(Exception, match=f"is {status}; stop it or let it end") as raised:
        delete(team, evaluation_id)

    assert type(raised.value).__name__ == "ConflictException"
    assert team.listing() == []


@pytest.mark.parametrize("status", ["COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "STOPPED"])
def test_whatever_has_ended_can_be_deleted(cloud: Any, team: Any, status: str) -> None:
    evaluation_id = cloud.evaluations.add("weekly", status=status)

    delete(team, evaluation_id)

    assert cloud.evaluations.jobs == {}


def test_an_evaluation_that_never_was_ours_leaves_no_tombstone(cloud: Any, team: Any) -> None:
    with pytest.raises(Exception, match="no evaluation weekly-0123456789") as raised:
        delete(team, "weekly-0123456789")

    assert type(raised.value).__name__ == "ResourceNotFoundException"
    assert team.listing() == []


def test_what_is_left_of_one_that_another_tool_deleted_can_be_deleted(
    cloud: Any, team: Any
) -> None:
    evaluation_id = exported(cloud, team)
    del cloud.evaluations.jobs[evaluation_id]
    cloud.evaluations.calls.clear()

    answer = delete(team, evaluation_id)

    receipt = answer["controller"]["receipt"]
    assert answer["status"] == "DELETING"
    assert len(receipt["artifacts"]) == 5
    assert receipt["logStream"]["state"] == "Deleted"
    assert left(team) == {f"tombstones/{evaluation_id}.json"}
    assert streams(team) == []
    assert [call for call, _ in cloud.evaluations.calls] == ["GetBatchEvaluation"]
    assert delete(team, evaluation_id) == answer


def test_one_that_is_not_ours_any_more_is_not_deleted_at_the_service(cloud: Any, team: Any) -> None:
    """The exports are ours; what the service has under that id and another key is not."""
    evaluation_id = exported(cloud, team)
    cloud.evaluations.jobs[evaluation_id]["kmsKeyArn"] = OTHER_KEY

    delete(team, evaluation_id)

    assert list(cloud.evaluations.jobs) == [evaluation_id]
    assert left(team) == {f"tombstones/{evaluation_id}.json"}


@pytest.mark.parametrize("interrupted", ["DeleteObjects", "DeleteBatchEvaluation", None])
def test_a_deletion_without_the_key_is_never_undone_and_a_repetition_finishes_it(
    cloud: Any, team: Any, interrupted: str | None
) -> None:
    """No tombstone can be written; the evaluation goes first, so no export brings it back."""
    evaluation_id = exported(cloud, team)
    cloud.disable_key()
    if interrupted == "DeleteObjects":
        cloud.s3_faults.next(interrupted, "AccessDenied", 403)
    elif interrupted:
        cloud.evaluations.faults.next(interrupted, "AccessDeniedException", 403)
    if interrupted:
        with pytest.raises(Exception, match="AccessDenied"):
            delete(team, evaluation_id)
        cloud.enable_key()
        assert team.export()["exported"] == []
        assert delete(team, evaluation_id)["controller"]["tombstone"]
        assert left(team) == {f"tombstones/{evaluation_id}.json"}
    else:
        assert delete(team, evaluation_id)["controller"]["tombstone"] is None

    assert cloud.evaluations.jobs == {}
    assert team.versions("evaluations/") == team.versions("manifests/") == []
    assert streams(team) == []


def test_a_deletion_without_the_key_that_was_killed_at_its_end_can_be_finished(
    cloud: Any, team: Any
) -> None:
    """The service has deleted it, and the manifest is still there."""
    evaluation_id = exported(cloud, team)
    cloud.disable_key()
    remove = cloud.evaluations._delete

    def delete_and_fail(job: dict[str, Any]) -> dict[str, Any]:
        cloud.s3_faults.next("DeleteObjects", "AccessDenied", 403)
        return remove(job)

    cloud.evaluations._delete = delete_and_fail
    with pytest.raises(Exception, match="AccessDenied"):
        delete(team, evaluation_id)
    assert team.listing("manifests/") != []

    delete(team, evaluation_id)

    assert team.versions() == []


def test_a_deleted_evaluation_is_not_exported_again(cloud: Any, team: Any) -> None:
    evaluation_id = exported(cloud, team)
    job = dict(cloud.evaluations.jobs[evaluation_id])
    delete(team, evaluation_id)
    cloud.evaluations.jobs[evaluation_id] = {**job, "status": "DELETING"}

    report = team.export()

    assert report["exported"] == []
    assert left(team) == {f"tombstones/{evaluation_id}.json"}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("s3", "PutObject"),
        ("s3", "DeleteObjects"),
        ("evaluations", "DeleteBatchEvaluation"),
    ],
)
def test_the_next_tick_finishes_a_deletion_that_was_interrupted(
    cloud: Any, team: Any, service: str, operation: str
) -> None:
    """After the tombstone: before it there is nothing to finish."""
    evaluation_id = exported(cloud, team)
    faults = cloud.s3_faults if service == "s3" else cloud.evaluations.faults
    if operation == "PutObject":
        _fail_second_put(cloud)
    else:
        faults.next(operation, "AccessDenied", 403)
    with pytest.raises(Exception, match=r"AccessDenied$"):
        delete(team, evaluation_id)
    del cloud.s3_faults.__dict__["raise_due"]

    report = team.export()

    assert report["deleted"] == [evaluation_id]
    assert report["exported"] == []
    assert cloud.evaluations.jobs == {}
    assert left(team) == {f"tombstones/{evaluation_id}.json"}
    assert streams(team) == []
    receipt = delete(team, evaluation_id)["controller"]["receipt"]
    assert len(receipt["artifacts"]) == 5


@pytest.fixture(autouse=True)
def _own_faults(cloud: Any) -> None:
    """Give the account's faults a method of their own that a test may replace or remove."""
    cloud.s3_faults.raise_due = cloud.s3_faults.raise_due


def _fail_second_put(cloud: Any) -> None:
    raise_due = cloud.s3_faults.raise_due
    puts = iter([False, True])

    def due(operation: str) -> None:
        if operation == "PutObject" and next(puts, False):
            cloud.s3_faults.next("PutObject", "AccessDenied", 403)
        raise_due(operation)

    cloud.s3_faults.raise_due = due


def test_a_shared_log_stream_is_kept_and_the_receipt_says_why(cloud: Any, team: Any) -> None:
    output = {"cloudWatchConfig": {"logGroupName": "team-results", "logStreamName": "shared"}}
    evaluation_id = cloud.evaluations.add("foreign", status="FAILED", outputConfig=output)
    team.clients.logs.create_log_stream(logGroupName="team-results", logStreamName="shared")

    stream = delete(team, evaluation_id)["controller"]["receipt"]["logStream"]

    assert (stream["state"], streams(team)) == ("Kept", ["shared"])
    assert stream["reason"] == "its name does not say that it holds this evaluation alone"


def test_a_log_stream_in_another_group_is_kept(cloud: Any, team: Any) -> None:
    output = {"cloudWatchConfig": {"logGroupName": "elsewhere", "logStreamName": "x"}}
    evaluation_id = cloud.evaluations.add("foreign", status="FAILED", outputConfig=output)

    stream = delete(team, evaluation_id)["controller"]["receipt"]["logStream"]

    assert stream["reason"] == "not in this environment's result log group"


def test_a_deletion_during_an_export_leaves_no_object_behind(
    cloud: Any, team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, evaluationResults={})
    write = manifests.write

    def meanwhile(store: Any, manifest: Any) -> Any:
        delete(team, evaluation_id)
        return write(store, manifest)

    monkeypatch.setattr(manifests, "write", meanwhile)

    report = team.export()

    assert report["exported"] == []
    assert left(team) == {f"tombstones/{evaluation_id}.json"}


def test_what_an_export_writes_until_it_sees_the_tombstone_goes_as_well(
    cloud: Any, team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation_id = exported(cloud, team)
    late = f"evaluations/{evaluation_id}/late.json"
    write = tombstones.write

    def meanwhile(*arguments: Any) -> Any:
        if late not in team.listing() and team.listing("tombstones/") == []:
            team.clients.s3.put_object(Bucket=team.settings.output_bucket, Key=late, Body=b"{}")
        return write(*arguments)

    monkeypatch.setattr(tombstones, "write", meanwhile)

    answer = delete(team, evaluation_id)

    assert left(team) == {f"tombstones/{evaluation_id}.json"}
    assert late in {entry["key"] for entry in answer["controller"]["receipt"]["artifacts"]}


def test_a_deleted_evaluation_is_not_started_anew_by_its_unfinished_start(
    cloud: Any, team: Any
) -> None:
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.unfinish_start(team, evaluation_id)
    cloud.evaluations.finish(evaluation_id, "FAILED")

    delete(team, evaluation_id)
    cloud.evaluations.tokens.clear()
    report = team.export()

    assert report["started"] == []
    assert cloud.evaluations.jobs == {}


def test_what_a_run_writes_after_the_deletion_and_cannot_take_back_is_swept_up(
    cloud: Any, team: Any
) -> None:
    """An export that was held up for long, and killed before it saw the tombstone."""
    evaluation_id = exported(cloud, team)
    delete(team, evaluation_id)
    bucket = team.settings.output_bucket
    late = [f"evaluations/{evaluation_id}/late.json", f"manifests/{evaluation_id}.json"]
    for key in late:
        team.clients.s3.put_object(Bucket=bucket, Key=key, Body=b"{}")

    team.export()
    early = left(team)
    team.clock.forward(minutes=16)
    team.export()

    assert early == {f"tombstones/{evaluation_id}.json", *late}
    assert left(team) == {f"tombstones/{evaluation_id}.json"}
    assert team.listing("sweeps/") == []


def test_a_token_is_spent_with_its_evaluation(cloud: Any, team: Any) -> None:
    """Lambda repeats an asynchronous invocation for hours."""
    parameters = request()
    invocation = {"request_id": "asynchronous"}
    evaluation_id = team.invoke("StartBatchEvaluation", parameters, **invocation)[
        "batchEvaluationId"
    ]
    cloud.evaluations.finish(evaluation_id, "FAILED")
    delete(team, evaluation_id)
    objects = team.versions()

    with pytest.raises(Exception, match=f"given for {evaluation_id}, which was del") as raised:
        team.invoke("StartBatchEvaluation", parameters, **invocation)

    assert type(raised.value).__name__ == "ConflictException"
    assert cloud.evaluations.jobs == {}
    assert team.versions() == objects
    assert team.start()["batchEvaluationId"] != evaluation_id


@pytest.mark.usefixtures("no_waiting")
def test_a_start_that_waits_for_the_name_outlives_the_deletion(cloud: Any, team: Any) -> None:
    evaluation_id = exported(cloud, team)
    for _ in range(4):
        cloud.evaluations.faults.next("StartBatchEvaluation", "ThrottlingException", 429)
    assert team.start(clientToken="n" * 33)["controller"]["queued"] is True

    delete(team, evaluation_id)

    assert len(team.export()["started"]) == 1


def test_a_start_that_waits_outlives_the_deletion_of_another_tools_evaluation_of_its_name(
    cloud: Any, team: Any
) -> None:
    """It has no link that would tell its token, only the name."""
    cloud.evaluations.room = 0
    assert team.start("weekly", clientToken="n" * 33)["controller"]["queued"] is True
    evaluation_id = cloud.evaluations.add("weekly", status="COMPLETED")

    delete(team, evaluation_id)
    waiting = team.listing("requests/")
    cloud.evaluations.room = 1
    (started,) = team.export()["started"]

    assert len(waiting) == 1
    assert list(cloud.evaluations.jobs) == [started]
    assert team.start("weekly", clientToken="n" * 33)["batchEvaluationId"] == started


def test_the_token_of_an_unfinished_start_is_spent_too(cloud: Any, team: Any) -> None:
    evaluation_id = team.start(clientToken="n" * 33)["batchEvaluationId"]
    cloud.unfinish_start(team, evaluation_id)
    cloud.evaluations.finish(evaluation_id, "FAILED")

    delete(team, evaluation_id)

    with pytest.raises(Exception, match="which was deleted"):
        team.start(clientToken="n" * 33)


def test_a_deletion_without_the_key_leaves_the_record_of_an_unfinished_start_to_a_later_run(
    cloud: Any, team: Any
) -> None:
    """It might be that of another start, which waits; so this one starts anew, and is no orphan."""
    evaluation_id = team.start(clientToken="n" * 33)["batchEvaluationId"]
    cloud.unfinish_start(team, evaluation_id)
    cloud.evaluations.finish(evaluation_id)
    cloud.disable_key()

    delete(team, evaluation_id)
    left = team.listing()
    cloud.enable_key()
    report = team.export()

    assert left == [f"requests/20260131T093000000000Z-{'n' * 33}.json"]
    assert report["started"] == list(cloud.evaluations.jobs)
    assert report["started"] != [evaluation_id]
    assert team.listing("requests/") == []


def test_a_link_that_comes_after_the_tombstone_is_taken_back(cloud: Any) -> None:
    """A tick has read the record, and asked for its token, before the deletion."""
    team = cloud.environment("late", allow_delete=False)
    token = "n" * 33
    evaluation_id = team.start(clientToken=token)["batchEvaluationId"]
    cloud.unfinish_start(team, evaluation_id)
    begun = [f"tokens/{token}/{evaluation_id}.json", f"tombstones/{evaluation_id}.json"]

    def begin(**_: Any) -> None:
        events.unregister("before-call.bedrock-agentcore.StartBatchEvaluation", begin)
        for key in begun:
            team.clients.s3.put_object(Bucket=team.settings.output_bucket, Key=key, Body=b"{}")

    events = team.clients.evaluations.meta.events
    events.register("before-call.bedrock-agentcore.StartBatchEvaluation", begin)
    team.export()

    assert {key for key, _ in team.versions()} == set(begun)


def test_a_delete_whose_first_answer_was_lost_is_a_success(cloud: Any, team: Any) -> None:
    evaluation_id = exported(cloud, team)
    remove = cloud.evaluations._delete

    def delete_twice(job: dict[str, Any]) -> dict[str, Any]:
        remove(job)
        return remove(cloud.evaluations._job(evaluation_id))

    cloud.evaluations._delete = delete_twice

    assert delete(team, evaluation_id)["status"] == "DELETING"
