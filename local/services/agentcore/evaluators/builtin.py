"""The built-in evaluators by id, with their levels, and how one session is judged by several.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/built-in-evaluators-overview.html
gives ids and levels. AWS asks a model; here small rules decide, so that results are the same each
time, cost nothing, and still tell a good session from a bad one. They are no measure of quality.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from local.services.agentcore.conversation import Session, ToolCall, Turn
from local.services.agentcore.evaluators import session_level, tool_level, trace_level
from local.services.agentcore.evaluators.scores import GroundTruth, JudgingError, Score

FAILURE_ANALYSIS = "Builtin.FailureAnalysis"

Level = Literal["Session", "Trace", "Span"]


@dataclass(frozen=True)
class SessionEvaluator:
    judge: Callable[[Session, GroundTruth], Score | None]
    level: Level = "Session"


@dataclass(frozen=True)
class TraceEvaluator:
    judge: Callable[[Session, Turn, GroundTruth], Score | None]
    level: Level = "Trace"


@dataclass(frozen=True)
class ToolEvaluator:
    judge: Callable[[Session, Turn, ToolCall, GroundTruth], Score | None]
    level: Level = "Span"


Evaluator = SessionEvaluator | TraceEvaluator | ToolEvaluator

CATALOGUE: dict[str, Evaluator] = {
    "Builtin.GoalSuccessRate": SessionEvaluator(session_level.goal_success),
    "Builtin.TrajectoryExactOrderMatch": SessionEvaluator(session_level.exact_order),
    "Builtin.TrajectoryInOrderMatch": SessionEvaluator(session_level.in_order),
    "Builtin.TrajectoryAnyOrderMatch": SessionEvaluator(session_level.any_order),
    "Builtin.Correctness": TraceEvaluator(trace_level.correctness),
    "Builtin.Helpfulness": TraceEvaluator(trace_level.helpfulness),
    "Builtin.Faithfulness": TraceEvaluator(trace_level.faithfulness),
    "Builtin.Coherence": TraceEvaluator(trace_level.coherence),
    "Builtin.ResponseRelevance": TraceEvaluator(trace_level.response_relevance),
    "Builtin.Conciseness": TraceEvaluator(trace_level.conciseness),
    "Builtin.InstructionFollowing": TraceEvaluator(trace_level.instruction_following),
    "Builtin.Refusal": TraceEvaluator(trace_level.refusal),
    "Builtin.Harmfulness": TraceEvaluator(trace_level.harmfulness),
    "Builtin.Stereotyping": TraceEvaluator(trace_level.stereotyping),
    "Builtin.ContextRelevance": TraceEvaluator(trace_level.context_relevance),
    "Builtin.ToolSelectionAccuracy": ToolEvaluator(tool_level.selection),
    "Builtin.ToolParameterAccuracy": ToolEvaluator(tool_level.parameters),
    "Builtin.SkillSelectionAccuracy": ToolEvaluator(tool_level.skill_selection),
    "Builtin.SkillInstructionFollowing": ToolEvaluator(tool_level.skill_following),
}


@dataclass(frozen=True)
class Result:
    """One evaluator's judgement of one session, trace or tool call, or why there is none."""

    evaluator_id: str
    session_id: str
    level: Level
    trace_id: str | None
    span_id: str | None
    time: int
    score: Score | None = None
    error_type: str | None = None
    error_message: str | None = None


def evaluate(session: Session, evaluator_ids: Sequence[str], truth: GroundTruth) -> list[Result]:
    """Judge a session by each evaluator, in the order asked; FailureAnalysis gives no score."""
    results: list[Result] = []
    for evaluator_id in evaluator_ids:
        if evaluator_id != FAILURE_ANALYSIS:
            results.extend(_results(evaluator_id, session, truth))
    return results


def failed(
    session_id: str, time: int, evaluator_ids: Sequence[str], error_type: str, message: str
) -> list[Result]:
    """Return the failed results of a session that could not be read: one for each evaluator."""
    return [
        Result(one, session_id, CATALOGUE[one].level, None, None, time, None, error_type, message)
        for one in evaluator_ids
        if one != FAILURE_ANALYSIS
    ]


def _results(evaluator_id: str, session: Session, truth: GroundTruth) -> Iterator[Result]:
    evaluator = CATALOGUE[evaluator_id]
    level = evaluator.level
    try:
        if isinstance(evaluator, SessionEvaluator):
            if score := evaluator.judge(session, truth):
                yield Result(evaluator_id, session.id, level, None, None, session.end, score)
        elif isinstance(evaluator, TraceEvaluator):
            for turn in session.turns:
                if score := evaluator.judge(session, turn, truth):
                    yield Result(
                        evaluator_id,
                        session.id,
                        level,
                        turn.trace_id,
                        turn.span_id,
                        turn.end,
                        score,
                    )
        else:
            for turn, call in session.calls():
                if score := evaluator.judge(session, turn, call, truth):
                    yield Result(
                        evaluator_id,
                        session.id,
                        level,
                        turn.trace_id,
                        call.span_id,
                        turn.end,
                        score,
                    )
    except JudgingError as error:
        yield from failed(session.id, session.end, [evaluator_id], error.type, str(error))
