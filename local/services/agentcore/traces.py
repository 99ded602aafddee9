"""One trace as a turn: what the user asked, which tools were called, what was answered.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks.html. The prompt
is the first agent's, the answer the last one's: a supervisor ends after its sub-agents, so what a
sub-agent leaves empty matters to nobody. Where the agent spans of a trace are containers, both come
from its inference spans, and in the last resort from the attributes of AgentCore's SDK.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local.services.agentcore.conversation import ToolCall, Turn
from local.services.agentcore.frameworks.event_records import unparsed
from local.services.agentcore.frameworks.framework import (
    AgentCall,
    Call,
    ModelCall,
    Reader,
    missing_record,
    unmapped_agent,
)
from local.services.agentcore.frameworks.generic import invocation
from local.services.agentcore.frameworks.registry import reader_of
from local.services.agentcore.records import EventRecord, Span

Events = Mapping[tuple[str, str], EventRecord]


@dataclass
class Trace:
    """The calls of one trace, each kind in the order of its starts."""

    spans: Sequence[Span]
    agents: list[AgentCall] = field(default_factory=list[AgentCall])
    models: list[ModelCall] = field(default_factory=list[ModelCall])
    tools: list[ToolCall] = field(default_factory=list[ToolCall])

    @property
    def empty(self) -> bool:
        return not (self.agents or self.models or self.tools)

    def turn(self, events: Events) -> Turn | None:
        """Return the turn, None without an agent span; raises SessionError."""
        if not self.agents:
            return None
        # Of spans that start together the outer one ends later.
        agents = sorted(self.agents, key=lambda agent: (agent.span.start, -agent.span.end))
        ended = max(agents, key=lambda agent: agent.span.end)
        asked = next((one for one in agents if one.prompt is not None), None)
        answered = max(
            (one for one in agents if one.answer is not None),
            key=lambda agent: agent.span.end,
            default=None,
        )
        prompt = asked.prompt if asked else self._model_prompt()
        answer = answered.answer if answered else self._model_answer()
        if not prompt:
            raise self._unreadable(asked or agents[0], "user_query", events)
        if not answer:
            raise self._unreadable(answered or ended, "agent_response", events)
        return Turn(
            ended.span.trace_id,
            (answered or ended).span.span_id,
            prompt,
            answer,
            self._first_system(asked),
            self._tools_on_offer(asked),
            tuple(self.tools),
            ended.span.end,
        )

    def _model_prompt(self) -> str | None:
        found = next((model.prompt for model in self.models if model.prompt), None)
        return found or self._invocation(0)

    def _model_answer(self) -> str | None:
        found = next((model.answer for model in reversed(self.models) if model.answer), None)
        return found or self._invocation(1)

    def _invocation(self, index: int) -> str | None:
        found = (invocation(span) for span in self.spans)
        return next((one[index] for one in found if one), None)

    def _first_system(self, asked: AgentCall | None) -> str:
        calls = (*([asked] if asked else []), *self.agents, *self.models)
        return next((call.system for call in calls if call.system), "")

    def _tools_on_offer(self, asked: AgentCall | None) -> tuple[str, ...]:
        calls = (*([asked] if asked else []), *self.agents, *self.models)
        return next((call.tools_on_offer for call in calls if call.tools_on_offer), ())

    def _unreadable(self, agent: AgentCall, value: str, events: Events) -> Exception:
        """Return the error for a missing text: of the agent span, or its event record's absence."""
        for call in (*self.agents, *self.models):
            place = (call.span.trace_id, call.span.span_id)
            if not call.complete and place not in events:
                return missing_record(call.span)
        return unmapped_agent(agent.span, value)


def read_trace(spans: Sequence[Span], events: Events) -> Trace:
    """Return the calls of a trace, whose spans are in the order of their starts."""
    trace = Trace(spans)
    for span in spans:
        reader = reader_of(span.scope)
        record = events.get((span.trace_id, span.span_id))
        call = _read(reader, span, record) if reader else None
        if isinstance(call, AgentCall):
            trace.agents.append(call)
        elif isinstance(call, ModelCall):
            trace.models.append(call)
        elif call is not None:
            trace.tools.append(call)
    if not trace.agents:
        trace.agents += _invocations(spans)
    return trace


def _read(reader: Reader, span: Span, record: EventRecord | None) -> Call | None:
    try:
        return reader.read(span, record)
    except RecursionError:
        raise unparsed(span.span_id) from None


def _invocations(spans: Sequence[Span]) -> list[AgentCall]:
    """Return the agent calls of a trace without an agent span, from any scope's attributes."""
    found = ((span, invocation(span)) for span in spans)
    return [AgentCall(span, one[0], one[1]) for span, one in found if one]
