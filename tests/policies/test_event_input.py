"""What a trigger hands to its target, read as JSON."""

import pytest

from policies.analysis.event_input import (
    FromEvent,
    NoJsonError,
    member,
    read_json,
    read_template,
    texts_in,
)

PATHS = {"at": "$.time", "do": "$.detail.operation"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ('{"operation": "Export"}', {"operation": "Export"}),
        ('{"operation": <do>}', {"operation": FromEvent("$.detail.operation")}),
        ('{"operation": "<do>"}', {"operation": FromEvent("$.detail.operation")}),
        ('{"note": "at <at>, in full"}', {"note": FromEvent("$.time")}),
        ('{"quoted \\" <at>": 1}', {'quoted " <$.time>': 1}),
        ("<do>", FromEvent("$.detail.operation")),
        ('"all of <do>"', FromEvent("$.detail.operation")),
        ('"one line"\n"at <at>"', FromEvent("$.time")),
        ('{"own": <aws.events.event.json>}', {"own": FromEvent("aws.events.event.json")}),
        ('[<$.body.a>, {"b": <$.body.b>}]', [FromEvent("$.body.a"), {"b": FromEvent("$.body.b")}]),
        ('{"a": "less < than > more"}', {"a": "less < than > more"}),
    ],
)
def test_a_template_says_what_comes_from_the_event(template: str, value: object) -> None:
    assert read_template(template, PATHS) == value


@pytest.mark.parametrize("text", ["", "{", "{operation: Export}", "Export", "[1,", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NoJsonError):
        read_json(text)
    with pytest.raises(NoJsonError):
        read_template(text or "{", {})


def test_texts_are_found_in_members_names_and_texts_of_json() -> None:
    value = {"a": ["b", {"c": 1}], "payload": '{"d": "\\u0065"}', "broken": "{f"}
    assert [*texts_in(value)] == [
        "a",
        "b",
        "c",
        "payload",
        '{"d": "\\u0065"}',
        "d",
        "e",
        "broken",
        "{f",
    ]


def test_a_member_has_no_case_and_may_be_within_a_text() -> None:
    assert member({"FunctionName": "a"}, "functionname") == "a"
    assert member('{"Operation": "b"}', "operation") == "b"
    assert member("b", "operation") is None
    assert member(None, "operation") is None
