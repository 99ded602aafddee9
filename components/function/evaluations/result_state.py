"""State of an evaluation's results: available, not yet, key unavailable or analysis failed."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..aws.error_translation import tells_of_key
from ..aws.key_preflight import KeyCheck

RUNNING = ("PENDING", "IN_PROGRESS", "STOPPING")
COMPLETED = ("COMPLETED", "COMPLETED_WITH_ERRORS")
FINISHED = (*COMPLETED, "FAILED", "STOPPED")
DELETING = "DELETING"

AVAILABLE = "Available"
NOT_YET = "NotYet"
KEY_UNAVAILABLE = "KeyUnavailable"
ANALYSIS_FAILED = "AnalysisFailed"

# Why the key is unavailable when the caller's half is in order: no dry run can prove the service's.
SERVICE_DENIED = "the service may not use it, see the key policy's AllowServicePrincipalAccess"

_INSIGHT_MEMBERS = (
    "insightResults",
    "failureAnalysisResult",
    "userIntentResult",
    "executionSummaryResult",
)
_INSIGHT_EVALUATOR = "Builtin.FailureAnalysis"


@dataclass(frozen=True)
class ResultsState:
    """One of the four states, with the reason for every one but Available."""

    state: str
    reason: str | None = None

    def plain(self) -> dict[str, str]:
        """Return it as an answer holds it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def insight_results(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the insight members that are present; an empty list is, and means no failures."""
    return {name: evaluation[name] for name in _INSIGHT_MEMBERS if name in evaluation}


def insights_asked(evaluation: Mapping[str, Any]) -> bool:
    """Tell whether the evaluation was to find insights, by either of the API's two ways."""
    evaluators: list[dict[str, str]] = evaluation.get("evaluators", [])
    return bool(evaluation.get("insights")) or any(
        evaluator["evaluatorId"] == _INSIGHT_EVALUATOR for evaluator in evaluators
    )


def session_results_expected(evaluation: Mapping[str, Any]) -> int:
    """Return how many per-session results there must be at least: what the scores count.

    Without scores, one for each session that completed; an analysis for insights has none.
    """
    found: dict[str, Any] = evaluation.get("evaluationResults", {})
    scored = sum(each.get("totalEvaluated", 0) for each in found.get("evaluatorSummaries", []))
    evaluators: list[dict[str, str]] = evaluation.get("evaluators", [])
    others = [one for one in evaluators if one["evaluatorId"] != _INSIGHT_EVALUATOR]
    if insights_asked(evaluation) and not others:
        return scored
    return scored or found.get("numberOfSessionsCompleted", 0)


def results_state(evaluation: Mapping[str, Any], check_key: Callable[[], KeyCheck]) -> ResultsState:
    """Tell the state of the results in Get's answer.

    `check_key` is called only when results are missing that should be there. AWS does not say
    whether Get then leaves them out, says why in `errorDetails`, or fails; all three end here.
    """
    status = evaluation["status"]
    if status in RUNNING:
        return ResultsState(NOT_YET, status)
    has_results = "evaluationResults" in evaluation
    has_insights = bool(insight_results(evaluation)) or not insights_asked(evaluation)
    if status not in FINISHED:
        return ResultsState(AVAILABLE) if has_results else ResultsState(NOT_YET, status)
    if status != "FAILED" and has_results and has_insights:
        return ResultsState(AVAILABLE)
    if status != "FAILED":
        check = check_key()
        if not check.usable:
            return ResultsState(KEY_UNAVAILABLE, check.reason)
        if status in COMPLETED and not has_results and tells_of_key(*_details(evaluation)):
            return ResultsState(KEY_UNAVAILABLE, SERVICE_DENIED)
    return ResultsState(ANALYSIS_FAILED, _why(evaluation))


def _why(evaluation: Mapping[str, Any]) -> str:
    status = evaluation["status"]
    if _details(evaluation):
        return f"the service gives status {status} and its reason in errorDetails"
    return f"the service gives status {status} and neither results nor a reason"


def _details(evaluation: Mapping[str, Any]) -> list[str]:
    return evaluation.get("errorDetails") or []
