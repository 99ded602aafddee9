"""Get, List and Stop."""

from typing import Any

import pytest

RESULTS = {
    "evaluationResults": {
        "numberOfSessionsCompleted": 1,
        "totalNumberOfSessions": 1,
        "evaluatorSummaries": [
            {"evaluatorId": "Builtin.Correctness", "statistics": {"averageScore": 0.5}}
        ],
    }
}


def results_of(team: Any, evaluation_id: str) -> dict[str, str]:
    answer = team.invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation_id})
    return answer["controller"]["results"]


@pytest.mark.parametrize(
    ("status", "members", "state", "reason"),
    [
        pytest.param("PENDING", {}, "NotYet", "PENDING", id="waiting"),
        pytest.param("IN_PROGRESS", RESULTS, "NotYet", "IN_PROGRESS", id="running with scores"),
        pytest.param("STOPPING", {}, "NotYet", "STOPPING", id="stopping"),
        pytest.param("DELETING", {}, "NotYet", "DELETING", id="being deleted"),
        pytest.param("COMPLETED", RESULTS, "Available", None, id="completed"),
        pytest.param("COMPLETED_WITH_ERRORS", RESULTS, "Available", None, id="partly completed"),
        pytest.param("STOPPED", RESULTS, "Available", None, id="stopped with first scores"),
        pytest.param(
            "COMPLETED",
            {**RESULTS, "insights": [{"insightId": "Builtin.X"}], "insightResults": []},
            "Available",
            None,
            id="completed with an empty analysis",
        ),
        pytest.param(
            "COMPLETED",
            {**RESULTS, "insights": [{"insightId": "Builtin.X"}], "errorDetails": ["no model"]},
            "AnalysisFailed",
            "the service gives status COMPLETED and its reason in errorDetails",
            id="completed without the analysis that was asked for",
        ),
        pytest.param(
            "COMPLETED",
            {**RESULTS, "evaluators": [{"evaluatorId": "Builtin.FailureAnalysis"}]},
            "AnalysisFailed",
            "the service gives status COMPLETED and neither results nor a reason",
            id="completed without the analysis, asked for as an evaluator",
        ),
        pytest.param(
            "FAILED",
            {"errorDetails": ["All 4 sessions failed during batch evaluation."]},
            "AnalysisFailed",
            "the service gives status FAILED and its reason in errorDetails",
            id="failed",
        ),
        pytest.param(
            "COMPLETED",
            {"errorDetails": ["the service is not authorized to perform: kms:Decrypt on a key"]},
            "KeyUnavailable",
            "the service may not use it, see the key policy's AllowServicePrincipalAccess",
            id="completed, and the service may not use the key",
        ),
    ],
)
def test_get_says_whether_results_are_there_and_why_not(
    cloud: Any, team: Any, status: str, members: dict[str, Any], state: str, reason: str | None
) -> None:
    evaluation_id = cloud.evaluations.add("weekly")
    cloud.evaluations.finish(evaluation_id, status, **members)

    expected = {"state": state} | ({"reason": reason} if reason else {})
    assert results_of(team, evaluation_id) == expected


def test_get_needs_no_kms_while_results_are_there(cloud: Any, team: Any) -> None:
    evaluation_id = cloud.evaluations.add("weekly")
    cloud.evaluations.finish(evaluation_id, **RESULTS)

    results_of(team, evaluation_id)

    assert cloud.kms.calls == []


def test_get_passes_on_a_refusal_that_the_key_does_not_explain(cloud: Any, team: Any) -> None:
    evaluation_id = cloud.evaluations.add("weekly", status="COMPLETED")
    cloud.evaluations.faults.next(
        "GetBatchEvaluation", "AccessDeniedException", 403, "no IAM right"
    )

    with pytest.raises(Exception, match=r"^GetBatchEvaluation: AccessDeniedException") as raised:
        results_of(team, evaluation_id)

    assert type(raised.value).__name__ == "AccessDeniedException"


def test_an_unknown_evaluation_is_not_found(team: Any) -> None:
    with pytest.raises(Exception, match="no evaluation weekly-0123456789") as raised:
        results_of(team, "weekly-0123456789")

    assert type(raised.value).__name__ == "ResourceNotFoundException"


def test_list_shows_ours_only_and_counts_those_without_our_key(cloud: Any) -> None:
    scoped = cloud.environment("scoped", name_prefixes=("dev_",))
    ours = cloud.evaluations.add("dev_1")
    cloud.evaluations.add("dev_2", key=None)
    cloud.evaluations.add("prod_1", key=None)
    cloud.evaluations.add("prod_2")

    listed = scoped.invoke("ListBatchEvaluations")

    assert [row["batchEvaluationId"] for row in listed["batchEvaluations"]] == [ours]
    assert listed["controller"] == {"evaluationsWithoutOurKey": 1, "queued": []}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        pytest.param({}, ["a_1", "a_2", "b_1"], id="no filter"),
        pytest.param({"status": "FAILED"}, ["a_2"], id="one status"),
        pytest.param({"status": ["FAILED", "PENDING"]}, ["a_2", "b_1"], id="two statuses"),
        pytest.param({"name": "a_1"}, ["a_1"], id="a name"),
        pytest.param({"name": "a_*"}, ["a_1", "a_2"], id="a name prefix"),
        pytest.param({"name": "a_*", "status": "PENDING"}, [], id="both, which nothing fits"),
    ],
)
def test_list_filters_by_status_and_name(
    cloud: Any, team: Any, options: dict[str, Any], names: list[str]
) -> None:
    for name, status in (("a_1", "COMPLETED"), ("a_2", "FAILED"), ("b_1", "PENDING")):
        cloud.evaluations.add(name, status=status)

    listed = team.invoke("ListBatchEvaluations", options=options)

    assert [row["batchEvaluationName"] for row in listed["batchEvaluations"]] == names


def test_list_pages_and_passes_over_pages_without_any_of_ours(cloud: Any, team: Any) -> None:
    for number in range(6):
        cloud.evaluations.add(
            f"e{number}", key=None if number in (2, 3) else cloud.kms.metadata["Arn"]
        )

    found: list[list[str]] = []
    request: dict[str, Any] = {"maxResults": 2}
    while True:
        page = team.invoke("ListBatchEvaluations", request)
        found.append([row["batchEvaluationName"] for row in page["batchEvaluations"]])
        if "nextToken" not in page:
            break
        request["nextToken"] = page["nextToken"]

    assert found == [["e0", "e1"], ["e4", "e5"]]


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "STOPPING", "STOPPED"])
def test_stop_succeeds_for_what_runs_and_for_what_is_stopped(
    cloud: Any, team: Any, status: str
) -> None:
    evaluation_id = cloud.evaluations.add("weekly", status=status)

    answer = team.invoke("StopBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert answer["status"] in ("STOPPING", "STOPPED")
    assert answer["batchEvaluationId"] == evaluation_id
    assert answer["controller"] == {}


@pytest.mark.parametrize("status", ["COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "DELETING"])
def test_stop_of_what_ended_otherwise_is_a_conflict(cloud: Any, team: Any, status: str) -> None:
    evaluation_id = cloud.evaluations.add("weekly", status=status)

    with pytest.raises(Exception, match=f"is {status}; only what is waiting") as raised:
        team.invoke("StopBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert type(raised.value).__name__ == "ConflictException"


def test_a_stop_whose_first_answer_was_lost_is_a_success(cloud: Any, team: Any) -> None:
    evaluation_id = cloud.evaluations.add("weekly")
    stop = cloud.evaluations._stop

    def stop_twice(job: dict[str, Any]) -> dict[str, Any]:
        stop(job)
        return stop(job)

    cloud.evaluations._stop = stop_twice

    answer = team.invoke("StopBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert answer["status"] == "STOPPING"
