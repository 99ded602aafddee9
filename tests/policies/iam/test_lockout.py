"""KMS's check that the caller can still change the key policy."""

import pytest

from policies.iam import AppliedAs, Policies, would_lock_out

CHECK = "docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
DEFAULT = "docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"

IAM = "arn:aws:iam::111122223333"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/0c3f1c9e-9d7a-4f0c-8b8e-2f4a5b6c7d8e"
ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _grant(named, *actions, **more):
    return {
        "Effect": "Allow",
        "Principal": named,
        "Action": list(actions),
        "Resource": "*",
        **more,
    }


@pytest.mark.parametrize(
    ("statement", "identity", "locked_out", "page"),
    [
        pytest.param(
            _grant({"AWS": f"{IAM}:role/deploy"}, "kms:PutKeyPolicy"),
            None,
            False,
            CHECK,
            id="caller may put the policy",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:role/deploy"}, "kms:Put*"),
            None,
            False,
            CHECK,
            id="caller may by a wildcard",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:role/deploy"}, "kms:Decrypt"),
            ADMINISTRATOR,
            True,
            CHECK,
            id="nobody may put the policy",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:role/security"}, "kms:*"),
            ADMINISTRATOR,
            True,
            CHECK,
            id="only another role may",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:root"}, "kms:*"),
            ADMINISTRATOR,
            False,
            DEFAULT,
            id="account principal and identity policy",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:root"}, "kms:*"),
            None,
            True,
            DEFAULT,
            id="account principal without identity policy",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:root"}, "kms:Describe*"),
            ADMINISTRATOR,
            True,
            DEFAULT,
            id="account principal without PutKeyPolicy",
        ),
        pytest.param(
            _grant({"AWS": f"{IAM}:root"}, "kms:*"),
            ADMINISTRATOR | {"Effect": "Deny"},
            True,
            CHECK,
            id="identity policy denies",
        ),
        pytest.param(
            _grant({"Service": "s3.amazonaws.com"}, "kms:*"),
            ADMINISTRATOR,
            True,
            CHECK,
            id="only a service may",
        ),
        pytest.param(
            _grant("*", "kms:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": True}}),
            None,
            True,
            CHECK,
            id="condition that the caller does not meet",
        ),
    ],
)
def test_lock_out(policy, principal, statement, identity, locked_out, page):
    own = Policies(identity=(policy("IDENTITY", identity),) if identity else ())
    key = policy("KEY", statement)
    lockout = would_lock_out(key, principal("role/deploy"), own, key_arn=KEY_ARN)
    assert (lockout is not None) is locked_out, page


def test_the_refusal_is_kmss_and_says_what_is_missing(policy, principal):
    key = policy("KEY", _grant({"AWS": f"{IAM}:role/deploy"}, "kms:Decrypt"))
    lockout = would_lock_out(key, principal("role/deploy"), Policies(), key_arn=KEY_ARN)
    assert lockout is not None
    assert lockout.code == "MalformedPolicyDocumentException"
    assert lockout.message.startswith("The new key policy will not allow you to update")
    assert lockout.decision.missing is AppliedAs.RESOURCE


def test_a_service_control_policy_can_lock_out(policy, principal):
    own = Policies(
        identity=(policy("IDENTITY", ADMINISTRATOR),),
        service_control=((policy("SERVICE_CONTROL", ADMINISTRATOR | {"Action": "s3:*"}),),),
    )
    key = policy("KEY", _grant({"AWS": f"{IAM}:root"}, "kms:*"))
    assert would_lock_out(key, principal("role/deploy"), own, key_arn=KEY_ARN), CHECK


def test_the_context_of_the_request_counts(policy, principal):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    key = policy("KEY", _grant("*", "kms:*", Condition=condition))
    context = {"aws:MultiFactorAuthPresent": True}
    deploy = principal("role/deploy")
    assert not would_lock_out(key, deploy, Policies(), key_arn=KEY_ARN, context=context), CHECK
