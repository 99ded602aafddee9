"""Suggests the name that was meant: operations, members, options and evaluators are no secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from ..errors import ClientError, fields_of, message_of
from .redaction import value_may_be_repeated

# docs.aws.amazon.com/bedrock-agentcore/latest/devguide/built-in-evaluators-overview.html
# An id that is not among them is left to the service, which may have learned it since.
BUILT_IN_EVALUATORS = (
    "Builtin.Coherence",
    "Builtin.Conciseness",
    "Builtin.ContextRelevance",
    "Builtin.Correctness",
    "Builtin.FailureAnalysis",
    "Builtin.Faithfulness",
    "Builtin.GoalSuccessRate",
    "Builtin.Harmfulness",
    "Builtin.Helpfulness",
    "Builtin.InstructionFollowing",
    "Builtin.Refusal",
    "Builtin.ResponseRelevance",
    "Builtin.SkillInstructionFollowing",
    "Builtin.SkillSelectionAccuracy",
    "Builtin.Stereotyping",
    "Builtin.ToolParameterAccuracy",
    "Builtin.ToolSelectionAccuracy",
    "Builtin.TrajectoryAnyOrderMatch",
    "Builtin.TrajectoryExactOrderMatch",
    "Builtin.TrajectoryInOrderMatch",
)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the nearest known name, empty where none is near."""
    if not isinstance(name, str) or len(name) > 100:
        return ""
    from difflib import get_close_matches  # a cold start does not wait for it

    spelt = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), spelt, n=1)
    return f"; did you mean {spelt[near[0]]}?" if near else ""


def of_evaluator(identifier: object) -> str:
    """Return the built-in evaluator that an id may mean, with or without `Builtin.` before it."""
    if not isinstance(identifier, str) or identifier in BUILT_IN_EVALUATORS:
        return ""
    named = identifier if "." in identifier else f"Builtin.{identifier}"
    return did_you_mean(named, BUILT_IN_EVALUATORS)


def refused_evaluators(error: ClientError, parameters: Mapping[str, Any]) -> str:
    """Return what a refused start named as evaluators, where the refusal is about them.

    The service's own text is not repeated, and by itself the error would not say which of ten
    evaluators does not exist.
    """
    about = any(field.startswith("evaluators") for field in fields_of(error))
    if not about and "evaluator" not in message_of(error).lower():
        return ""
    sent = list(_sent(parameters))
    unknown = [f"{each}{of_evaluator(each)}" for each in sent if each not in BUILT_IN_EVALUATORS]
    return f"evaluators sent: {', '.join(unknown or sent)}" if sent else ""


def _sent(parameters: Mapping[str, Any]) -> Iterator[str]:
    evaluators = cast(Sequence[Mapping[str, Any]], parameters.get("evaluators") or [])
    for evaluator in evaluators:
        identifier = evaluator.get("evaluatorId")
        if value_may_be_repeated("evaluators.evaluatorId", identifier):
            yield str(identifier)
