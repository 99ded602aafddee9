"""The export brings the bucket up to date, once for each evaluation, whatever happened before."""

import base64
import hashlib
import itertools
import json
import re
from typing import Any

import pytest

from components.function.storage import manifests
from components.function.storage.bucket import OutputBucket
from tests.components.function.account import record

RESULTS = {"evaluationResults": {"totalNumberOfSessions": 2, "numberOfSessionsCompleted": 2}}
EVENT = '{"traceId":"0","attributes":{"gen_ai.evaluation.score.value":1.0}}'


def finished(cloud: Any, team: Any, name: str = "weekly", **members: Any) -> str:
    """A completed evaluation that the controller started, with one session result."""
    evaluation_id = team.start(name)["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, **(RESULTS | members))
    team.put_results(evaluation_id, EVENT)
    return evaluation_id


def test_a_finished_evaluation_is_exported_with_its_manifest_last(cloud: Any, team: Any) -> None:
    evaluation_id = finished(cloud, team)
    cloud.s3_calls.clear()

    report = team.export()

    manifest = team.manifest(evaluation_id)
    assert report["exported"] == [evaluation_id]
    assert report["complete"] is True
    assert [entry["key"].rpartition("/")[2] for entry in manifest["artifacts"]] == [
        "data-source-config.json",
        "session-metadata.json",
        "evaluation-results.json",
        "session-results-00001.jsonl",
    ]
    assert manifest["batchEvaluationArn"].endswith(f":batch-evaluate/{evaluation_id}")
    assert manifest["kmsKeyArn"] == team.settings.evaluation_key_arn
    assert manifest["status"] == "COMPLETED"
    assert manifest["counts"] == {"totalNumberOfSessions": 2, "numberOfSessionsCompleted": 2}
    puts = [request.url for operation, request in cloud.s3_calls if operation == "PutObject"]
    assert puts[-1].endswith(f"manifests/{evaluation_id}.json")


def test_the_manifest_names_version_size_and_hash_of_each_artifact(cloud: Any, team: Any) -> None:
    evaluation_id = finished(cloud, team)

    team.export()

    for entry in team.manifest(evaluation_id)["artifacts"]:
        body = team.object(entry["key"], entry["versionId"])
        assert len(body) == entry["size"]
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]


def test_every_object_is_one_put_encrypted_for_its_evaluation(cloud: Any, team: Any) -> None:
    evaluation_id = finished(cloud, team)
    team.export()

    puts = [request for operation, request in cloud.s3_calls if operation == "PutObject"]
    assert len(puts) == 7
    assert {operation for operation, _ in cloud.s3_calls}.isdisjoint(
        {"CreateMultipartUpload", "CopyObject"}
    )
    for put in puts:
        headers = {name.lower(): _text(value) for name, value in put.headers.items()}
        context = json.loads(base64.b64decode(headers["x-amz-server-side-encryption-context"]))
        about = "weekly-0000000000" if "/requests/" in put.url else evaluation_id
        assert headers["x-amz-server-side-encryption"] == "aws:kms"
        assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == cloud.kms.metadata["Arn"]
        assert headers["x-amz-server-side-encryption-bucket-key-enabled"] == "false"
        assert headers["x-amz-checksum-sha256"]
        assert list(context) == ["aws:bedrock-agentcore:batchEvaluationArn"]
        assert context.popitem()[1].endswith(f":batch-evaluate/{about}")
    owners = {
        _text(request.headers["x-amz-expected-bucket-owner"])
        for operation, request in cloud.s3_calls
        if operation not in ("CreateBucket", "PutBucketVersioning")
    }
    assert owners == {"111122223333"}
    assert _text(puts[-1].headers["If-None-Match"]) == "*"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_a_second_tick_writes_nothing_and_asks_little(cloud: Any, team: Any) -> None:
    for number in range(3):
        finished(cloud, team, f"weekly_{number}")
    team.export()
    before = team.versions()
    cloud.s3_calls.clear()
    cloud.evaluations.calls.clear()

    report = team.export()

    calls = [operation for operation, _ in cloud.s3_calls]
    assert report["exported"] == []
    assert team.versions() == before
    assert [call for call, _ in cloud.evaluations.calls] == ["ListBatchEvaluations"]
    assert calls == ["ListObjectsV2"] * 5


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "STOPPING", "DELETING"])
def test_what_has_not_ended_is_left_alone(cloud: Any, team: Any, status: str) -> None:
    cloud.evaluations.add("weekly", status=status)

    report = team.export()

    assert report["exported"] == []
    assert report["complete"] is True
    assert team.listing() == []


@pytest.mark.parametrize(
    ("members", "state", "content"),
    [
        pytest.param({}, "NotRequested", None, id="no analysis was asked for"),
        pytest.param(
            {"insights": [{"insightId": "Builtin.X"}], "insightResults": []},
            "Empty",
            {"insightResults": []},
            id="the analysis found nothing",
        ),
        pytest.param(
            {"insights": [{"insightId": "Builtin.X"}], "errorDetails": ["no model"]},
            "Absent",
            None,
            id="the analysis failed",
        ),
        pytest.param(
            {
                "insights": [{"insightId": "Builtin.X"}],
                "insightResults": [
                    {
                        "type": "FAILURE",
                        "name": "n",
                        "description": "d",
                        "createdAt": "2026-01-31T09:30:00Z",
                    }
                ],
            },
            "Exported",
            {
                "insightResults": [
                    {
                        "type": "FAILURE",
                        "name": "n",
                        "description": "d",
                        "createdAt": "2026-01-31T09:30:00.000Z",
                    }
                ]
            },
            id="the analysis found something",
        ),
    ],
)
def test_absent_and_empty_insights_are_kept_apart(
    cloud: Any, team: Any, members: dict[str, Any], state: str, content: Any
) -> None:
    evaluation_id = finished(cloud, team, **members)

    team.export()

    assert team.manifest(evaluation_id)["contents"]["insightResults"]["state"] == state
    key = f"evaluations/{evaluation_id}/insight-results.json"
    found = json.loads(team.object(key)) if key in team.listing() else None
    assert found == content


def test_an_evaluation_of_another_tool_is_exported_as_far_as_it_is_known(
    cloud: Any, team: Any
) -> None:
    default = {
        "cloudWatchConfig": {
            "logGroupName": "/aws/bedrock-agentcore/evaluations/batch-evaluations/results/default",
            "logStreamName": "run-x",
        }
    }
    evaluation_id = cloud.evaluations.add("foreign", outputConfig=default)
    cloud.evaluations.finish(evaluation_id, **RESULTS)

    team.export()

    contents = team.manifest(evaluation_id)["contents"]
    assert contents["sessionMetadata"]["state"] == "Absent"
    assert "not started by this controller" in contents["sessionMetadata"]["reason"]
    assert contents["sessionResults"]["state"] == "Elsewhere"
    assert contents["sessionResults"]["logGroupName"].endswith("/default")


def test_evaluations_that_share_a_log_stream_get_their_own_results_alone(
    cloud: Any, team: Any
) -> None:
    """Another tool has named the stream; a line in it names no evaluation."""
    place = {"logGroupName": team.settings.result_log_group, "logStreamName": "nightly"}
    first, second = (
        cloud.evaluations.add(name, outputConfig={"cloudWatchConfig": place})
        for name in ("first", "second")
    )
    for evaluation_id, sessions in ((first, 2), (second, 3)):
        counts = {"numberOfSessionsCompleted": sessions}
        cloud.evaluations.finish(evaluation_id, evaluationResults=counts)
    messages = [record(one, n=n) for n in range(2) for one in (first, second)]
    team.put_results(first, *messages, "by hand", stream_name="nightly")

    team.export()

    told = {one: team.manifest(one)["contents"]["sessionResults"] for one in (first, second)}
    lines = {
        one: team.object(f"evaluations/{one}/session-results-00001.jsonl").decode().splitlines()
        for one in (first, second)
    }
    for one in (first, second):
        assert lines[one][:2] == [record(one, n=0), record(one, n=1)]
        assert [json.loads(line)["message"] for line in lines[one][2:]] == ["by hand"]
        counted = {"events": 3, "unattributed": 1, "ofOtherEvaluations": 2}
        assert counted.items() <= told[one].items()
    assert [told[one]["state"] for one in (first, second)] == ["Exported", "Incomplete"]


def test_a_shared_log_stream_without_a_record_of_the_evaluation_is_missing_all(
    cloud: Any, team: Any
) -> None:
    place = {"logGroupName": team.settings.result_log_group, "logStreamName": "nightly"}
    evaluation_id = cloud.evaluations.add("first", outputConfig={"cloudWatchConfig": place})
    cloud.evaluations.finish(evaluation_id, **RESULTS)
    team.put_results("x", record("second-0000000009"), stream_name="nightly")

    team.export()

    assert team.manifest(evaluation_id)["contents"]["sessionResults"] == {
        "state": "Missing",
        "reason": "the log stream holds fewer results than the evaluation counts",
        "events": 0,
        "ofOtherEvaluations": 1,
        "expected": 2,
        **place,
    }
    assert not [key for key in team.listing() if "session-results" in key]


def test_results_in_the_source_log_groups_are_said_to_be_there(cloud: Any, team: Any) -> None:
    output = {"cloudWatchConfig": {"resultDestination": "SOURCE_LOG_GROUP"}}
    evaluation_id = cloud.evaluations.add("foreign", outputConfig=output)
    cloud.evaluations.finish(evaluation_id, **RESULTS)

    team.export()

    state = team.manifest(evaluation_id)["contents"]["sessionResults"]
    assert (state["state"], state["reason"]) == ("Elsewhere", "they lie in the source log groups")


def test_a_failed_evaluation_is_exported_with_its_reason(cloud: Any, team: Any) -> None:
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, "FAILED", errorDetails=["All sessions failed."])

    team.export()

    manifest = team.manifest(evaluation_id)
    assert manifest["status"] == "FAILED"
    assert manifest["contents"]["evaluationResults"]["state"] == "Absent"
    assert manifest["contents"]["sessionResults"]["state"] == "Empty"
    scores = team.object(f"evaluations/{evaluation_id}/evaluation-results.json")
    assert json.loads(scores)["errorDetails"] == ["All sessions failed."]


@pytest.mark.parametrize(
    ("counted", "events", "told"),
    [
        pytest.param(
            {"numberOfSessionsCompleted": 2}, 0, ("Missing", 0, 2), id="sessions, and no stream"
        ),
        pytest.param(
            {"evaluatorSummaries": [{"evaluatorId": "Builtin.X", "totalEvaluated": 3}]},
            0,
            ("Missing", 0, 3),
            id="scores, and no stream",
        ),
        pytest.param(
            {"evaluatorSummaries": [{"evaluatorId": "Builtin.X", "totalEvaluated": 3}]},
            2,
            ("Incomplete", 2, 3),
            id="more scores than results",
        ),
        pytest.param({"numberOfSessionsCompleted": 0}, 0, ("Empty", 0, None), id="nothing"),
        pytest.param({"numberOfSessionsCompleted": 1}, 2, ("Exported", 2, None), id="all"),
    ],
)
def test_results_that_somebody_removed_are_not_called_empty(
    cloud: Any, team: Any, counted: dict[str, Any], events: int, told: tuple[str, int, int | None]
) -> None:
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, evaluationResults=counted)
    if events:
        team.put_results(evaluation_id, *[EVENT] * events)

    team.export()

    found = team.manifest(evaluation_id)["contents"]["sessionResults"]
    assert (found["state"], found["events"], found.get("expected")) == told


def test_an_analysis_for_insights_alone_counts_no_session_results(cloud: Any, team: Any) -> None:
    evaluation_id = team.start(evaluators=[{"evaluatorId": "Builtin.FailureAnalysis"}])[
        "batchEvaluationId"
    ]
    cloud.evaluations.finish(evaluation_id, insightResults=[], **RESULTS)

    team.export()

    assert team.manifest(evaluation_id)["contents"]["sessionResults"]["state"] == "Empty"


def test_one_evaluations_failure_does_not_hold_up_the_others(cloud: Any, team: Any) -> None:
    first, second = finished(cloud, team, "a"), finished(cloud, team, "b")
    cloud.evaluations.faults.next("GetBatchEvaluation", "UnauthorizedException", 401)

    report = team.export()

    assert report["exported"] == [second]
    assert report["complete"] is False
    assert report["notDone"] == [
        {"subject": first, "reason": "UnauthorizedException", "detail": "GetBatchEvaluation"}
    ]
    assert team.export()["exported"] == [first]


def test_a_right_that_the_role_lacks_is_named_and_the_services_text_is_not_repeated(
    cloud: Any, team: Any
) -> None:
    finished(cloud, team)
    text = "Zoe is not authorized to perform: bedrock-agentcore:GetBatchEvaluation"
    cloud.evaluations.faults.next("GetBatchEvaluation", "AccessDeniedException", 403, text)

    (told,) = team.export()["notDone"]

    lacks = "the controller's role lacks bedrock-agentcore:GetBatchEvaluation"
    assert told["reason"] == "AccessDeniedException"
    assert (
        told["detail"] == f"GetBatchEvaluation; {lacks} (statement AllowEvaluations of its policy)"
    )


def test_a_text_that_ends_in_half_of_a_surrogate_pair_is_exported_as_it_is(
    cloud: Any, team: Any
) -> None:
    """It was cut after so many UTF-16 units; JSON can say so, and UTF-8 cannot."""
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, errorDetails=["cut \ud83d"], **RESULTS)

    team.export()

    scores = team.object(f"evaluations/{evaluation_id}/evaluation-results.json")
    assert json.loads(scores)["errorDetails"] == ["cut \ud83d"]


def test_what_nobody_has_foreseen_is_one_evaluations_own_problem(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer without a status, an unreadable receipt, a record without a name."""
    odd, good, deleted = (finished(cloud, team, name) for name in ("a", "b", "c"))
    get = cloud.evaluations._get
    bucket = team.settings.output_bucket
    for key, body in (
        (f"tombstones/{deleted}.json", b'{"receipt": "secret"}'),
        ("requests/20260131T093000000000Z-x.json", b'{"parameters": {}}'),
    ):
        team.clients.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def without_status(job: dict[str, Any]) -> dict[str, Any]:
        told = dict(get(job))
        if told["batchEvaluationId"] == odd:
            del told["status"]
        return told

    cloud.evaluations._get = without_status
    report = team.export()
    said = capsys.readouterr().out
    team.export()
    put_off = team.export()
    cloud.evaluations._get = get

    assert report["exported"] == [good]
    reasons = {entry["subject"]: entry["reason"] for entry in report["notDone"]}
    assert reasons == {
        odd: "KeyError",
        deleted: "AttributeError",
        "requests/20260131T093000000000Z-x.json": "InternalServerException",
    }
    details = {entry["subject"]: entry["detail"] for entry in report["notDone"]}
    assert re.fullmatch(r"at evaluation_export\.py:\d+", details[odd])
    assert re.fullmatch(r"at receipt\.py:\d+", details[deleted])
    assert said.count('"event":"NotDone"') == 3
    assert "secret" not in said
    assert odd not in [entry["subject"] for entry in put_off["notDone"]]
    assert team.export(retryNow=True)["exported"] == [odd]


def test_what_cannot_be_exported_is_said_once_and_tried_later_and_later(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tick each five minutes for six hours, in containers that remember nothing."""
    evaluation_id = finished(cloud, team)
    attempts: list[int] = []
    for minute in range(0, 6 * 60, 5):
        cloud.evaluations.faults.next("GetBatchEvaluation", "UnauthorizedException", 401)
        team.controller._said.clear()
        if team.export()["notDone"]:
            attempts.append(minute)
        cloud.evaluations.faults.queue.clear()
        team.clock.forward(minutes=5)

    waits = [later - before for before, later in itertools.pairwise(attempts)]
    assert waits[:7] == [5, 5, 10, 20, 40, 60, 60]
    assert capsys.readouterr().out.count('"event":"NotDone"') == 1
    assert len(team.versions("problems/")) == 1
    assert team.export(retryNow=True)["exported"] == [evaluation_id]
    assert team.versions("problems/") == []


def test_another_reason_is_said_again(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(cloud, team)
    for code in ("UnauthorizedException", "UnauthorizedException", "ThrottledForGood"):
        cloud.evaluations.faults.next("GetBatchEvaluation", code, 401)
        team.export(retryNow=True)

    assert capsys.readouterr().out.count('"event":"NotDone"') == 2


def test_the_problem_of_an_evaluation_that_is_gone_goes_as_well(cloud: Any, team: Any) -> None:
    evaluation_id = finished(cloud, team)
    cloud.evaluations.faults.next("GetBatchEvaluation", "UnauthorizedException", 401)
    team.export()
    del cloud.evaluations.jobs[evaluation_id]

    team.export()

    assert team.versions("problems/") == []


def test_expired_artifacts_are_not_exported_again(cloud: Any, team: Any) -> None:
    evaluation_id = finished(cloud, team)
    team.export()
    team.remove(*team.versions("evaluations/"))

    assert team.export()["exported"] == []
    assert team.listing() == [f"manifests/{evaluation_id}.json"]


def test_fresh_results_that_are_not_all_there_yet_are_waited_for(cloud: Any, team: Any) -> None:
    summaries = [{"evaluatorId": "Builtin.Correctness", "totalEvaluated": 2}]
    evaluation_id = finished(cloud, team, evaluationResults={"evaluatorSummaries": summaries})
    job = cloud.evaluations.jobs[evaluation_id]
    long_ago = job["updatedAt"]
    job["updatedAt"] = "2999-01-01T00:00:00Z"

    waiting = team.export()
    job["updatedAt"] = long_ago
    patient = team.export()

    assert waiting["notDone"] == [
        {
            "subject": evaluation_id,
            "reason": "ResultsArriving",
            "detail": "1 of 2 session results so far",
        }
    ]
    assert patient["exported"] == [evaluation_id]


def test_an_interrupted_export_is_taken_up_without_a_second_version(cloud: Any, team: Any) -> None:
    evaluation_id = finished(cloud, team)
    for number in range(2, 7):
        cloud.s3_faults.queue["PutObject"] = []
        _fail_put_number(cloud, number)
        team.export(retryNow=True)

    team.export(retryNow=True)
    team.clock.forward(minutes=16)
    team.export()

    keys = [key for key, _ in team.versions()]
    assert not [key for key in keys if key.startswith("sweeps/")]
    assert len(keys) == len(set(keys))
    assert f"manifests/{evaluation_id}.json" in keys


def _fail_put_number(cloud: Any, number: int) -> None:
    """Let the tick's `number`-th PUT fail; those before it take effect."""
    answers = iter([False] * (number - 1) + [True])
    raise_due = cloud.s3_faults.__class__.raise_due

    def due(operation: str) -> None:
        if operation == "PutObject" and next(answers, False):
            cloud.s3_faults.next("PutObject", "AccessDenied", 403)
        raise_due(cloud.s3_faults, operation)

    cloud.s3_faults.raise_due = due


def test_what_an_interrupted_export_left_and_the_manifest_does_not_name_goes(
    cloud: Any, team: Any
) -> None:
    evaluation_id = finished(cloud, team)
    for name in ("data-source-config", "evaluation-results"):
        cloud.clients.s3.put_object(
            Bucket=team.settings.output_bucket,
            Key=f"evaluations/{evaluation_id}/{name}.json",
            Body=b"of another moment",
            Metadata={"sha256": "0" * 64},
        )

    team.export()

    manifest = team.manifest(evaluation_id)
    named = sorted((entry["key"], entry["versionId"]) for entry in manifest["artifacts"])
    assert team.versions("evaluations/") == named


@pytest.mark.parametrize(
    ("where", "name"),
    [
        pytest.param(OutputBucket, "put_same", id="before the loser has written anything"),
        pytest.param(manifests, "write", id="after the loser has written everything"),
    ],
)
def test_of_two_exports_at_once_one_wins_and_nothing_is_left_of_the_other(
    cloud: Any, team: Any, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    """The winner runs as a whole while the loser has its answers, which differ, but no manifest."""
    evaluation_id = finished(cloud, team)
    real = getattr(where, name)
    other = {"totalNumberOfSessions": 3}
    winners: list[dict[str, Any]] = []

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        if not winners:
            winners.append({})
            cloud.evaluations.finish(evaluation_id, evaluationResults=other)
            winners[0] = team.export()
        return real(*arguments, **named)

    monkeypatch.setattr(where, name, meanwhile)

    loser = team.export()

    manifest = team.manifest(evaluation_id)
    named = sorted((entry["key"], entry["versionId"]) for entry in manifest["artifacts"])
    assert winners[0]["exported"] == [evaluation_id]
    assert loser["exported"] == []
    assert manifest["counts"] == other
    assert team.versions("evaluations/") == named
    assert len(team.versions("manifests/")) == 1


def test_what_a_run_writes_after_another_has_won_and_been_killed_is_swept_up(
    cloud: Any, team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loser has seen other results and is killed once it has written them."""
    evaluation_id = finished(cloud, team)
    write = manifests.write
    state: list[str] = []

    def meanwhile(*arguments: Any) -> Any:
        if state:
            return write(*arguments)
        state.append("loser")
        cloud.evaluations.finish(evaluation_id, evaluationResults={"totalNumberOfSessions": 3})
        team.export()
        bucket, late = team.settings.output_bucket, f"evaluations/{evaluation_id}/late.json"
        team.clients.s3.put_object(Bucket=bucket, Key=late, Body=b"{}")
        raise Killed

    monkeypatch.setattr(manifests, "write", meanwhile)
    with pytest.raises(Killed):
        team.export()
    orphans = len(team.versions("evaluations/"))
    team.clock.forward(minutes=16)
    team.export()

    entries = team.manifest(evaluation_id)["artifacts"]
    named = sorted((entry["key"], entry["versionId"]) for entry in entries)
    assert orphans == len(named) + 1
    assert team.versions("evaluations/") == named
    assert team.listing("sweeps/") == []


def test_only_what_did_not_end_well_is_swept_up_after(cloud: Any, team: Any) -> None:
    ids = [finished(cloud, team, name) for name in ("a", "b", "c")]
    cloud.evaluations.faults.next("GetBatchEvaluation", "UnauthorizedException", 401)

    team.export()

    (note,) = team.listing("sweeps/")
    assert json.loads(team.object(note)) == {"batchEvaluationIds": ids[:1]}


def test_what_a_killed_run_has_noted_is_swept_in_pieces_that_a_short_run_can_finish(
    cloud: Any, team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(250):
        cloud.evaluations.finish(cloud.evaluations.add(f"e{number}"), evaluationResults={})
    monkeypatch.setattr(OutputBucket, "put_same", _kill)
    with pytest.raises(Killed):
        team.export()
    keys = team.listing("sweeps/")
    due = [one for key in keys for one in json.loads(team.object(key))["batchEvaluationIds"]]
    for job in cloud.evaluations.jobs.values():
        job["status"] = "DELETING"
    team.clock.forward(minutes=16)
    left: list[int] = []
    for _ in range(4):
        calls = itertools.count()
        team.remaining = lambda calls=calls: 300_000 if next(calls) < 150 else 0
        team.export()
        left.append(len(team.listing("sweeps/")))

    assert sorted(due) == sorted(cloud.evaluations.jobs)
    assert left == [2, 1, 0, 0]


def _kill(*_: Any, **__: Any) -> None:
    raise Killed


@pytest.mark.parametrize("body", [b"[]", b"{}", b"\xff", None])
def test_a_note_of_a_sweep_that_cannot_be_read_holds_up_nothing(
    cloud: Any, team: Any, body: bytes | None
) -> None:
    """One that the controller did not write, or one of its own while the key is off."""
    bucket, key = team.settings.output_bucket, "sweeps/20260131T093000000000Z-x.json"
    team.clients.s3.put_object(Bucket=bucket, Key=key, Body=body or b'{"batchEvaluationIds": []}')
    evaluation_id = finished(cloud, team)
    if body is None:
        cloud.s3_faults.next("GetObject", "KMS.DisabledException")

    report = team.export()

    assert report["exported"] == [evaluation_id]
    assert [entry["subject"] for entry in report["notDone"]] == [key]


class Killed(BaseException):
    """The process ends: no handler of ours runs."""


def test_the_tick_ends_before_its_deadline_and_the_next_one_goes_on(cloud: Any, team: Any) -> None:
    ids = [finished(cloud, team, f"e{number}") for number in range(3)]
    left = iter([300_000, 300_000, 300_000, 300_000])
    team.remaining = lambda: next(left, 20_000)

    first = team.export()
    team.remaining = lambda: 300_000
    second = team.export()

    assert first["complete"] is False
    assert len(first["exported"]) < 3
    assert sorted(first["exported"] + second["exported"]) == ids
    assert second["complete"] is True


@pytest.mark.usefixtures("no_waiting")
def test_an_evaluation_whose_start_is_unfinished_waits_for_its_session_metadata(
    cloud: Any, team: Any
) -> None:
    evaluation_id = finished(cloud, team)
    cloud.unfinish_start(team, evaluation_id)
    for _ in range(4):
        cloud.evaluations.faults.next("StartBatchEvaluation", "InternalServerException", 500)

    waiting = team.export()
    later = team.export()

    assert {entry["reason"] for entry in waiting["notDone"]} == {
        "InternalServerException",
        "StartUnfinished",
    }
    assert waiting["exported"] == []
    assert later["started"] == later["exported"] == [evaluation_id]
    assert team.manifest(evaluation_id)["contents"]["sessionMetadata"]["state"] == "Exported"


def test_session_metadata_that_expired_before_the_export_is_said_once(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key was off for longer than the retention; the marker is what a lifecycle rule leaves."""
    evaluation_id = finished(cloud, team)
    key = f"evaluations/{evaluation_id}/session-metadata.json"
    versions = team.versions(key)
    bucket, expiry = team.settings.output_bucket, {"Objects": [{"Key": key}]}
    team.clients.s3.delete_objects(Bucket=bucket, Delete=expiry)
    team.remove(*versions)

    report = team.export()
    again = team.export()

    expired = {"subject": evaluation_id, "reason": "SessionMetadataExpired", "detail": key}
    assert report["exported"] == [evaluation_id]
    assert report["notDone"] == [expired]
    assert (again["notDone"], again["complete"]) == ([], True)
    assert capsys.readouterr().out.count('"reason":"SessionMetadataExpired"') == 1
    manifest = team.manifest(evaluation_id)
    assert manifest["contents"]["sessionMetadata"]["state"] == "Expired"
    assert key not in {entry["key"] for entry in manifest["artifacts"]}


def test_something_foreign_among_the_records_is_reported_and_does_not_break_the_tick(
    cloud: Any, team: Any
) -> None:
    """It might be the record of any evaluation that has no link, but of no other."""
    cloud.clients.s3.put_object(
        Bucket=team.settings.output_bucket, Key="requests/junk.json", Body=b"[]"
    )
    ours = finished(cloud, team, "ours")
    of_another_tool = cloud.evaluations.add("foreign")
    cloud.evaluations.finish(of_another_tool, **RESULTS)

    report = team.export()

    assert report["exported"] == [ours]
    assert [(entry["subject"], entry["reason"]) for entry in report["notDone"]] == [
        ("requests/junk.json", "InternalServerException"),
        (of_another_tool, "StartUnfinished"),
    ]
