"""Messages name what their reader has: no name that a proof made up, and none that is empty."""

from collections.abc import Callable

import pytest

from policies.analysis.examples import in_words, patterns
from tests.harness import ACCOUNT, run_program
from tests.policies.messages import MADE_UP
from tests.policies.pack import judge, registrations
from tests.policies.small_programs import BY_WILDCARD, PROGRAMS
from tests.policies.test_foreign_programs import evaluations, loose_key

HERE = f"us-east-1:{ACCOUNT}"
GROUP = f"arn:aws:logs:{HERE}:log-group:results"


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (f"arn:aws:kms:x:{ACCOUNT}:key/x", f"<a key in account {ACCOUNT}>"),
        (f"arn:aws:kms::{ACCOUNT}:x", f"<a resource of kms in account {ACCOUNT}>"),
        (f"arn:aws:iam::{ACCOUNT}:role/x", f"<a role in account {ACCOUNT}>"),
        (f"arn:aws:iam::{ACCOUNT}:role/nightly", f"arn:aws:iam::{ACCOUNT}:role/nightly"),
        ("arn:aws:s3:::exports/", "arn:aws:s3:::exports/*"),
        (f"arn:aws:sqs::{ACCOUNT}:failed", f"arn:aws:sqs:<Region>:{ACCOUNT}:failed"),
        ("x.amazonaws.com", "<a service>"),
        ("dynamodb:x", "<an action of dynamodb>"),
        ("kms:Decrypt", "kms:Decrypt"),
        ("true", "true"),
    ],
)
def test_an_example_is_said_in_words(example: str, said: str) -> None:
    assert in_words(example) == said


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (f"on {GROUP}:log-stream:any, allowed", f"on {GROUP}:log-stream:*, allowed"),
        ("arn:aws:s3:::exports/any", "arn:aws:s3:::exports/*"),
        ("any role, anybody: any", "any role, anybody: any"),
        ("arn:aws:s3:::anybody/company", "arn:aws:s3:::anybody/company"),
    ],
)
def test_what_is_asked_about_is_written_as_a_pattern(asked: str, written: str) -> None:
    assert patterns(asked) == written


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize(
    "program", [*PROGRAMS, *BY_WILDCARD, loose_key, evaluations], ids=lambda each: each.__name__
)
def test_no_message_about_a_small_program_has_a_made_up_name(
    program: Callable[[], None], preview: bool
) -> None:
    resources = registrations(run_program(program, stack="live", preview=preview))
    messages = [each.message for each in judge(resources).reports]
    assert messages
    assert [found for each in messages for found in MADE_UP.findall(each)] == []
