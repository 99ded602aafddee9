"""The stand-in evaluators: ids, levels and labels, and that good and bad sessions score apart."""

from dataclasses import replace
from typing import Any

import pytest

from local.services.agentcore.conversation import Session, ToolCall, Turn
from local.services.agentcore.evaluators import measures
from local.services.agentcore.evaluators.builtin import (
    CATALOGUE,
    FAILURE_ANALYSIS,
    Result,
    evaluate,
)
from local.services.agentcore.evaluators.failure_analysis import SessionFindings, insight_results
from local.services.agentcore.evaluators.failure_findings import findings
from local.services.agentcore.evaluators.scores import STAND_IN, GroundTruth
from local.services.agentcore.records import parse
from local.services.agentcore.sessions import read, select
from local.telemetry.log_delivery import SAMPLES, sample_ground_truth

LEVELS = {
    "Session": "GoalSuccessRate TrajectoryExactOrderMatch TrajectoryInOrderMatch "
    "TrajectoryAnyOrderMatch",
    "Trace": "Correctness Helpfulness Faithfulness Coherence ResponseRelevance Conciseness "
    "InstructionFollowing Refusal Harmfulness Stereotyping ContextRelevance",
    "Span": "ToolSelectionAccuracy ToolParameterAccuracy SkillSelectionAccuracy "
    "SkillInstructionFollowing",
}


@pytest.fixture(scope="module")
def sessions() -> dict[str, Session]:
    """The sample sessions by scenario; the two called refusal are one in content."""
    records = [
        record
        for name in ("split-spans", "split-events", "unified-spans")
        for line in (SAMPLES / f"{name}.jsonl").read_text().splitlines()
        if (record := parse(line, "group"))
    ]
    found = [
        session
        for service in ("support_agent_split.DEFAULT", "support_agent_unified.DEFAULT")
        for session in select(records, {"serviceNames": [service]}).sessions
    ]
    return {one.id.removeprefix("sess-").rsplit("-", 1)[0]: read(one) for one in found}


@pytest.fixture(scope="module")
def truths() -> dict[str, GroundTruth]:
    entries = sample_ground_truth()["sessionMetadata"]
    return {entry["testScenarioId"]: GroundTruth.of(entry) for entry in entries}


def labels(results: list[Result]) -> list[str]:
    return [result.score.label for result in results if result.score]


def test_the_catalogue_has_every_built_in_evaluator_at_its_level() -> None:
    assert {name: evaluator.level for name, evaluator in CATALOGUE.items()} == {
        f"Builtin.{name}": level for level, names in LEVELS.items() for name in names.split()
    }


WITHOUT_TRUTH = [
    ("GoalSuccessRate", "good-math", ["Yes"]),
    ("GoalSuccessRate", "good-order-3turns", ["Yes"]),
    ("GoalSuccessRate", "wrong-answer", ["No"]),
    ("GoalSuccessRate", "refusal", ["No"]),
    ("GoalSuccessRate", "wrong-tool", ["No"]),
    ("GoalSuccessRate", "goal-missed-4turns", ["No"]),
    ("Correctness", "good-math", ["Perfectly Correct"]),
    ("Correctness", "wrong-answer", ["Incorrect"]),
    ("Correctness", "hallucinated-after-tool-error", ["Incorrect"]),
    ("Correctness", "wrong-tool-argument", ["Partially Correct"]),
    ("Helpfulness", "good-order-3turns", ["Very Helpful", "Very Helpful", "Somewhat Helpful"]),
    ("Helpfulness", "refusal", ["Very Unhelpful"]),
    ("Helpfulness", "injection", ["Very Unhelpful"]),
    ("Helpfulness", "tool-failure", ["Neutral/Mixed"]),
    ("Helpfulness", "wrong-tool", ["Somewhat Unhelpful"]),
    ("Helpfulness", "hallucinated-after-tool-error", ["Not Helpful At All"]),
    ("Faithfulness", "unicode", ["Completely Yes"]),
    ("Faithfulness", "wrong-answer", ["Not Generally"]),
    ("Faithfulness", "hallucinated-after-tool-error", ["Not At All"]),
    ("Coherence", "long-text", ["Completely Yes"]),
    ("Coherence", "wrong-answer", ["Not Generally"]),
    ("ResponseRelevance", "good-math", ["Completely Yes"]),
    ("ResponseRelevance", "refusal", ["Not Generally"]),
    ("ResponseRelevance", "tool-failure", ["Generally Yes"]),
    ("Conciseness", "good-math", ["Perfectly Concise"]),
    ("InstructionFollowing", "good-math", ["Yes"]),
    ("Refusal", "refusal", ["Yes"]),
    ("Refusal", "good-math", ["No"]),
    ("Harmfulness", "refusal", ["Not Harmful"]),
    ("Stereotyping", "refusal", ["Not Stereotyping"]),
    ("ContextRelevance", "good-math", ["Perfectly Relevant"]),
    ("ContextRelevance", "wrong-tool-argument", ["Partially Relevant"]),
    ("ContextRelevance", "tool-failure", ["Not Relevant"]),
    ("ContextRelevance", "refusal", []),
    ("ToolSelectionAccuracy", "good-order-3turns", ["Yes", "Yes"]),
    ("ToolSelectionAccuracy", "wrong-tool", ["No"]),
    ("ToolSelectionAccuracy", "refusal", []),
    ("ToolParameterAccuracy", "wrong-tool-argument", ["No", "No"]),
    ("ToolParameterAccuracy", "good-order-3turns", ["Yes", "Yes"]),
    ("SkillSelectionAccuracy", "good-math", []),
    ("SkillInstructionFollowing", "good-math", []),
]

WITH_TRUTH = [
    ("GoalSuccessRate", "good-math", ["SUCCESS"]),
    ("GoalSuccessRate", "tool-failure", ["SUCCESS"]),
    ("GoalSuccessRate", "good-order-3turns", ["SUCCESS"]),
    ("GoalSuccessRate", "wrong-answer", ["FAILURE"]),
    ("GoalSuccessRate", "wrong-tool-argument", ["FAILURE"]),
    ("GoalSuccessRate", "goal-missed-4turns", ["FAILURE"]),
    ("GoalSuccessRate", "wrong-tool", ["No"]),
    ("Correctness", "good-math", ["Correct"]),
    ("Correctness", "wrong-answer", ["Incorrect"]),
    ("Correctness", "wrong-tool-argument", ["Incorrect"]),
    ("Correctness", "good-order-3turns", ["Correct", "Correct", "Perfectly Correct"]),
    (
        "Correctness",
        "goal-missed-4turns",
        ["Incorrect", "Incorrect", "Perfectly Correct", "Perfectly Correct"],
    ),
    ("TrajectoryExactOrderMatch", "good-order-3turns", ["Pass"]),
    ("TrajectoryExactOrderMatch", "refusal", ["Pass"]),
    ("TrajectoryExactOrderMatch", "wrong-tool", ["Fail"]),
    ("TrajectoryInOrderMatch", "goal-missed-4turns", ["Fail"]),
    ("TrajectoryAnyOrderMatch", "wrong-tool-argument", ["Pass"]),
]


@pytest.mark.parametrize(
    ("evaluator", "scenario", "expected"),
    WITHOUT_TRUTH,
    ids=[f"{evaluator} of {scenario}" for evaluator, scenario, _ in WITHOUT_TRUTH],
)
def test_a_session_is_judged(
    sessions: dict[str, Session], evaluator: str, scenario: str, expected: list[str]
) -> None:
    results = evaluate(sessions[scenario], [f"Builtin.{evaluator}"], GroundTruth())
    assert labels(results) == expected


@pytest.mark.parametrize(
    ("evaluator", "scenario", "expected"),
    WITH_TRUTH,
    ids=[f"{evaluator} of {scenario}" for evaluator, scenario, _ in WITH_TRUTH],
)
def test_a_session_is_judged_by_its_ground_truth(
    sessions: dict[str, Session],
    truths: dict[str, GroundTruth],
    evaluator: str,
    scenario: str,
    expected: list[str],
) -> None:
    results = evaluate(sessions[scenario], [f"Builtin.{evaluator}"], truths[scenario])
    assert labels(results) == expected


def test_every_explanation_says_that_it_is_a_stand_ins(
    sessions: dict[str, Session], truths: dict[str, GroundTruth]
) -> None:
    for scenario, session in sessions.items():
        for truth in (GroundTruth(), truths.get(scenario, GroundTruth())):
            for result in evaluate(session, [*CATALOGUE, FAILURE_ANALYSIS], truth):
                if result.score:
                    assert result.score.explanation.startswith(STAND_IN)
                    assert 0 <= result.score.value <= 1


def test_values_are_rounded_as_the_service_rounds(sessions: dict[str, Session]) -> None:
    [result] = evaluate(sessions["good-math"], ["Builtin.Helpfulness"], GroundTruth())
    assert result.score
    assert result.score.value == 0.83


def test_targets_are_named(sessions: dict[str, Session]) -> None:
    session = sessions["good-order-3turns"]
    [whole] = evaluate(session, ["Builtin.GoalSuccessRate"], GroundTruth())
    assert (whole.level, whole.trace_id, whole.span_id) == ("Session", None, None)
    traces = evaluate(session, ["Builtin.Helpfulness"], GroundTruth())
    assert [one.trace_id for one in traces] == [turn.trace_id for turn in session.turns]
    calls = evaluate(session, ["Builtin.ToolSelectionAccuracy"], GroundTruth())
    assert [one.span_id for one in calls] == [call.span_id for _, call in session.calls()]
    assert {one.level for one in calls} == {"Span"}


def test_a_trajectory_needs_ground_truth(sessions: dict[str, Session]) -> None:
    [result] = evaluate(sessions["good-math"], ["Builtin.TrajectoryInOrderMatch"], GroundTruth())
    assert result.score is None
    assert result.error_type == "ValidationException"
    assert "expectedTrajectory" in str(result.error_message)


@pytest.mark.parametrize(
    ("called", "expected", "verdicts"),
    [
        ("ab", "ab", "Pass Pass Pass"),
        ("acb", "ab", "Fail Pass Pass"),
        ("ba", "ab", "Fail Fail Pass"),
        ("a", "ab", "Fail Fail Fail"),
        ("a", "aa", "Fail Fail Fail"),
        ("a", "", "Fail Pass Pass"),
        ("", "", "Pass Pass Pass"),
    ],
    ids=lambda value: value or "nothing",
)
def test_trajectories_match_by_order(called: str, expected: str, verdicts: str) -> None:
    calls = tuple(call(name=name) for name in called)
    results = evaluate(
        Session("s", (turn(calls=calls),), 2),
        [f"Builtin.Trajectory{kind}OrderMatch" for kind in ("Exact", "In", "Any")],
        GroundTruth(trajectory=tuple(expected)),
    )
    assert " ".join(labels(results)) == verdicts


def turn(**changes: Any) -> Turn:
    whole = Turn("t", "s", "What is 2 + 2?", "It is 4.", "", (), (), 2)
    return replace(whole, **changes)


def call(**changes: Any) -> ToolCall:
    return replace(ToolCall("c", "calculator", "", {}, "{}", "4", False, 1), **changes)


def judged(evaluator: str, *turns: Turn, truth: GroundTruth | None = None) -> list[str]:
    session = Session("s", turns, 2)
    return labels(evaluate(session, [f"Builtin.{evaluator}"], truth or GroundTruth()))


def test_a_limit_on_sentences_is_checked() -> None:
    long = turn(system="Answer in at most two sentences.", answer="It is four. Really. I counted.")
    assert judged("InstructionFollowing", long) == ["No"]


def test_what_must_never_be_done_is_checked() -> None:
    promise = turn(system="Never promise refunds.", answer="I promise you a refund.")
    assert judged("InstructionFollowing", promise) == ["No"]


@pytest.mark.parametrize(
    ("length", "label"),
    [(40, "Perfectly Concise"), (120, "Partially Concise"), (121, "Not Concise")],
    ids=["short", "longer", "long"],
)
def test_conciseness_goes_by_length(length: int, label: str) -> None:
    assert judged("Conciseness", turn(answer="word " * length)) == [label]


def test_harm_and_stereotypes_are_found() -> None:
    assert judged("Harmfulness", turn(answer="You idiot.")) == ["Harmful"]
    assert judged("Stereotyping", turn(answer="All women do that.")) == ["Stereotyping"]


def test_repetition_is_incoherent() -> None:
    assert judged("Coherence", turn(answer="It is four. It is four. It is four.")) == [
        "Not Generally"
    ]


def test_several_successful_tools_are_above_and_beyond() -> None:
    helped = turn(calls=(call(), call(span_id="d")))
    assert judged("Helpfulness", helped) == ["Above And Beyond"]


def test_a_loaded_skill_is_judged() -> None:
    skill = call(
        name="load_skill",
        arguments={"skill": "refund-handling"},
        arguments_text='{"skill": "refund-handling"}',
        result="Check order. Confirm address.",
    )
    followed = turn(
        prompt="I want a refund.",
        answer="I check your order and confirm the address.",
        calls=(skill,),
    )
    assert judged("SkillSelectionAccuracy", followed) == ["Yes"]
    assert judged("SkillInstructionFollowing", followed) == ["Fully"]
    ignored = replace(followed, prompt="What time is it?", answer="It is late.")
    assert judged("SkillSelectionAccuracy", ignored) == ["No"]
    assert judged("SkillInstructionFollowing", ignored) == ["Not Followed"]


@pytest.mark.parametrize(
    ("assertion", "label"),
    [
        ("The agent said 4", "SUCCESS"),
        ("The agent said 5", "FAILURE"),
        ("The agent did not say 5", "SUCCESS"),
        ("The agent never said 4", "FAILURE"),
        ("The agent used the calculator tool", "SUCCESS"),
        ("The agent explained the holiday schedule", "FAILURE"),
    ],
)
def test_an_assertion_is_checked_against_words_and_deeds(assertion: str, label: str) -> None:
    truth = GroundTruth(assertions=(assertion,))
    assert judged("GoalSuccessRate", turn(calls=(call(),)), truth=truth) == [label]


def test_an_expected_answer_belongs_to_the_turn_with_its_prompt() -> None:
    turns = (turn(trace_id="1"), turn(trace_id="2", prompt="And 3 + 3?", answer="6."))
    truth = GroundTruth(turns=(("and 3 + 3", "6"),))
    assert judged("Correctness", *turns, truth=truth) == ["Perfectly Correct", "Correct"]


def test_an_expected_answer_in_words_is_compared_by_words() -> None:
    truth = GroundTruth(turns=((None, "shipped with DHL"),))
    assert judged("Correctness", turn(answer="DHL has shipped it."), truth=truth) == ["Correct"]
    assert judged("Correctness", turn(answer="No idea."), truth=truth) == ["Incorrect"]


@pytest.mark.parametrize(
    ("result", "category"),
    [
        ("TimeoutError: no answer", "execution-error-category-timeout"),
        ("Access denied", "execution-error-category-authentication"),
        ("No such order", "execution-error-category-resource-not-found"),
        ("boom", "execution-error-category-service-errors"),
    ],
    ids=["timeout", "access", "missing", "anything else"],
)
def test_a_tool_error_has_its_category(result: str, category: str) -> None:
    failed = turn(answer="Sorry.", calls=(call(result=result, failed=True),))
    assert [one.category for one in findings(Session("s", (failed,), 2))] == [category]


def test_insights_group_the_findings(sessions: dict[str, Session]) -> None:
    found = [SessionFindings.of(session) for session in sessions.values()]
    insights = insight_results(found, "2026-11-24T09:30:05.000Z")
    assert {insight["name"]: insight["affectedSessionCount"] for insight in insights} == {
        "Tools fail": 3,
        "Answers invented after failed tool calls": 1,
        "Answers contradict tool results": 1,
        "Tools called with wrong arguments": 1,
        "Wrong tool chosen": 1,
        "Users give up": 1,
    }
    for insight in insights:
        assert insight["description"].startswith(STAND_IN)
        [cause] = insight["rootCauses"]
        assert all(sample["findings"] for sample in cause["sampleSessions"])


def test_an_insight_samples_ten_sessions() -> None:
    failed = turn(answer="Sorry.", calls=(call(failed=True),))
    found = [SessionFindings.of(Session(f"s{n}", (failed,), 2)) for n in range(12)]
    [insight] = insight_results(found, "now")
    assert insight["affectedSessionCount"] == 12
    assert len(insight["rootCauses"][0]["sampleSessions"]) == 10


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3 * 28.50 * 0.9", 76.95),
        ("-(2 + 3) / 4", -1.25),
        ("7 % 4", 3),
        ("2 ** 99999", None),
        ("1 / 0", None),
        ("__import__('os')", None),
        ("", None),
        ("(" * 150, None),
    ],
    ids=[
        "product",
        "brackets",
        "remainder",
        "power",
        "by zero",
        "code",
        "nothing",
        "brackets only",
    ],
)
def test_arithmetic_is_computed_and_nothing_else(expression: str, value: float | None) -> None:
    assert measures.arithmetic(expression) == (value if value is None else pytest.approx(value))


def test_figures_are_compared_by_value() -> None:
    assert measures.literals("16.90 and 1,234.5 on 29.11.2026, A-1") == {
        "16.9",
        "1234.5",
        "2026-11-29",
        "a-1",
    }
