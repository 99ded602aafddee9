"""Results of an evaluation: a log event for each, and the averages that Get returns.

The events have the form that the service writes to CloudWatch Logs
(https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.services.agentcore.evaluators.builtin import FAILURE_ANALYSIS, Result
from local.services.agentcore.evaluators.failure_analysis import SessionFindings

RESULT_NAME = "gen_ai.evaluation.result"


@dataclass
class Tally:
    """The count of sessions and the scores of a job so far.

    A session counts as failed when no evaluator could judge it. `averageScore` is the mean over all
    results of an evaluator; AWS does not say how sessions with many results weigh.
    """

    total: int = 0
    completed: int = 0
    failed: int = 0
    ignored: int = 0
    results: list[Result] = field(default_factory=list[Result])
    findings: list[SessionFindings] = field(default_factory=list[SessionFindings])

    def add(self, results: Sequence[Result], found: SessionFindings | None) -> None:
        """Count one session; `found` is None when its conversation could not be read."""
        self.results.extend(results)
        if found is None or (results and all(result.error_type for result in results)):
            self.failed += 1
        else:
            self.completed += 1
        if found is not None:
            self.findings.append(found)

    @property
    def errors(self) -> bool:
        return any(result.error_type for result in self.results) or self.failed > 0

    def counters(self, *, running: bool) -> dict[str, int]:
        """Return the five counters; sessions that a stop cut off are in the total only."""
        left = self.total - self.completed - self.failed
        return {
            "numberOfSessionsCompleted": self.completed,
            "numberOfSessionsInProgress": left if running else 0,
            "numberOfSessionsFailed": self.failed,
            "totalNumberOfSessions": self.total,
            "numberOfSessionsIgnored": self.ignored,
        }

    def summary(self, evaluator_ids: Iterable[str]) -> dict[str, Any]:
        """Return the finished job's evaluationResults."""
        return {
            **self.counters(running=False),
            "evaluatorSummaries": [
                self._evaluator_summary(one) for one in evaluator_ids if one != FAILURE_ANALYSIS
            ],
        }

    def _evaluator_summary(self, evaluator_id: str) -> dict[str, Any]:
        own = [result for result in self.results if result.evaluator_id == evaluator_id]
        values = [result.score.value for result in own if result.score is not None]
        summary: dict[str, Any] = {
            "evaluatorId": evaluator_id,
            "totalEvaluated": len({result.session_id for result in own if result.score}),
            "totalFailed": len({result.session_id for result in own if result.error_type}),
        }
        if values:
            summary["statistics"] = {"averageScore": round(sum(values) / len(values), 2)}
        return summary


@dataclass(frozen=True)
class Origin:
    """The job that a result belongs to."""

    id: str
    arn: str
    name: str
    partition: str
    service: str
    namespace: str


def log_event(origin: Origin, result: Result, now: float) -> dict[str, Any]:
    """Return a result as a PutLogEvents event.

    The record's own time is that of what was evaluated; the event's timestamp and
    `observedTimeUnixNano` are the time of the evaluation.
    """
    record = {
        "resource": {
            "attributes": {
                "aws.service.type": "gen_ai_agent",
                "aws.local.service": origin.service,
                "service.name": origin.service,
            }
        },
        **({"traceId": result.trace_id} if result.trace_id else {}),
        "timeUnixNano": result.time,
        "observedTimeUnixNano": round(now * 1000) * 1_000_000,
        "severityNumber": 9,
        "name": RESULT_NAME,
        "attributes": _attributes(origin, result),
        "evaluationJobId": origin.arn,
        "runId": origin.id,
        "service.name": origin.service,
        **_outcome(origin, result),
    }
    message = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    return {"timestamp": round(now * 1000), "message": message}


def _attributes(origin: Origin, result: Result) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "gen_ai.evaluation.name": result.evaluator_id,
        "session.id": result.session_id,
    }
    if result.span_id:
        attributes["gen_ai.response.id"] = result.span_id
    if result.score:
        attributes["gen_ai.evaluation.score.value"] = result.score.value
        attributes["gen_ai.evaluation.score.label"] = result.score.label
        attributes["gen_ai.evaluation.explanation"] = result.score.explanation
    else:
        attributes["error.type"] = result.error_type
        attributes["error.message"] = result.error_message
    return attributes | {
        "aws.bedrock_agentcore.evaluation_job.arn": origin.arn,
        "aws.bedrock_agentcore.evaluation_job.name": origin.name,
        "aws.bedrock_agentcore.evaluation_job.run_id": origin.id,
        "aws.bedrock_agentcore.evaluator.arn": (
            f"arn:{origin.partition}:bedrock-agentcore:::evaluator/{result.evaluator_id}"
        ),
        "aws.bedrock_agentcore.evaluator.rating_scale": "Numerical",
        "aws.bedrock_agentcore.evaluation_level": result.level,
    }


def _outcome(origin: Origin, result: Result) -> Mapping[str, Any]:
    if result.score is None:
        return {"error": 1, "throttle": 0}
    metric = {
        "Namespace": origin.namespace,
        "Dimensions": [
            ["service.name"],
            ["label", "service.name"],
            ["service.name", "evaluationJobId"],
        ],
        "Metrics": [{"Name": result.evaluator_id, "Unit": "None"}],
    }
    return {
        "label": result.score.label,
        "_aws": {"Timestamp": result.time // 1_000_000, "CloudWatchMetrics": [metric]},
        result.evaluator_id: result.score.value,
    }
