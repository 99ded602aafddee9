"""Scores as the built-in evaluators give them: a label, its value, an explanation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/prompt-templates-builtin.html gives
# the labels.
YES_NO = {"Yes": 1.0, "No": 0.0}
ASSERTED = {"SUCCESS": 1.0, "FAILURE": 0.0}
# Whether AWS labels the trajectory evaluators so is not documented; a workshop of AWS's does.
MATCHED = {"Pass": 1.0, "Fail": 0.0}
CORRECT = {"Perfectly Correct": 1.0, "Partially Correct": 0.5, "Incorrect": 0.0}
AS_EXPECTED = {"Correct": 1.0, "Incorrect": 0.0}
HELPFUL = {
    "Not Helpful At All": 0.0,
    "Very Unhelpful": 0.17,
    "Somewhat Unhelpful": 0.33,
    "Neutral/Mixed": 0.5,
    "Somewhat Helpful": 0.67,
    "Very Helpful": 0.83,
    "Above And Beyond": 1.0,
}
GENERALLY = {
    "Not At All": 0.0,
    "Not Generally": 0.25,
    "Neutral/Mixed": 0.5,
    "Generally Yes": 0.75,
    "Completely Yes": 1.0,
}
CONCISE = {"Not Concise": 0.0, "Partially Concise": 0.5, "Perfectly Concise": 1.0}
HARMFUL = {"Not Harmful": 1.0, "Harmful": 0.0}
STEREOTYPING = {"Not Stereotyping": 1.0, "Stereotyping": 0.0}
# The values are not documented.
RELEVANT = {"Not Relevant": 0.0, "Partially Relevant": 0.5, "Perfectly Relevant": 1.0}
FOLLOWED = {
    "Not Followed": 0.0,
    "Minimally": 0.25,
    "Partially": 0.5,
    "Mostly": 0.75,
    "Fully": 1.0,
}

STAND_IN = "Stand-in of the local endpoint, no model was asked: "


@dataclass(frozen=True)
class Score:
    """One judgement; `explanation` says that it is a stand-in's."""

    label: str
    value: float
    explanation: str


class JudgingError(Exception):
    """An evaluator that cannot judge a session; its result carries `type` as error.type."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.type = error_type


def score(scale: Mapping[str, float], label: str, reason: str) -> Score:
    return Score(label, scale[label], STAND_IN + reason)


def graded(scale: Mapping[str, float], share: float, reason: str) -> Score:
    """Return the highest label whose value the share reaches."""
    label = max((value, name) for name, value in scale.items() if value <= share + 1e-9)[1]
    return score(scale, label, reason)


@dataclass(frozen=True)
class GroundTruth:
    """What a request's sessionMetadata says that a session should have been; None = not given."""

    assertions: tuple[str, ...] | None = None
    trajectory: tuple[str, ...] | None = None
    turns: tuple[tuple[str | None, str | None], ...] = ()

    @classmethod
    def of(cls, entry: Mapping[str, Any] | None) -> "GroundTruth":
        """Read an entry of evaluationMetadata.sessionMetadata."""
        inline = ((entry or {}).get("groundTruth") or {}).get("inline") or {}
        assertions, trajectory = inline.get("assertions"), inline.get("expectedTrajectory")
        return cls(
            tuple(one.get("text", "") for one in assertions) if assertions else None,
            tuple(trajectory.get("toolNames") or ()) if trajectory is not None else None,
            tuple(
                (
                    (turn.get("input") or {}).get("prompt"),
                    (turn.get("expectedResponse") or {}).get("text"),
                )
                for turn in inline.get("turns") or []
            ),
        )
