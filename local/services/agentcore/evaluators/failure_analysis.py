"""The stand-in of Builtin.FailureAnalysis: findings of all sessions, grouped.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InsightResult.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from local.aws_api.timestamps import timestamp
from local.services.agentcore.conversation import Session
from local.services.agentcore.evaluators.failure_findings import Finding, Kind, findings
from local.services.agentcore.evaluators.scores import STAND_IN

MAX_SAMPLES = 10
MAX_FINDINGS = 10


@dataclass(frozen=True)
class _Group:
    name: str
    description: str
    fix: str


_GROUPS: dict[Kind, _Group] = {
    "tool-error": _Group(
        "Tools fail",
        "Tool calls end in an error.",
        "Make the tool retry, and tell the agent what to do when it fails.",
    ),
    "fabricated": _Group(
        "Answers invented after failed tool calls",
        "Every tool call of a turn failed and the answer states facts.",
        "Instruct the agent to say so when its tools fail.",
    ),
    "contradicts-tool": _Group(
        "Answers contradict tool results",
        "The answer holds other numbers than the tool computed.",
        "Instruct the agent to copy figures from tool results.",
    ),
    "ungrounded-argument": _Group(
        "Tools called with wrong arguments",
        "A tool was called with a value that nothing before the call mentions.",
        "Describe the tool's parameters, with an example of each.",
    ),
    "wrong-tool": _Group(
        "Wrong tool chosen",
        "Another tool on offer fits the request better.",
        "Make the tools' descriptions say what each is for.",
    ),
    "user-gave-up": _Group(
        "Users give up",
        "The user complains or gives up before the goal is reached.",
        "Let the agent check that the request is answered before it ends the turn.",
    ),
}


@dataclass(frozen=True)
class SessionFindings:
    """What was found in one session."""

    session_id: str
    end: int
    found: tuple[Finding, ...]

    @classmethod
    def of(cls, session: Session) -> "SessionFindings":
        return cls(session.id, session.end, findings(session))


def insight_results(sessions: Sequence[SessionFindings], now: str) -> list[dict[str, Any]]:
    """Return one insight for each kind of finding; an empty list means that no failure was found.

    `now` is the time of the analysis as the service writes times.
    """
    return [
        insight
        for kind, group in _GROUPS.items()
        if (insight := _insight(kind, group, sessions, now)) is not None
    ]


def _insight(
    kind: Kind, group: _Group, sessions: Iterable[SessionFindings], now: str
) -> dict[str, Any] | None:
    affected = [one for one in sessions if any(finding.kind == kind for finding in one.found)]
    if not affected:
        return None
    samples = [_sample(one, kind) for one in affected[:MAX_SAMPLES]]
    return {
        "type": "FAILURE",
        "name": group.name,
        "description": STAND_IN + group.description,
        "createdAt": now,
        "affectedSessionCount": len(affected),
        "rootCauses": [
            {
                "name": group.name,
                "explanation": STAND_IN + group.description,
                "affectedSessionCount": len(affected),
                "suggestedFix": group.fix,
                "sampleSessions": samples,
            }
        ],
    }


def _sample(session: SessionFindings, kind: Kind) -> dict[str, Any]:
    found = [finding for finding in session.found if finding.kind == kind]
    return {
        "sessionId": session.session_id,
        "lastSeenAt": timestamp(session.end / 1e9),
        "findings": [
            {
                "targetId": finding.span_id,
                "targetType": "SPAN_ID",
                "description": finding.description,
                "category": finding.category,
                "confidence": 1.0,
            }
            for finding in found[:MAX_FINDINGS]
        ],
    }
