"""OpenInference's conventions.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-generic.html has
the attributes, https://arize-ai.github.io/openinference/spec/semantic_conventions.html their forms.
"""

import re
from collections import defaultdict
from collections.abc import Callable

from local.services.agentcore.frameworks import event_records
from local.services.agentcore.frameworks.framework import Kind, Message, Pick, Source
from local.services.agentcore.frameworks.gen_ai import attribute
from local.services.agentcore.frameworks.text import parsed
from local.services.agentcore.records import EventRecord, Span

_KINDS: dict[str, Kind] = {"AGENT": "agent", "CHAIN": "agent", "TOOL": "tool", "LLM": "model"}
_FIELD = re.compile(
    r"llm\.(?:input|output)_messages\.(\d+)\.message\."
    r"(role|content|contents\.(\d+)\.message_content\.text)"
)


def kind(span: Span) -> Kind | None:
    return _KINDS.get(str(span.attributes.get("openinference.span.kind")))


def indexed(prefix: str, role: str) -> Source:
    """Return the source that reads messages whose members are attributes with a number."""

    def source(span: Span, _: EventRecord | None) -> list[Message]:
        roles: dict[int, str] = {}
        whole: dict[int, str] = {}
        blocks: defaultdict[int, dict[int, str]] = defaultdict(dict)
        for name, value in span.attributes.items():
            match = _FIELD.fullmatch(name) if name.startswith(prefix) else None
            if match is None:
                continue
            number = int(match[1])
            if match[2] == "role":
                roles[number] = str(value)
            elif match[2] == "content":
                whole[number] = str(value)
            else:
                blocks[number][int(match[3])] = str(value)
        found = sorted({*whole, *blocks})
        return [(roles.get(one, role), whole.get(one) or _joined(blocks[one])) for one in found]

    return source


def _joined(blocks: dict[int, str]) -> str:
    return "\n".join(blocks[number] for number in sorted(blocks))


def last_plain_text(messages: list[Message]) -> str | None:
    """Pick the last input message that is no JSON.

    AWS's distribution puts the serialized request beside its messages into the event record, and
    gives every input message the role `user`.
    """
    texts = [text for role, text in messages if role in ("user", "human")]
    plain = (text for text in reversed(texts) if not isinstance(parsed(text), dict | list))
    return next(plain, texts[-1] if texts else None)


def last_answer(unwrapped: Callable[[str], str | None]) -> Pick:
    """Return a function that picks the last text that `unwrapped` makes of an answer."""

    def pick(messages: list[Message]) -> str | None:
        return next((text for _, one in reversed(messages) if (text := unwrapped(one))), None)

    return pick


VALUE_IN = (attribute("input.value", "user"), event_records.INPUT)
VALUE_OUT = (attribute("output.value", "assistant"), event_records.OUTPUT)
MESSAGES_IN = (indexed("llm.input_messages.", "user"), event_records.INPUT)
MESSAGES_OUT = (indexed("llm.output_messages.", "assistant"), event_records.OUTPUT)
