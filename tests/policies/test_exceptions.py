"""Exceptions from rules: while they hold, after they have expired, and when they are wrong."""

from typing import Any

import pytest

from tests.harness import run_stack
from tests.policies.edits import Program, put
from tests.policies.pack import Judgement, judge, registrations

VERSIONING, ROTATION = "output-bucket-versioning", "key-rotation"
BUCKET, KEY = "batch-evaluation-output-bucket", "batch-evaluation-evaluation-key-key"


def exception(resource: str, expires: str = "9999-12-31", **changes: Any) -> dict[str, Any]:
    given = {"name": "SEC-812", "resource": resource, "reason": "of a test", "expires": expires}
    return {**given, **changes}


@pytest.fixture(scope="module")
def weak() -> Program:
    """Our stack without versions and rotation."""
    program = Program(registrations(run_stack("prod")))
    put("output-versioning", "versioningConfiguration.status", "Suspended")(program)
    put("evaluation-key-key", "enableKeyRotation", False)(program)
    return program


def judged(weak: Program, rule: str, *exceptions: Any) -> Judgement:
    return judge(weak.resources, {rule: {"exceptions": list(exceptions)}}, only=rule)


@pytest.mark.parametrize(("rule", "resource"), [(VERSIONING, BUCKET), (ROTATION, KEY)])
def test_without_an_exception_it_is_a_violation(weak: Program, rule: str, resource: str) -> None:
    (report,) = judged(weak, rule).violations
    assert resource in report.message


@pytest.mark.parametrize(("rule", "resource"), [(VERSIONING, BUCKET), (ROTATION, KEY)])
def test_an_exception_holds_and_is_seen(weak: Program, rule: str, resource: str) -> None:
    judgement = judged(weak, rule, exception(resource))
    assert judgement.violations == []
    words = f"{resource}: exception SEC-812 until 9999-12-31: of a test"
    assert words in judgement.inapplicable[rule]


@pytest.mark.parametrize(("rule", "resource"), [(VERSIONING, BUCKET), (ROTATION, KEY)])
def test_an_expired_exception_is_a_violation_beside_the_one_it_was_from(
    weak: Program, rule: str, resource: str
) -> None:
    expired, own = judged(weak, rule, exception(resource, "2000-01-31")).violations
    assert f"{resource}: exception SEC-812 (of a test) expired on 2000-01-31" in expired.message
    assert resource in own.message


def test_an_expired_exception_is_a_violation_though_the_resource_complies() -> None:
    sound = Program(registrations(run_stack("prod")))
    (report,) = judged(sound, VERSIONING, exception(BUCKET, "2000-01-31")).violations
    assert "expired on 2000-01-31" in report.message


def test_an_exception_by_urn_holds(weak: Program) -> None:
    urn = weak.one("output-bucket").urn
    assert judged(weak, VERSIONING, exception(urn)).violations == []


def test_an_exception_is_for_one_resource(weak: Program) -> None:
    assert len(judged(weak, VERSIONING, exception("another-bucket")).violations) == 1
    assert len(judged(weak, VERSIONING, exception("batch-evaluation-output-*")).violations) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (exception(BUCKET, "soon"), "exceptions[0].expires: expected a day as YYYY-MM-DD"),
        (exception(BUCKET, reason=""), "exceptions[0]: expected the texts name, resource, reason"),
        ({"resource": BUCKET}, "exceptions[0]: expected the texts name, resource, reason"),
        (exception(BUCKET, approver="me"), "exceptions[0]: expected the texts name, resource"),
        ("SEC-812", "exceptions[0]: expected the texts name, resource, reason, expires"),
    ],
    ids=["no day", "no reason", "members missing", "a member too many", "no object"],
)
def test_an_exception_that_cannot_be_used_is_a_violation(
    weak: Program, given: Any, message: str
) -> None:
    wrong, own = judged(weak, VERSIONING, given).violations
    assert message in wrong.message
    assert BUCKET in own.message


def test_a_report_is_printable_text_on_one_line(weak: Program) -> None:
    """The engine prints messages as they are, and values of the program stand in them."""
    hostile = "a\nb\r\x1b]0;t\x07\x9b2J\u202e\u2028"
    exceptions = exception(BUCKET, "2000-01-31", reason=hostile), {hostile: hostile}
    reports = judged(weak, VERSIONING, *exceptions).violations
    named = Program(registrations(run_stack("prod")))
    put("output-bucket", "bucket", hostile)(named)
    put("output-versioning", "versioningConfiguration.status", hostile)(named)
    reports += judge(named.resources, {}).violations
    # Pulumi puts the rule's description on a line of its own before the message.
    said = [each.message.partition("\n")[2] for each in reports]
    assert [each for each in said if "]0;t" in each] != []
    assert [each for each in said if not each.isprintable()] == []
