"""Rules one by one, each resource behind the proxies that Pulumi puts before unknown values."""

from typing import Any

import pytest
from pulumi_policy import PolicyResourceOptions, ResourceValidationArgs
from pulumi_policy.policy import PolicyCustomTimeouts, _NotApplicableError
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from policies.framework.rule import ResourceRule
from policies.rules.key.rotation import KEY_ROTATION
from tests.harness import run_stack
from tests.policies.pack import UNKNOWN, judge, registrations

KEY = "aws:kms/key:Key"


def validate(rule: ResourceRule, type_: str, props: dict[str, Any], **config: Any) -> list[str]:
    """The messages of a rule about one resource."""
    messages: list[str] = []
    options = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    proxied = unknown_checking_proxy(props)
    urn = f"urn:pulumi:prod::project::{type_}::it"
    args = ResourceValidationArgs(type_, proxied, urn, "it", options, None, config)
    rule.validate(args, lambda message, _=None: messages.append(message))
    return messages


def test_a_rotated_key_complies() -> None:
    assert validate(KEY_ROTATION, KEY, {"enableKeyRotation": True}) == []


def test_a_key_that_is_not_rotated_is_told_what_to_write() -> None:
    assert validate(KEY_ROTATION, KEY, {}) == ["it: enableKeyRotation is absent; write true"]


def test_a_longer_period_than_configured_violates() -> None:
    props = {"enableKeyRotation": True, "rotationPeriodInDays": 365.0}
    assert validate(KEY_ROTATION, KEY, props, maxDays=180.0) == [
        "it: rotationPeriodInDays is 365; write at most 180"
    ]


def test_a_misspelt_parameter_is_reported_by_rules_of_both_sorts() -> None:
    sound = {"enableKeyRotation": True}
    assert validate(KEY_ROTATION, KEY, sound, maxDay=180.0) == [
        "configuration: expected maxDays or exceptions, found maxDay"
    ]
    rule = "controller-concurrency"
    ours = registrations(run_stack("prod"))
    (report,) = judge(ours, {rule: {"maxConcurency": 2}}, only=rule).violations
    assert report.message.endswith(
        "expected maxConcurrency or ephemeralStacks or exceptions, found maxConcurency"
    )


def test_an_unknown_value_is_waited_for_by_name() -> None:
    with pytest.raises(UnknownValueError) as caught:
        validate(KEY_ROTATION, KEY, {"enableKeyRotation": UNKNOWN})
    assert caught.value.message == "it: enableKeyRotation is not known during preview"


@pytest.mark.parametrize(
    ("type_", "props", "reason"),
    [
        ("aws:s3/bucket:Bucket", {}, "is about kms.Key"),
        (KEY, {"customerMasterKeySpec": "HMAC_256"}, "KMS rotates symmetric keys only"),
        (KEY, {"customKeyStoreId": "cks-1"}, "KMS does not rotate keys of a custom key store"),
    ],
)
def test_what_the_rule_is_not_about(type_: str, props: dict[str, Any], reason: str) -> None:
    with pytest.raises(_NotApplicableError) as caught:
        validate(KEY_ROTATION, type_, props)
    assert caught.value.reason is not None
    assert caught.value.reason.startswith(reason)
