"""Why a decision is what it is, as data and for people."""

import pytest

from policies.iam import Policies, Request, explain, is_authorized

ROLE = "arn:aws:iam::111122223333:role/app"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/0c3f1c9e-9d7a-4f0c-8b8e-2f4a5b6c7d8e"


@pytest.fixture
def policies(policy):
    key = policy(
        "KEY",
        {
            "Sid": "AllowUse",
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {
                "StringLike": {"kms:EncryptionContext:app": ["a*", "b"]},
                "Bool": {"aws:SecureTransport": "true"},
            },
        },
        {
            "Sid": "AllowOthers",
            "Effect": "Allow",
            "Principal": {"AWS": f"{ROLE}2"},
            "Action": "kms:Encrypt",
            "Resource": "*",
        },
        name="evaluation",
    )
    identity = policy("IDENTITY", {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
    return Policies(identity=(identity,), resource=key)


def test_a_denial_is_explained_by_the_condition_that_failed(policies, principal):
    context = {"kms:EncryptionContext:app": "c", "aws:SecureTransport": True}
    text = explain(Request(principal("role/app"), "kms:Decrypt", KEY_ARN, context), policies)
    assert (
        text
        == f"""\
ImplicitlyDenied: User: arn:aws:sts::111122223333:assumed-role/app/session is not authorized to \
perform: kms:Decrypt on resource: {KEY_ARN} because no resource-based policy allows the \
kms:Decrypt action

principal  arn:aws:sts::111122223333:assumed-role/app/session of {ROLE}
action     kms:Decrypt
resource   {KEY_ARN} of 111122223333
  aws:principalaccount = 111122223333
  aws:principalarn = {ROLE}
  aws:principalisawsservice = false
  aws:principaltype = AssumedRole
  aws:resourceaccount = 111122223333
  aws:securetransport = true
  kms:calleraccount = 111122223333
  kms:encryptioncontext:app = c

key policy "evaluation"
    statement 0 (AllowUse): Allow, a condition fails
      FAILS: StringLike kms:EncryptionContext:app wants "a*" or "b", found "c"
      holds: Bool aws:SecureTransport wants "true", found "true"
    statement 1 (AllowOthers): Allow, does not cover the principal and the action

identity policy
    statement 0: Deny, does not cover the action"""
    )


def test_an_allowance_marks_the_statement_that_decided(policies, principal):
    context = {"kms:EncryptionContext:app": "abc", "aws:SecureTransport": True}
    text = explain(Request(principal("role/app"), "kms:Decrypt", KEY_ARN, context), policies)
    assert text.startswith('Allowed: allowed by key policy "evaluation", statement 0 (AllowUse)\n')
    assert "  > statement 0 (AllowUse): Allow, applies\n" in text


def test_near_misses_are_allow_statements_that_only_a_condition_keeps_out(policies, principal):
    decision = is_authorized(Request(principal("role/app"), "kms:Decrypt", KEY_ARN), policies)
    (miss,) = decision.near_misses
    assert miss.ruling.statement.sid == "AllowUse"
    assert [(str(failed.condition.key), failed.found) for failed in miss.failed_conditions] == [
        ("kms:EncryptionContext:app", ()),
        ("aws:SecureTransport", ()),
    ]
    assert str(miss.failed_conditions[0]) == (
        'StringLike kms:EncryptionContext:app wants "a*" or "b", found no such key in the request'
    )


def test_a_denial_by_another_policy_has_no_near_misses(policies, principal):
    decision = is_authorized(Request(principal("role/app"), "iam:GetRole", ROLE), policies)
    assert decision.outcome.value == "ExplicitlyDenied"
    assert decision.near_misses == ()
