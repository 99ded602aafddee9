"""Decisions about KMS keys, on the key policy of an evaluation key."""

import pytest

from policies.iam import Policies, Request, is_authorized

KMS = "docs.aws.amazon.com/kms/latest/developerguide/"
KEY_POLICIES = f"{KMS}key-policies.html"
OVERVIEW = f"{KMS}key-policy-overview.html"
DEFAULT = f"{KMS}key-policy-default.html"
FOREIGN = f"{KMS}key-policy-modifying-external-accounts.html"
LEAST = f"{KMS}least-privilege.html"
CONDITIONS = f"{KMS}conditions-kms.html"
EVALUATIONS = (
    "docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html"
)

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0c3f1c9e-9d7a-4f0c-8b8e-2f4a5b6c7d8e"
RUN = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/nightly-AbCdEf1234"
CONTEXT = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
PATTERN = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/*"
SERVICE = "bedrock-agentcore.amazonaws.com"

STATEMENTS = (
    {
        "Sid": "AllowCallerAccess",
        "Effect": "Allow",
        "Principal": {"AWS": f"{IAM}:role/caller"},
        "Action": "kms:DescribeKey",
        "Resource": "*",
    },
    {
        "Sid": "AllowCallerCryptoOps",
        "Effect": "Allow",
        "Principal": {"AWS": f"{IAM}:role/caller"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringLike": {CONTEXT: PATTERN}},
    },
    {
        "Sid": "AllowServicePrincipalAccess",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": PATTERN},
        },
    },
    {
        "Sid": "AllowKeyAdministration",
        "Effect": "Allow",
        "Principal": {"AWS": f"{IAM}:root"},
        "Action": ["kms:PutKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion"],
        "Resource": "*",
    },
)
ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OWN = {CONTEXT: RUN}
SOURCE = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": RUN}


@pytest.mark.parametrize(
    ("who", "action", "context", "administers", "expected", "page"),
    [
        pytest.param(
            "role/caller",
            "kms:Decrypt",
            OWN,
            False,
            True,
            EVALUATIONS,
            id="caller decrypts under an evaluation's context",
        ),
        pytest.param(
            "role/caller",
            "kms:GenerateDataKey",
            OWN,
            False,
            True,
            KEY_POLICIES,
            id="key policy alone suffices for a role in the account",
        ),
        pytest.param(
            "role/caller", "kms:Decrypt", {}, False, False, CONDITIONS, id="caller without context"
        ),
        pytest.param(
            "role/caller",
            "kms:Decrypt",
            {CONTEXT: "arn:aws:s3:::b"},
            False,
            False,
            CONDITIONS,
            id="caller with a foreign context",
        ),
        pytest.param(
            "role/caller",
            "kms:Decrypt",
            {CONTEXT.upper(): RUN},
            False,
            True,
            CONDITIONS,
            id="name of the context pair in another case",
        ),
        pytest.param(
            "role/caller",
            "kms:Decrypt",
            {CONTEXT: RUN.upper()},
            False,
            False,
            CONDITIONS,
            id="value of the context pair in another case",
        ),
        pytest.param(
            "role/caller",
            "kms:Decrypt",
            {**OWN, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b/k"},
            False,
            True,
            CONDITIONS,
            id="caller through S3, which appends a pair",
        ),
        pytest.param(
            "role/caller",
            "kms:DescribeKey",
            {},
            False,
            True,
            LEAST,
            id="caller describes the key without context",
        ),
        pytest.param(
            "role/caller", "kms:Encrypt", OWN, False, False, EVALUATIONS, id="caller has no Encrypt"
        ),
        pytest.param(
            "role/caller",
            "kms:PutKeyPolicy",
            {},
            False,
            False,
            DEFAULT,
            id="caller is no administrator",
        ),
        pytest.param(
            "role/caller", "kms:CreateGrant", {}, True, False, DEFAULT, id="nobody creates grants"
        ),
        pytest.param(
            "role/other", "kms:Decrypt", OWN, False, False, KEY_POLICIES, id="another role"
        ),
        pytest.param(
            "role/other",
            "kms:Decrypt",
            OWN,
            True,
            False,
            KEY_POLICIES,
            id="identity policies cannot grant what the key policy does not delegate",
        ),
        pytest.param(
            "user/deployer",
            "kms:PutKeyPolicy",
            {},
            True,
            True,
            DEFAULT,
            id="identity policy allows what is delegated to the account",
        ),
        pytest.param(
            "user/deployer",
            "kms:PutKeyPolicy",
            {},
            False,
            False,
            DEFAULT,
            id="delegation grants nobody anything by itself",
        ),
        pytest.param(
            "user/deployer",
            "kms:Decrypt",
            OWN,
            True,
            False,
            DEFAULT,
            id="administrator cannot decrypt",
        ),
        pytest.param(
            "root",
            "kms:PutKeyPolicy",
            {},
            False,
            True,
            DEFAULT,
            id="root user by the account principal",
        ),
        pytest.param(
            "root", "kms:Decrypt", OWN, False, False, KEY_POLICIES, id="root user without statement"
        ),
        pytest.param(
            SERVICE,
            "kms:GenerateDataKey",
            SOURCE,
            False,
            True,
            EVALUATIONS,
            id="service for an evaluation of the account",
        ),
        pytest.param(
            SERVICE,
            "kms:Decrypt",
            {**SOURCE, "aws:SourceAccount": "444455556666"},
            False,
            False,
            LEAST,
            id="service for another account",
        ),
        pytest.param(
            SERVICE,
            "kms:Decrypt",
            {"aws:SourceAccount": ACCOUNT},
            False,
            False,
            LEAST,
            id="service without source",
        ),
        pytest.param(
            SERVICE,
            "kms:Decrypt",
            {**SOURCE, "aws:SourceArn": RUN.replace("batch-evaluate", "evaluator")},
            False,
            False,
            LEAST,
            id="service for another type of resource",
        ),
        pytest.param(
            "s3.amazonaws.com", "kms:Decrypt", SOURCE, False, False, LEAST, id="another service"
        ),
        pytest.param(
            SERVICE,
            "kms:DescribeKey",
            SOURCE,
            False,
            False,
            EVALUATIONS,
            id="service does not describe the key",
        ),
        pytest.param("*", "kms:DescribeKey", {}, False, False, OVERVIEW, id="unsigned"),
    ],
)
def test_evaluation_key(policy, principal, who, action, context, administers, expected, page):
    identity = (policy("IDENTITY", ADMINISTRATOR),) if administers else ()
    policies = Policies(identity, policy("KEY", *STATEMENTS))
    decision = is_authorized(Request(principal(who), action, KEY_ARN, context), policies)
    assert decision.allowed is expected, page


@pytest.mark.parametrize(
    ("named", "identity", "expected", "page"),
    [
        pytest.param("444455556666", True, True, FOREIGN, id="account named, identity allows"),
        pytest.param("444455556666", False, False, FOREIGN, id="account named, identity does not"),
        pytest.param(
            "arn:aws:iam::444455556666:role/r",
            False,
            False,
            FOREIGN,
            id="role named, identity does not",
        ),
        pytest.param(
            "arn:aws:iam::444455556666:role/r",
            True,
            True,
            FOREIGN,
            id="role named, identity allows",
        ),
        pytest.param("*", False, False, OVERVIEW, id="everybody, identity does not"),
        pytest.param("*", True, True, OVERVIEW, id="everybody, identity allows"),
        pytest.param("111122223333", True, False, FOREIGN, id="only the key's account named"),
    ],
)
def test_key_of_another_account(policy, principal, named, identity, expected, page):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": named},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    who = principal("role/r", account="444455556666")
    policies = Policies(
        identity=(policy("IDENTITY", ADMINISTRATOR),) if identity else (),
        resource=policy("KEY", statement),
    )
    assert is_authorized(Request(who, "kms:Decrypt", KEY_ARN), policies).allowed is expected, page


@pytest.mark.parametrize("missing", ["Action", "Resource"])
def test_a_statement_without_action_or_resource_has_no_effect(policy, principal, missing):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "kms:*",
        "Resource": "*",
    }
    del statement[missing]
    key = policy("KEY", statement)
    request = Request(principal("user/ann"), "kms:Decrypt", KEY_ARN)
    assert not is_authorized(request, Policies(resource=key)).allowed, OVERVIEW
    assert [remark.path for remark in key.remarks] == [f"Statement[0].{missing}"]


def test_without_its_key_policy_no_key_is_usable(policy, principal):
    request = Request(principal("user/ann"), "kms:Decrypt", KEY_ARN)
    policies = Policies(identity=(policy("IDENTITY", ADMINISTRATOR),))
    assert not is_authorized(request, policies).allowed, KEY_POLICIES


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        pytest.param("kms:CreateKey", "*", id="CreateKey"),
        pytest.param("kms:CreateAlias", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a", id="alias"),
    ],
)
def test_what_is_no_key_needs_an_identity_policy_only(policy, principal, action, resource):
    policies = Policies(identity=(policy("IDENTITY", ADMINISTRATOR),))
    request = Request(principal("user/ann"), action, resource)
    assert is_authorized(request, policies).allowed, f"{KMS}kms-api-permissions-reference.html"


def test_kms_requests_name_the_callers_account(policy, principal):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT}},
    }
    request = Request(principal("user/ann"), "kms:Decrypt", KEY_ARN)
    assert is_authorized(request, Policies(resource=policy("KEY", statement))).allowed, CONDITIONS
