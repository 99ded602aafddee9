"""Stand-ins of the evaluators that judge a whole session."""

import re
from collections.abc import Callable

from local.services.agentcore.conversation import Session
from local.services.agentcore.evaluators import measures
from local.services.agentcore.evaluators.failure_findings import findings
from local.services.agentcore.evaluators.scores import (
    ASSERTED,
    MATCHED,
    YES_NO,
    GroundTruth,
    JudgingError,
    Score,
    score,
)
from local.services.agentcore.evaluators.trace_level import REFUSALS

# Words with which assertions speak about the agent; what they claim stands in the others.
_FRAME = measures.content(
    "agent answer assistant call called gave looked named response said told tool user used"
)
_NEGATED = re.compile(
    r"(the )?(agent|assistant|answer|it) (did not|didn't|does not|doesn't|never)\b"
)


def goal_success(session: Session, truth: GroundTruth) -> Score:
    """Judge by the assertions where there are any, else by what went wrong."""
    if truth.assertions is not None:
        failed = [text for text in truth.assertions if not _holds(text, session)]
        if failed:
            return score(ASSERTED, "FAILURE", f"not seen in the session: {'; '.join(failed)}")
        return score(ASSERTED, "SUCCESS", "every assertion's terms were seen in the session.")
    found = findings(session)
    if found:
        return score(YES_NO, "No", found[0].description)
    if measures.says(session.turns[-1].answer, REFUSALS):
        return score(YES_NO, "No", "The last answer refuses the request.")
    return score(YES_NO, "Yes", "no rule found a failure in the session.")


def _holds(assertion: str, session: Session) -> bool:
    """Tell whether what the agent said and did bears out an assertion.

    Numbers and identifiers must all occur, of the other words half; under a negation none of it
    may.
    """
    done = " ".join(
        f"{' '.join(measures.name_words(c.name))} {c.arguments_text}" for _, c in session.calls()
    )
    said = " ".join(turn.answer for turn in session.turns)
    evidence = f"{said} {done}"
    exact = measures.literals(assertion)
    claimed = measures.content(assertion) - _FRAME - measures.content(" ".join(exact))
    borne_out = exact <= measures.literals(evidence) and (
        bool(exact) or measures.share(claimed, measures.content(evidence)) >= 0.5
    )
    return borne_out != bool(_NEGATED.match(assertion.casefold()))


def _trajectory(
    matches: Callable[[list[str], list[str]], bool], name: str
) -> Callable[[Session, GroundTruth], Score]:
    def judge(session: Session, truth: GroundTruth) -> Score:
        # AWS does not say what the evaluator does without one; there is nothing to compare with.
        if truth.trajectory is None:
            raise JudgingError(
                "ValidationException", f"{name} needs expectedTrajectory for session {session.id}."
            )
        called = [call.name for _, call in session.calls()]
        label = "Pass" if matches(called, list(truth.trajectory)) else "Fail"
        return score(
            MATCHED,
            label,
            f"called [{', '.join(called)}], expected [{', '.join(truth.trajectory)}].",
        )

    return judge


def _in_order(called: list[str], expected: list[str]) -> bool:
    rest = iter(called)
    return all(name in rest for name in expected)


def _any_order(called: list[str], expected: list[str]) -> bool:
    return all(called.count(name) >= expected.count(name) for name in expected)


exact_order = _trajectory(lambda called, expected: called == expected, "TrajectoryExactOrderMatch")
in_order = _trajectory(_in_order, "TrajectoryInOrderMatch")
any_order = _trajectory(_any_order, "TrajectoryAnyOrderMatch")
