"""What an evaluation writes to CloudWatch Logs, as whom, and what it does without permission."""

import json
from typing import Any

import pytest

from local.services.agentcore.destination import MAX_BATCH_BYTES, batches
from local.services.agentcore.evaluators.builtin import CATALOGUE

DEFAULT = "/aws/bedrock-agentcore/evaluations/batch-evaluations/results/default"
SOURCE = "/aws/bedrock-agentcore/runtimes/support_agent_split-Ab3dE6gH9k-DEFAULT"
EVERY_EVALUATOR = list(CATALOGUE)


def test_a_result_has_the_recorded_form(finished: Any, events: Any, world: Any) -> None:
    answer = finished(evaluators=[{"evaluatorId": "Builtin.Helpfulness"}])
    identifier, arn = answer["batchEvaluationId"], answer["batchEvaluationArn"]
    event = next(one for one in events(answer) if "good-math" in one["attributes"]["session.id"])
    assert event.pop("observedTimeUnixNano") > event["timeUnixNano"]
    response_id = event["attributes"].pop("gen_ai.response.id")
    assert len(response_id) == 16
    time = event.pop("timeUnixNano")
    assert event == {
        "resource": {
            "attributes": {
                "aws.service.type": "gen_ai_agent",
                "aws.local.service": "support_agent_split.DEFAULT",
                "service.name": "support_agent_split.DEFAULT",
            }
        },
        "traceId": "6b04bbcdb38f831a8537c22b13796ba1",
        "severityNumber": 9,
        "name": "gen_ai.evaluation.result",
        "attributes": {
            "gen_ai.evaluation.name": "Builtin.Helpfulness",
            "session.id": "sess-good-math-c4dc1b5e17d56bba1f91bf84",
            "gen_ai.evaluation.score.value": 0.83,
            "gen_ai.evaluation.score.label": "Very Helpful",
            "gen_ai.evaluation.explanation": "Stand-in of the local endpoint, no model was asked: "
            "the answer gives what was asked for.",
            "aws.bedrock_agentcore.evaluation_job.arn": arn,
            "aws.bedrock_agentcore.evaluation_job.name": "nightly",
            "aws.bedrock_agentcore.evaluation_job.run_id": identifier,
            "aws.bedrock_agentcore.evaluator.arn": (
                "arn:aws:bedrock-agentcore:::evaluator/Builtin.Helpfulness"
            ),
            "aws.bedrock_agentcore.evaluator.rating_scale": "Numerical",
            "aws.bedrock_agentcore.evaluation_level": "Trace",
        },
        "evaluationJobId": arn,
        "runId": identifier,
        "service.name": "support_agent_split.DEFAULT",
        "label": "Very Helpful",
        "_aws": {
            "Timestamp": time // 1_000_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Bedrock-AgentCore/Evaluations",
                    "Dimensions": [
                        ["service.name"],
                        ["label", "service.name"],
                        ["service.name", "evaluationJobId"],
                    ],
                    "Metrics": [{"Name": "Builtin.Helpfulness", "Unit": "None"}],
                }
            ],
        },
        "Builtin.Helpfulness": 0.83,
    }


def test_a_failed_result_has_no_score(finished: Any, events: Any) -> None:
    answer = finished(evaluators=[{"evaluatorId": "Builtin.TrajectoryInOrderMatch"}])
    assert answer["errorDetails"] == ["All 7 sessions failed during batch evaluation."]
    event = events(answer)[0]
    assert (event["error"], event["throttle"]) == (1, 0)
    assert event["attributes"]["error.type"] == "ValidationException"
    assert "traceId" not in event
    assert not [name for name in event["attributes"] if ".score." in name]
    assert not {"label", "_aws", "Builtin.TrajectoryInOrderMatch"} & set(event)


def test_one_failing_evaluator_leaves_its_sessions_completed(finished: Any) -> None:
    names = ("Builtin.Refusal", "Builtin.TrajectoryInOrderMatch")
    answer = finished(evaluators=[{"evaluatorId": name} for name in names])
    assert answer["status"] == "COMPLETED_WITH_ERRORS"
    assert answer["errorDetails"] == ["Some evaluators failed during batch evaluation."]
    assert answer["evaluationResults"]["numberOfSessionsCompleted"] == 7
    refusal, trajectory = answer["evaluationResults"]["evaluatorSummaries"]
    assert (refusal["totalEvaluated"], refusal["totalFailed"]) == (7, 0)
    assert (trajectory["totalEvaluated"], trajectory["totalFailed"]) == (0, 7)


@pytest.mark.parametrize(
    "names", [EVERY_EVALUATOR[:10], EVERY_EVALUATOR[10:]], ids=["first", "rest"]
)
def test_averages_are_those_of_the_written_results(
    finished: Any, events: Any, ground_truth: Any, names: list[str]
) -> None:
    answer = finished(
        evaluators=[{"evaluatorId": name} for name in names], evaluationMetadata=ground_truth
    )
    written = events(answer)
    for summary in answer["evaluationResults"]["evaluatorSummaries"]:
        name = summary["evaluatorId"]
        own = [one for one in written if one["attributes"]["gen_ai.evaluation.name"] == name]
        values = [one[name] for one in own if name in one]
        assert summary["totalEvaluated"] == len(
            {one["attributes"]["session.id"] for one in own if name in one}
        )
        average = summary.get("statistics", {}).get("averageScore")
        assert average == (round(sum(values) / len(values), 2) if values else None)


def test_good_and_bad_sessions_score_apart(finished: Any, split: Any, ground_truth: Any) -> None:
    def average(name: str, session: str) -> float:
        ids = [
            one["sessionId"]
            for one in ground_truth["sessionMetadata"]
            if session in one["sessionId"]
        ]
        answer = finished(
            name,
            source={**split, "filterConfig": {"sessionIds": ids}},
            evaluationMetadata=ground_truth,
        )
        [summary] = answer["evaluationResults"]["evaluatorSummaries"]
        return summary["statistics"]["averageScore"]

    assert average("good", "good-math") == 1.0
    assert average("bad", "wrong-answer") == 0.0


def test_both_deliveries_give_the_shared_session_the_same_scores(
    finished: Any, events: Any, split: Any, unified: Any
) -> None:
    def results(name: str, source: dict[str, Any]) -> list[tuple[str, str, float]]:
        source["filterConfig"] = {"sessionIds": ["sess-refusal-424fb0794608103b88e8671a"]}
        evaluators = [{"evaluatorId": one} for one in EVERY_EVALUATOR if "Trajectory" not in one]
        found: list[tuple[str, str, float]] = []
        for half in (evaluators[:8], evaluators[8:]):
            answer = finished(f"{name}_{len(found)}", source=source, evaluators=half)
            for one in events(answer):
                attributes = one["attributes"]
                evaluator = attributes["gen_ai.evaluation.name"]
                found.append((evaluator, one["label"], one[evaluator]))
        return found

    in_split = results("split", split)
    assert len(in_split) == 11
    assert in_split == results("unified", unified)


def test_results_go_to_the_group_stream_and_namespace_of_the_request(
    finished: Any, logs: Any, world: Any
) -> None:
    logs.create_log_group(logGroupName="/shop/results")
    logs.put_retention_policy(logGroupName="/shop/results", retentionInDays=7)
    own = {
        "logGroupName": "/shop/results",
        "logStreamName": "tonight",
        "metricsNamespace": "Shop/Agents",
    }
    answer = finished(outputConfig={"cloudWatchConfig": own})
    assert answer["outputConfig"]["cloudWatchConfig"] == {
        **own,
        "resultDestination": "DEDICATED_LOG_GROUP",
    }
    found = logs.get_log_events(logGroupName="/shop/results", logStreamName="tonight")["events"]
    assert len(found) == 7
    metrics = json.loads(found[0]["message"])["_aws"]["CloudWatchMetrics"]
    assert metrics[0]["Namespace"] == "Shop/Agents"
    # A group that was there is used as it is.
    [group] = logs.describe_log_groups(logGroupNamePrefix="/shop")["logGroups"]
    assert group["retentionInDays"] == 7
    assert "caller:logs:CreateLogGroup" in world.calls
    assert "caller:logs:PutRetentionPolicy" not in world.calls
    assert "caller:logs:TagResource" not in world.calls


def test_a_missing_group_is_made_with_retention_and_tag(start: Any, logs: Any) -> None:
    start(outputConfig={"cloudWatchConfig": {"logGroupName": "/shop/results"}})
    [group] = logs.describe_log_groups(logGroupNamePrefix="/shop")["logGroups"]
    assert group["retentionInDays"] == 90
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:/shop/results"
    tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == {"aws-service": "bedrock-agentcore"}


def test_results_can_go_back_to_the_source(finished: Any, logs: Any) -> None:
    to_source = {"cloudWatchConfig": {"resultDestination": "SOURCE_LOG_GROUP"}}
    answer = finished(outputConfig=to_source)
    shown = answer["outputConfig"]["cloudWatchConfig"]
    assert "logGroupName" not in shown
    found = logs.get_log_events(logGroupName=SOURCE, logStreamName=shown["logStreamName"])["events"]
    assert len(found) == 7
    # What an evaluation wrote is no telemetry of the agent.
    assert finished("again")["evaluationResults"]["totalNumberOfSessions"] == 7


DENIALS = {
    "logs:DescribeLogGroups": "Cannot verify the source log groups",
    "logs:StartQuery": "missing required CloudWatch Logs query permissions on /aws/bedrock",
    "logs:GetQueryResults": "missing required CloudWatch Logs query permissions on /aws/bedrock",
    "logs:CreateLogGroup": "FAS credentials do not have permission to create CloudWatch log groups",
    "logs:PutRetentionPolicy": "permission to set log group retention policy",
    "logs:TagResource": "permission to tag CloudWatch log groups",
    "logs:CreateLogStream": "permission to create CloudWatch log streams",
}


@pytest.mark.parametrize(("action", "told"), DENIALS.items(), ids=DENIALS.keys())
def test_a_missing_permission_on_logs_stops_the_start(
    api: Any, world: Any, start: Any, samples: Any, action: str, told: str
) -> None:
    world.denied.add(f"caller:{action}")
    with pytest.raises(api.exceptions.ValidationException, match=told) as refusal:
        start()
    assert f"not authorized to perform: {action}" in str(refusal.value)
    assert api.list_batch_evaluations()["batchEvaluations"] == []


def test_results_that_may_not_be_written_fail_the_job(api: Any, world: Any, finished: Any) -> None:
    world.denied.add("caller:logs:PutLogEvents")
    answer = finished()
    assert answer["status"] == "FAILED"
    assert answer["errorDetails"][0].startswith("AccessDeniedException: User is not authorized")


def test_a_permission_lost_before_the_sessions_are_read_fails_the_job(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    identifier = start()["batchEvaluationId"]
    world.denied.add("caller:logs:StartQuery")
    world.advance(10)
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert answer["status"] == "FAILED"
    assert "AccessDeniedException" in answer["errorDetails"][0]


def test_all_that_touches_logs_is_done_as_the_caller(world: Any, finished: Any) -> None:
    finished()
    assert {one for one in world.calls if ":logs:" in one} == {
        "caller:logs:CreateLogGroup",
        "caller:logs:CreateLogStream",
        "caller:logs:DescribeLogGroups",
        "caller:logs:GetQueryResults",
        "caller:logs:PutLogEvents",
        "caller:logs:PutRetentionPolicy",
        "caller:logs:StartQuery",
        "caller:logs:TagResource",
    }


def test_failure_analysis_returns_insights(finished: Any, events: Any) -> None:
    answer = finished(evaluators=[{"evaluatorId": "Builtin.FailureAnalysis"}])
    assert answer["status"] == "COMPLETED"
    assert answer["evaluationResults"]["evaluatorSummaries"] == []
    assert {insight["type"] for insight in answer["insightResults"]} == {"FAILURE"}
    assert "Tools called with wrong arguments" in [one["name"] for one in answer["insightResults"]]
    assert events(answer) == []


def test_no_failure_is_an_empty_list_of_insights(finished: Any, split: Any) -> None:
    good = ["sess-good-math-c4dc1b5e17d56bba1f91bf84"]
    answer = finished(
        source={**split, "filterConfig": {"sessionIds": good}},
        evaluators=[{"evaluatorId": "Builtin.FailureAnalysis"}],
    )
    assert answer["insightResults"] == []


def test_events_are_cut_into_requests_by_size_count_and_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sizes(*events: tuple[int, str]) -> list[int]:
        whole = [{"timestamp": moment, "message": message} for moment, message in events]
        return [len(batch) for batch in batches(whole)]

    half = "ü" * (MAX_BATCH_BYTES // 4 - 13)
    assert sizes((0, half), (0, half), (0, "x")) == [2, 1]
    assert sizes((0, "x"), (24 * 3600 * 1000 - 1, "x"), (24 * 3600 * 1000, "x")) == [2, 1]
    monkeypatch.setattr("local.services.agentcore.destination.MAX_BATCH_EVENTS", 2)
    assert sizes(*[(0, "x")] * 5) == [2, 2, 1]
    assert sizes() == []
