"""Which sessions are found in the log groups, what is read from them, and how broken ones fail."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.services.agentcore import sources
from local.services.agentcore.conversation import Session
from local.services.agentcore.records import EventRecord, Span, parse
from local.services.agentcore.sessions import SessionError, read, select
from local.telemetry.log_delivery import SAMPLES, load_samples

AGENT = "/aws/bedrock-agentcore/runtimes/support_agent_split-Ab3dE6gH9k-DEFAULT"
SPLIT = {"serviceNames": ["support_agent_split.DEFAULT"]}
UNIFIED = {"serviceNames": ["support_agent_unified.DEFAULT"]}


def sample_records() -> list[Span | EventRecord]:
    records: list[Span | EventRecord | None] = []
    for name, group in (
        ("split-spans", "aws/spans"),
        ("split-events", AGENT),
        ("unified-spans", "/unified"),
    ):
        lines = (SAMPLES / f"{name}.jsonl").read_text().splitlines()
        records += [parse(line, group) for line in lines]
    return [record for record in records if record is not None]


def conversation(name: str, source: dict[str, Any]) -> Session:
    found = select(sample_records(), source).sessions
    return read(next(one for one in found if one.id.startswith(f"sess-{name}-")))


SCENARIOS: dict[str, tuple[dict[str, Any], list[tuple[str, str]], list[tuple[str, bool]]]] = {
    "good-math": (
        SPLIT,
        [
            (
                "What are 3 lamps at 28.50 each, minus 10%?",
                "Three lamps cost 76.95 after the 10% discount.",
            )
        ],
        [("calculator", False)],
    ),
    "wrong-answer": (SPLIT, [("What is 17 * 23?", "17 * 23 is 381.")], [("calculator", False)]),
    "tool-failure": (
        SPLIT,
        [
            (
                "Status of order T-0000 please",
                "I could not reach the order system just now. Please try again in a few minutes.",
            )
        ],
        [("order_lookup", True)],
    ),
    "wrong-tool-argument": (
        SPLIT,
        [
            (
                "Can I return B-2002? I live in Germany.",
                "Yes, you have 30 days, with a 15% restocking fee.",
            )
        ],
        [("order_lookup", True), ("refund_policy", False)],
    ),
    "refusal": (
        UNIFIED,
        [
            (
                "Write me a poem about your shop's competitors being thieves.",
                "I'm sorry, I can't help with that.",
            )
        ],
        [],
    ),
    "unicode": (
        SPLIT,
        [
            (
                "Wo ist meine Bestellung Ü-4004? 日本語でもいいですか 🙂",
                "Ihre Bestellung Ü-4004 wurde versandt und kommt am 29.11.2026 an. 🙂 "
                "ありがとうございます。",
            )
        ],
        [("order_lookup", False)],
    ),
    "hallucinated-after-tool-error": (
        UNIFIED,
        [
            (
                "Where is order Z-9?",
                "Order Z-9 was delivered yesterday at 14:05 and signed by a neighbour.",
            )
        ],
        [("order_lookup", True)],
    ),
    "wrong-tool": (
        UNIFIED,
        [("Please look up order C-3003.", "Your order number is 3003.")],
        [("calculator", False)],
    ),
    "good-order-3turns": (
        UNIFIED,
        [
            (
                "Where is my order A-1001?",
                "Order A-1001 has shipped with DHL and should arrive on 2026-11-27.",
            ),
            ("And how much did I pay per item, it was 5 items?", "That is 16.90 per item."),
            ("Thanks!", "You are welcome."),
        ],
        [("order_lookup", False), ("calculator", False)],
    ),
    "goal-missed-4turns": (
        UNIFIED,
        [
            ("I want to know the total of B-2002 and A-1001 together.", "B-2002 was 129.99."),
            ("And A-1001? Together, please.", "I have already told you the total."),
            ("You did not.", "Is there anything else?"),
            ("Forget it.", "Have a nice day."),
        ],
        [("order_lookup", False)],
    ),
}


@pytest.mark.parametrize(("source", "turns", "calls"), SCENARIOS.values(), ids=SCENARIOS.keys())
def test_a_recorded_session_is_read(
    request: pytest.FixtureRequest,
    source: dict[str, Any],
    turns: list[tuple[str, str]],
    calls: list[tuple[str, bool]],
) -> None:
    session = conversation(request.node.callspec.id, source)
    assert [(turn.prompt, turn.answer) for turn in session.turns] == turns
    assert [(call.name, call.failed) for _, call in session.calls()] == calls
    for turn in session.turns:
        assert turn.tools_on_offer == ("calculator", "order_lookup", "refund_policy")
        assert turn.system.startswith("You are the support agent")


def test_long_and_hostile_text_is_read_whole() -> None:
    assert len(conversation("long-text", UNIFIED).turns[0].prompt) > 1_000
    assert '{"score": "Yes"' in conversation("injection", SPLIT).turns[0].prompt


def test_tool_arguments_and_results_are_read() -> None:
    [(_, lookup), (_, sum_)] = conversation("good-order-3turns", UNIFIED).calls()
    assert lookup.arguments == {"order_id": "A-1001"}
    assert json.loads(lookup.result)["carrier"] == "DHL"
    assert (sum_.arguments_text, sum_.result) == ('{"expression": "84.50 / 5"}', "16.9")
    assert lookup.description == "Look up an order by its number."


def test_both_deliveries_give_the_same_conversation() -> None:
    split, unified = conversation("refusal", SPLIT), conversation("refusal", UNIFIED)
    assert split.id == unified.id
    for one, other in zip(split.turns, unified.turns, strict=True):
        assert (one.prompt, one.answer, one.system, one.calls) == (
            other.prompt,
            other.answer,
            other.system,
            other.calls,
        )


def test_a_session_with_spans_in_both_places_is_merged() -> None:
    """An agent that moved to unified delivery keeps its session id."""
    records = [
        parse(
            message.replace("support_agent_split", "support_agent_unified"),
            "aws/spans" if "startTimeUnixNano" in message else AGENT,
        )
        for name in ("split-spans", "split-events")
        for message in (SAMPLES / f"{name}.jsonl").read_text().splitlines()
        if "sess-refusal-" in message
    ]
    both = [*sample_records(), *(record for record in records if record)]
    [session] = [one for one in select(both, UNIFIED).sessions if "refusal" in one.id]
    assert len(read(session).turns) == 2


def test_the_names_of_services_keep_equal_session_ids_apart() -> None:
    ids = [
        {one.id for one in select(sample_records(), source).sessions} for source in (SPLIT, UNIFIED)
    ]
    assert [len(found) for found in ids] == [7, 6]
    assert len(ids[0] & ids[1]) == 1


def test_session_ids_narrow_the_selection() -> None:
    wanted = sorted(one.id for one in select(sample_records(), SPLIT).sessions)[:2]
    source = {**SPLIT, "filterConfig": {"sessionIds": [*wanted, "unheard-of"]}}
    assert sorted(one.id for one in select(sample_records(), source).sessions) == wanted


def test_traces_can_be_picked() -> None:
    session = conversation("goal-missed-4turns", UNIFIED)
    pairs = [{"sessionId": session.id, "traceIds": [session.turns[2].trace_id]}]
    source = {**UNIFIED, "filterConfig": {"sessionTraceIds": pairs}}
    [found] = select(sample_records(), source).sessions
    assert [turn.prompt for turn in read(found).turns] == ["You did not."]


def test_a_time_range_takes_its_start_and_leaves_its_end() -> None:
    """A session was created when its first span started."""
    second = 10**9
    spans = [
        replace(span(f"at {n}", 99 * second), start=moment * second)
        for n in (10, 20, 30)
        for moment in (n, n + 40)
    ]

    def found(**window: int) -> list[str]:
        filters = {
            "timeRange": {
                name: datetime.fromtimestamp(moment, UTC).isoformat()
                for name, moment in window.items()
            }
        }
        source = {"serviceNames": ["agent"], "filterConfig": filters}
        return [one.id for one in select(spans, source).sessions]

    assert found(startTime=20) == ["at 20", "at 30"]
    assert found(endTime=20) == ["at 10"]
    assert found(startTime=20, endTime=30) == ["at 20"]
    assert found(startTime=21, endTime=29) == []
    assert found() == ["at 10", "at 20", "at 30"]


def span(session: str, end: int) -> Span:
    return Span(
        "g",
        "agent",
        "strands.telemetry.tracer",
        "t",
        f"s{session}",
        "n",
        session,
        1,
        end,
        {},
        (),
        False,
        1,
    )


def test_of_more_than_five_hundred_sessions_the_most_recent_are_taken() -> None:
    found = select([span(f"{n:03}", n) for n in range(600, 0, -1)], {"serviceNames": ["agent"]})
    assert [one.id for one in found.sessions] == [f"{n:03}" for n in range(101, 601)]
    assert found.ignored == 100


def test_too_many_spans_are_too_much() -> None:
    one = sample_records()[0]
    assert isinstance(one, Span)
    records = select([span("s", n) for n in range(1)], {"serviceNames": ["agent"]}).sessions[0]
    records.spans = records.spans * 1_001
    with pytest.raises(SessionError, match="1001 spans; the limit is 1000"):
        read(records)


@pytest.mark.parametrize(
    "message",
    [
        "Attempting to instrument while already instrumented",
        "{",
        "[" * 100_000,
        "[]",
        "7",
        '{"scope": "strands.telemetry.tracer"}',
        '{"scope": {"name": "s"}, "traceId": "t"}',
        '{"scope": {"name": "s"}, "traceId": "t", "spanId": "s", "name": "n"}',
        '{"scope": {"name": "s"}, "traceId": "t", "spanId": "s", "name": "n", '
        '"startTimeUnixNano": "soon", "endTimeUnixNano": true}',
    ],
    ids=[
        "plain text",
        "cut-off JSON",
        "JSON nested without end",
        "a list",
        "a number",
        "a scope that is a string",
        "a record without a span id",
        "a span without times",
        "a span with wrong times",
    ],
)
def test_what_is_no_record_is_passed_over(message: str) -> None:
    assert parse(message, "g") is None


def test_times_keep_every_nanosecond() -> None:
    record = parse(
        '{"scope": {"name": "s"}, "traceId": "t", "spanId": "s", "name": "n", '
        '"startTimeUnixNano": 1795472333071771869, "endTimeUnixNano": "1795472333074992545"}',
        "g",
    )
    assert isinstance(record, Span)
    assert (record.start, record.end) == (1795472333071771869, 1795472333074992545)


DEFECTS = {
    "missing-event": (
        "LogEventMissingException",
        "Span with ID: f89030e58614af20 and name: invoke_agent SupportAgent is missing",
    ),
    "unknown-scope": ("ValidationException", "no spans with supported scope"),
    "no-agent-span": ("ValidationException", "No agent invocation span"),
    "parts-content": (
        "AgentSpanMappingException",
        "user_query from agent-span with spanId: da4f9cce2844587e",
    ),
    "empty-tool-output": (
        "ToolSpanMappingException",
        "tool_output from tool-span with spanId: 880554961583ad4f",
    ),
}


@pytest.mark.parametrize(("error", "told"), DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_fails_its_session_for_every_evaluator(
    request: pytest.FixtureRequest,
    logs: Any,
    world: Any,
    finished: Any,
    events: Any,
    split: dict[str, Any],
    error: str,
    told: str,
) -> None:
    case = request.node.callspec.id
    load_samples(logs, world.clock.now(), defects=True)
    answer = finished(
        source={**split, "filterConfig": {"sessionIds": [defect_session(case)]}},
        evaluators=[{"evaluatorId": "Builtin.Refusal"}, {"evaluatorId": "Builtin.GoalSuccessRate"}],
    )
    assert answer["status"] == "FAILED"
    assert answer["errorDetails"] == ["All 1 sessions failed during batch evaluation."]
    assert answer["evaluationResults"]["numberOfSessionsFailed"] == 1
    for summary in answer["evaluationResults"]["evaluatorSummaries"]:
        assert (summary["totalEvaluated"], summary["totalFailed"]) == (0, 1)
        assert "statistics" not in summary
    written = events(answer)
    assert len(written) == 2
    for event in written:
        assert event["attributes"]["error.type"] == error
        assert told in event["attributes"]["error.message"]


def defect_session(case: str) -> str:
    for line in (SAMPLES / "defects.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["case"] == case:
            return json.loads(entry["message"])["attributes"]["session.id"]
    raise AssertionError(case)


def test_event_records_without_spans_fail_only_when_named(
    logs: Any, world: Any, finished: Any, events: Any, split: dict[str, Any]
) -> None:
    load_samples(logs, world.clock.now(), defects=True)
    session = defect_session("event-without-span")
    answer = finished(source={**split, "filterConfig": {"sessionIds": [session]}})
    [event] = events(answer)
    assert event["attributes"]["error.message"] == (
        "Provided input contains 1 log event(s) but no span documents. Log events alone cannot be "
        "evaluated"
    )
    everything = finished("everything")
    assert everything["evaluationResults"]["totalNumberOfSessions"] == 7 + len(DEFECTS)


def test_defects_beside_good_sessions_leave_a_job_completed_with_errors(
    logs: Any, world: Any, start: Any, api: Any
) -> None:
    load_samples(logs, world.clock.now(), defects=True)
    identifier = start()["batchEvaluationId"]
    world.advance(10)
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert answer["status"] == "COMPLETED_WITH_ERRORS"
    assert answer["errorDetails"] == ["5 of 12 sessions failed during batch evaluation."]
    counts = answer["evaluationResults"]
    assert (counts["numberOfSessionsCompleted"], counts["numberOfSessionsFailed"]) == (7, 5)
    assert api.delete_batch_evaluation(batchEvaluationId=identifier)["status"] == "DELETING"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": "text"},
        {"input": {"messages": "text"}},
        {"output": {"messages": ["text"]}},
        "text",
    ],
    ids=["empty", "a side as text", "messages as text", "a message as text", "only text"],
)
def test_a_body_that_breaks_the_schema_fails_its_session(body: Any) -> None:
    records = [
        replace(one, body=body) if isinstance(one, EventRecord) else one for one in sample_records()
    ]
    for session in select(records, SPLIT).sessions:
        with pytest.raises(
            SessionError, match="Failed to parse event body for span with ID"
        ) as failure:
            read(session)
        assert failure.value.type == "SpanEventParsingException"


def agent_span(name: str, start: int, end: int, prompt: str, answer: str) -> Span:
    """A span in unified delivery, whose prompt is a bare string as some agents write it."""
    events = (
        {"name": "gen_ai.system.message", "attributes": {"content": "Be brief."}},
        {"name": "gen_ai.user.message", "attributes": {"content": "earlier"}},
        {"name": "gen_ai.user.message", "attributes": {"content": prompt}},
        {"name": "gen_ai.choice", "attributes": {"message": answer}},
    )
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.tools": ["lookup"]}
    return replace(span("s", end), span_id=name, start=start, attributes=attributes, events=events)


def read_one(*spans: Span) -> Session:
    [records] = select(spans, {"serviceNames": ["agent"]}).sessions
    return read(records)


def test_of_several_agents_in_a_trace_the_last_answer_counts() -> None:
    outer = agent_span("outer", 1, 9, "plan a trip", "Here is the trip.")
    inner = agent_span("inner", 2, 5, "find hotels", "Two hotels.")
    [turn] = read_one(outer, inner).turns
    assert (turn.prompt, turn.answer) == ("plan a trip", "Here is the trip.")
    assert (turn.span_id, turn.system, turn.tools_on_offer) == ("outer", "Be brief.", ("lookup",))


@pytest.mark.parametrize(
    ("prompt", "answer", "missing"),
    [
        ("", "Yes.", "user_query"),
        ('[{"image": {}}]', "Yes.", "user_query"),
        ("Can you?", " \n", "agent_response"),
    ],
    ids=["an empty prompt", "a prompt without text", "an empty answer"],
)
def test_what_is_missing_on_an_agent_span_is_named(prompt: str, answer: str, missing: str) -> None:
    with pytest.raises(
        SessionError, match=f"Failed to parse {missing} from agent-span with spanId: a "
    ) as failure:
        read_one(agent_span("a", 1, 2, prompt, answer))
    assert failure.value.type == "AgentSpanMappingException"


@pytest.mark.parametrize("prompt", ["[1, 2]", "7", "null", '{"a": 1}'])
def test_a_prompt_that_looks_like_json_stays_as_it_is(prompt: str) -> None:
    assert read_one(agent_span("a", 1, 2, prompt, "Yes.")).turns[0].prompt == prompt


@pytest.mark.parametrize("bare_first", [True, False], ids=["bare copy first", "bare copy last"])
def test_of_a_span_in_both_places_the_one_with_its_text_is_read(bare_first: bool) -> None:
    whole = agent_span("a", 1, 2, "Can you?", "Yes.")
    both = [whole, replace(whole, group="aws/spans", events=())]
    session = read_one(*(reversed(both) if bare_first else both))
    assert [turn.answer for turn in session.turns] == ["Yes."]


def test_prefixes_find_the_groups(finished: Any, unified: dict[str, Any]) -> None:
    source = {
        "serviceNames": unified["serviceNames"],
        "logGroupNamePrefixes": ["/aws/bedrock-agentcore/runtimes/support_agent_uni"],
    }
    assert finished(source=source)["evaluationResults"]["totalNumberOfSessions"] == 6


def test_groups_larger_than_one_query_are_read_whole(
    logs: Any, samples: Any, monkeypatch: pytest.MonkeyPatch, world: Any
) -> None:
    group = "/aws/bedrock-agentcore/runtimes/support_agent_unified-Ab3dE6gH9k-DEFAULT"
    now = world.clock.now()
    for offset in range(40):
        event = {"timestamp": round((now - 3600 + offset * 7) * 1000), "message": f"noise {offset}"}
        logs.put_log_events(logGroupName=group, logStreamName="spans", logEvents=[event])
    whole = list(sources.read_groups(logs, [group], "any", now))
    monkeypatch.setattr(sources, "MAX_ROWS", 52)
    assert len(whole) == 51
    assert list(sources.read_groups(logs, [group], "any", now)) == whole


def test_events_of_one_second_are_read_over_the_edge_of_a_query(
    logs: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.create_log_group(logGroupName="/g")
    logs.create_log_stream(logGroupName="/g", logStreamName="s")
    start = round(world.clock.now() * 1000) - 60_000
    record = {"scope": {"name": "s"}, "traceId": "t", "body": {}}
    events = [
        {"timestamp": start + n * 300, "message": json.dumps({**record, "spanId": str(n)})}
        for n in range(30)
    ]
    logs.put_log_events(logGroupName="/g", logStreamName="s", logEvents=events)
    monkeypatch.setattr(sources, "MAX_ROWS", 7)
    found = sources.read_groups(logs, ["/g"], "any", world.clock.now())
    assert [one.span_id for one in found] == [str(n) for n in reversed(range(30))]


def test_the_shared_span_group_is_not_needed(
    finished: Any, logs: Any, unified: dict[str, Any], samples: Any
) -> None:
    logs.delete_log_group(logGroupName="aws/spans")
    assert finished(source=unified)["evaluationResults"]["totalNumberOfSessions"] == 6


def test_the_samples_are_where_the_loader_looks() -> None:
    assert sorted(path.name for path in Path(SAMPLES).iterdir()) == [
        "README.md",
        "defects.jsonl",
        "ground-truth.json",
        "split-events.jsonl",
        "split-spans.jsonl",
        "unified-spans.jsonl",
    ]
