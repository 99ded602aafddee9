"""Stand-ins of the evaluators that judge one tool call."""

from local.services.agentcore.conversation import Session, ToolCall, Turn
from local.services.agentcore.evaluators import measures
from local.services.agentcore.evaluators.failure_findings import of_call
from local.services.agentcore.evaluators.scores import (
    FOLLOWED,
    YES_NO,
    GroundTruth,
    Score,
    graded,
    score,
)

_SKILL = {"skill"}


def selection(session: Session, _turn: Turn, call: ToolCall, _truth: GroundTruth) -> Score:
    if "wrong-tool" in of_call(session, call):
        return score(
            YES_NO, "No", f"another tool on offer fits the request better than {call.name}."
        )
    return score(YES_NO, "Yes", f"no other tool on offer fits the request better than {call.name}.")


def parameters(session: Session, _turn: Turn, call: ToolCall, _truth: GroundTruth) -> Score:
    if "ungrounded-argument" in of_call(session, call):
        return score(YES_NO, "No", "an argument has a value that nothing before the call mentions.")
    return score(YES_NO, "Yes", "every argument's value occurs before the call.")


def skill_selection(
    _session: Session, turn: Turn, call: ToolCall, _truth: GroundTruth
) -> Score | None:
    """Compare the loaded skill's name with the request; other calls get no result."""
    if not _loads_skill(call):
        return None
    fits = measures.content(turn.prompt) & measures.name_words(call.arguments_text)
    return score(YES_NO, "Yes" if fits else "No", "compared the skill's name with the request.")


def skill_following(
    _session: Session, turn: Turn, call: ToolCall, _truth: GroundTruth
) -> Score | None:
    """Compare the skill's text with what the agent did after loading it."""
    if not _loads_skill(call):
        return None
    after = " ".join(
        f"{' '.join(measures.name_words(one.name))} {one.arguments_text}"
        for one in turn.calls
        if one.start > call.start
    )
    followed = measures.share(
        measures.content(call.result), measures.content(f"{after} {turn.answer}")
    )
    return graded(FOLLOWED, followed, f"{followed:.0%} of the skill's words occur after it.")


def _loads_skill(call: ToolCall) -> bool:
    return bool(measures.name_words(call.name) & _SKILL)
