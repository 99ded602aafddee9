"""A key policy may name its key by ARN: rules say the same of it as of `*`.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

import json
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

from tests.harness import run_program
from tests.policies.edits import Program
from tests.policies.foreign_programs import KMS_DEFAULT, document
from tests.policies.pack import judge, registrations
from tests.policies.small_programs import BOUND, ROLE, SERVICE, START, caller, function, nightly
from tests.policies.test_violations import registered

LOOSE = (KMS_DEFAULT, SERVICE, caller(ROLE))
GRANTING = (KMS_DEFAULT, SERVICE | {"Condition": BOUND}, caller(ROLE, "kms:*"))
NOBODY = (SERVICE, caller(ROLE))


def program(statements: tuple[dict[str, Any], ...], *, by_arn: bool) -> Callable[[], None]:
    """A key whose policy, in a resource of its own, is about `*` or about its ARN."""

    def make() -> None:
        key = aws.kms.Key("key", enable_key_rotation=True)
        function(nightly(START), KEY=key.arn)
        text = key.arn.apply(
            lambda arn: document(*({**s, "Resource": arn if by_arn else "*"} for s in statements))
        )
        aws.kms.KeyPolicy("who", key_id=key.key_id, policy=text)

    return make


def violated(make: Callable[[], None]) -> set[str]:
    """The rules that are violated once all is made."""
    return {each.rule for each in judge(registrations(run_program(make))).violations}


@pytest.mark.parametrize("statements", [LOOSE, GRANTING, NOBODY], ids=["loose", "all", "nobody"])
def test_the_same_is_said_of_the_keys_own_arn_as_of_a_wildcard(
    statements: tuple[dict[str, Any], ...],
) -> None:
    found = violated(program(statements, by_arn=True))
    assert found == violated(program(statements, by_arn=False))
    assert ("key-administered" in found) is (statements is NOBODY)
    assert {"evaluation-key-caller-context", "evaluation-key-minimum"} <= found


def test_our_keys_are_clean_by_their_own_arn() -> None:
    resources = Program(registered("prod", preview=False)).resources
    keys = [each for each in resources if each.type == "aws:kms/key:Key"]
    assert keys
    for key in keys:
        text = key.inputs["policy"]
        own = json.dumps(
            json.loads(text)
            | {
                "Statement": [
                    {**each, "Resource": key.outputs["arn"]}
                    for each in json.loads(text)["Statement"]
                ]
            }
        )
        key.inputs["policy"] = key.outputs["policy"] = own
    assert judge(resources).violations == []
