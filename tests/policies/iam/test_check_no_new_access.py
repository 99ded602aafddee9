"""Pairs of documents with known answers; decide confirms every counterexample."""

from typing import Any

import pytest

from policies.iam import (
    Comparison,
    Policies,
    UnprovableError,
    check_no_new_access,
    equivalent,
    is_authorized,
)
from policies.iam.language.operators import OPERATORS, Each, parse_operator

EQUAL, NARROWER, WIDER, CROSSING = "equal to", "narrower than", "wider than", "crossing"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/k"
IAM = "arn:aws:iam::111122223333"


def _relation(new, reference, **options):
    """How two documents stand to each other; each counterexample is confirmed."""
    answers = []
    for one, other in ((new, reference), (reference, new)):
        proof = check_no_new_access(one, other, **options)
        if proof.counterexample is not None:
            counterexample = proof.counterexample
            assert is_authorized(counterexample.request, counterexample.allowed.policies).allowed
            assert not is_authorized(
                counterexample.request, counterexample.refused.policies
            ).allowed
            assert counterexample.request.action in str(counterexample)
        answers.append(proof.proved)
    assert equivalent(new, reference, **options).proved is all(answers)
    return {
        (True, True): EQUAL,
        (True, False): NARROWER,
        (False, True): WIDER,
        (False, False): CROSSING,
    }[tuple(answers)]


# --- conditions -------------------------------------------------------------------------------

# Operator and values of the new document, relation, operator and values of the reference. All are
# about one key; None stands for a statement without condition.
CONDITIONS = [
    ("StringEquals a", EQUAL, "StringEquals a"),
    ("StringEquals a", NARROWER, "StringEquals a b"),
    ("StringEquals a b", CROSSING, "StringEquals b c"),
    ("StringEquals a", NARROWER, None),
    (None, WIDER, "StringNotEquals a"),
    ("StringEquals a", CROSSING, "StringNotEquals a"),
    ("StringEquals a", NARROWER, "StringNotEquals b"),
    ("StringNotEquals a b", NARROWER, "StringNotEquals a"),
    ("StringEquals a", NARROWER, "StringEqualsIgnoreCase A"),
    ("StringEqualsIgnoreCase a", EQUAL, "StringEqualsIgnoreCase A"),
    ("StringEqualsIgnoreCase k", WIDER, "StringEquals k K"),
    ("StringEqualsIgnoreCase 1", EQUAL, "StringEquals 1"),
    ("StringNotEqualsIgnoreCase a", EQUAL, "StringNotEquals a A"),
    ("StringNotEqualsIgnoreCase k", NARROWER, "StringNotEquals k K"),
    ("StringNotEqualsIgnoreCase a", EQUAL, "StringNotEqualsIgnoreCase A"),
    ("StringLike a*", WIDER, "StringEquals a"),
    ("StringLike a", EQUAL, "StringEquals a"),
    ("StringEquals a*", NARROWER, "StringLike a*"),
    ("StringLike a*", CROSSING, "StringLike *a"),
    ("StringLike a?", NARROWER, "StringLike a*"),
    ("StringLike a?*", EQUAL, "StringLike a*?"),
    ("StringLike a* b*", WIDER, "StringLike a*b"),
    ("StringLike *", EQUAL, "Null false"),
    ("StringLike ?*", NARROWER, "Null false"),
    ("StringLike a*b*c", NARROWER, "StringLike a*c"),
    ("StringLike a*b*c", CROSSING, "StringLike *b*b*"),
    ("StringNotLike a*", WIDER, "StringNotLike *"),
    ("StringNotLike *", EQUAL, "Null true"),
    ("StringNotLike a*", CROSSING, "StringLike a*"),
    ("StringNotLike a* b*", NARROWER, "StringNotLike ab*"),
    ("StringLike ${*}", EQUAL, "StringEquals ${*}"),
    ("StringLike ${*}", NARROWER, "StringLike *"),
    ("ArnEquals a:b:c:d:e:f", EQUAL, "ArnLike a:b:c:d:e:f"),
    ("ArnLike a:b:c:d:e:f*", WIDER, "StringEquals a:b:c:d:e:f:g"),
    ("ArnLike a:*:c:d:e:f", NARROWER, "StringLike a:*:c:d:e:f"),
    ("ArnLike a:*:*:*:*:*", NARROWER, "StringLike a:*"),
    ("ArnLike *", EQUAL, "StringLike *"),
    ("ArnLike a:b", NARROWER, "ArnLike *"),
    ("ArnLike a:b", EQUAL, "ArnLike c"),
    ("ArnNotEquals a:b:c:d:e:f", EQUAL, "ArnNotLike a:b:c:d:e:f"),
    ("ArnNotLike a:b:c:d:e:*", NARROWER, "ArnNotEquals a:b:c:d:e:f"),
    ("ArnNotLike *", EQUAL, "Null true"),
    ("NumericEquals 1", EQUAL, "NumericEquals 1.0"),
    ("NumericEquals 1", WIDER, "StringEquals 1"),
    ("NumericLessThan 2", NARROWER, "NumericLessThanEquals 2"),
    ("NumericLessThan 2", WIDER, "NumericLessThan 1.999999999999999999999999999999999999"),
    ("NumericLessThan 1", CROSSING, "NumericGreaterThan 1"),
    ("NumericGreaterThan 1", NARROWER, "NumericGreaterThanEquals 1"),
    ("NumericGreaterThan 1", NARROWER, "NumericNotEquals 1"),
    ("NumericNotEquals 1", WIDER, "NumericNotEquals 1 2"),
    ("NumericEquals 1 2", NARROWER, "NumericGreaterThanEquals 1"),
    ("NumericNotEquals 1", CROSSING, "NumericEquals 1"),
    ("DateEquals 2026-01-01", EQUAL, "DateEquals 2026-01-01T00:00:00Z"),
    ("DateEquals 2026-01-01", EQUAL, "DateEquals 1767225600"),
    ("DateLessThan 2026-01-01", NARROWER, "DateLessThan 2026-01-02"),
    ("DateLessThan 2026-01-01", NARROWER, "DateLessThanEquals 2026-01-01"),
    ("DateGreaterThan 2026", CROSSING, "DateLessThan 2027"),
    ("DateGreaterThan 2027", NARROWER, "DateGreaterThan 2026"),
    ("DateGreaterThanEquals 2026", WIDER, "DateGreaterThan 2026"),
    ("DateGreaterThan 2026", NARROWER, "DateNotEquals 2026"),
    ("DateNotEquals 2026", WIDER, "DateNotEquals 2026 2027"),
    ("Bool true", EQUAL, "Bool TRUE"),
    ("Bool true", CROSSING, "Bool false"),
    ("Bool true", WIDER, "StringEquals true"),
    ("Bool true", EQUAL, "StringEqualsIgnoreCase true"),
    ("Bool true false", NARROWER, "Null false"),
    ("Bool true", NARROWER, "StringLike t* T*"),
    ("BinaryEquals YQ==", WIDER, "StringEquals YQ=="),
    ("BinaryEquals YQ==", CROSSING, "BinaryEquals Yg=="),
    ("IpAddress 10.0.0.0/8", WIDER, "IpAddress 10.1.0.0/16"),
    ("IpAddress 10.0.0.0/9 10.128.0.0/9", EQUAL, "IpAddress 10.0.0.0/8"),
    ("IpAddress 10.0.0.0/8", CROSSING, "IpAddress 11.0.0.0/8"),
    ("IpAddress 10.1.2.3", EQUAL, "IpAddress 10.1.2.3/32"),
    ("IpAddress 2001:db8::/32", WIDER, "IpAddress 2001:db8::/64"),
    ("IpAddress 0.0.0.0/0", CROSSING, "IpAddress ::/0"),
    ("IpAddress 10.1.2.3", EQUAL, "StringEquals 10.1.2.3"),
    ("NotIpAddress 10.0.0.0/8", NARROWER, "NotIpAddress 10.1.0.0/16"),
    ("NotIpAddress 10.0.0.0/8", CROSSING, "IpAddress 10.0.0.0/8"),
    ("Null true", CROSSING, "Null false"),
    ("Null true false", EQUAL, None),
    ("Null false", WIDER, "StringEquals a"),
    ("Null true", NARROWER, "StringNotEquals a"),
    ("StringEqualsIfExists a", WIDER, "StringEquals a"),
    ("StringEqualsIfExists a", WIDER, "Null true"),
    ("StringNotEqualsIfExists a", EQUAL, "StringNotEquals a"),
    ("StringLikeIfExists *", EQUAL, None),
    ("NumericLessThanIfExists 2", WIDER, "NumericLessThan 2"),
    ("BoolIfExists true", NARROWER, None),
    ("IpAddressIfExists 10.0.0.0/8", CROSSING, "IpAddress 0.0.0.0/0"),
    ("ForAnyValue:StringEquals a", EQUAL, "ForAnyValue:StringEquals a"),
    ("ForAnyValue:StringEquals a", CROSSING, "ForAllValues:StringEquals a"),
    ("ForAllValues:StringEquals a", NARROWER, "ForAllValues:StringEquals a b"),
    ("ForAllValues:StringEquals a", WIDER, "Null true"),
    ("ForAllValues:StringLike *", EQUAL, None),
    ("ForAnyValue:StringLike *", NARROWER, "Null false"),
    ("ForAnyValue:StringLike a*", WIDER, "ForAnyValue:StringEquals a ab"),
    ("ForAnyValue:StringNotEquals a", CROSSING, "ForAnyValue:StringEquals a"),
    ("ForAllValues:StringNotEquals a", CROSSING, "ForAnyValue:StringNotEquals a"),
    ("ForAllValues:StringNotLike a*", NARROWER, "ForAllValues:StringNotEquals a"),
    ("ForAnyValue:StringEqualsIfExists a", WIDER, "ForAnyValue:StringEquals a"),
    ("ForAllValues:NumericLessThan 2", NARROWER, "ForAllValues:NumericLessThan 3"),
    ("ForAnyValue:IpAddress 10.0.0.0/8", NARROWER, "ForAnyValue:IpAddress 0.0.0.0/0"),
]


def _statement(condition):
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    if condition is None:
        return statement
    operator, *values = condition.split()
    return {**statement, "Condition": {operator: {"aws:TestKey": values}}}


@pytest.mark.parametrize(
    ("new", "relation", "reference"),
    [pytest.param(*row, id=f"{row[0]} is {row[1]} {row[2]}") for row in CONDITIONS],
)
def test_conditions(policy, new, relation, reference):
    sides = [policy("IDENTITY", _statement(side)) for side in (new, reference)]
    assert _relation(*sides) == relation


# --- actions, resources and denials -----------------------------------------------------------


def _allow(action: Any, resource: Any = "*", **more: Any):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _deny(action: Any, resource: Any = "*", **more: Any):
    return {**_allow(action, resource, **more), "Effect": "Deny"}


def _not_action(action):
    return {"Effect": "Allow", "NotAction": action, "Resource": "*"}


def _not_resource(resource):
    return {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": resource}


KEYED = {"Condition": {"StringLike": {"aws:SourceArn": "a*"}}}
IDENTITIES = [
    ("case of actions", [_allow("S3:getobject")], EQUAL, [_allow("s3:GetObject")]),
    ("wildcard action", [_allow("s3:Get*")], WIDER, [_allow("s3:GetObject")]),
    ("no such action", [_allow("kms:Decrypts*")], EQUAL, [_allow("kms:NoSuch*")]),
    (
        "wildcard of two",
        [_allow("kms:ReEncrypt*")],
        EQUAL,
        [_allow(["kms:ReEncryptFrom", "kms:ReEncryptTo"])],
    ),
    ("unknown service", [_allow("xray:Put*")], WIDER, [_allow("xray:PutTraceSegments")]),
    ("unknown services", [_allow("xray:*")], CROSSING, [_allow("ec2:*")]),
    ("everything", [_allow("*")], EQUAL, [_allow("*:*")]),
    ("NotAction", [_not_action("s3:*")], CROSSING, [_allow("s3:*")]),
    ("NotAction less", [_not_action("s3:*")], NARROWER, [_not_action("s3:Get*")]),
    ("both halves", [_not_action("s3:*"), _allow("s3:*")], EQUAL, [_allow("*")]),
    (
        "resource prefix",
        [_allow("s3:GetObject", "arn:aws:s3:::b/*")],
        NARROWER,
        [_allow("s3:GetObject", "arn:aws:s3:::b*")],
    ),
    (
        "crossing resources",
        [_allow("s3:GetObject", "arn:aws:s3:::a*")],
        CROSSING,
        [_allow("s3:GetObject", "arn:aws:s3:::*z")],
    ),
    (
        "two halves of resources",
        [_allow("s3:GetObject", ["arn:aws:s3:::a*", "arn:aws:s3:::b*"])],
        EQUAL,
        [_allow("s3:GetObject", "arn:aws:s3:::b*"), _allow("s3:GetObject", "arn:aws:s3:::a*")],
    ),
    ("NotResource", [_not_resource("arn:aws:s3:::b/*")], NARROWER, [_allow("s3:GetObject")]),
    (
        "NotResource and its complement",
        [_not_resource("arn:aws:s3:::b/*"), _allow("s3:GetObject", "arn:aws:s3:::b/*")],
        EQUAL,
        [_allow("s3:GetObject")],
    ),
    (
        "a denial narrows",
        [_allow("s3:*"), _deny("s3:PutObject")],
        NARROWER,
        [_allow("s3:*")],
    ),
    (
        "a denial of what is not allowed changes nothing",
        [_allow("s3:GetObject"), _deny("kms:*")],
        EQUAL,
        [_allow("s3:GetObject")],
    ),
    (
        "a denial beats a later Allow",
        [_deny("s3:GetObject"), _allow("s3:GetObject")],
        NARROWER,
        [_allow("s3:GetObject")],
    ),
    (
        "a denial under a condition",
        [_allow("s3:GetObject"), _deny("s3:GetObject", **KEYED)],
        CROSSING,
        [_allow("s3:GetObject", **KEYED)],
    ),
    (
        "a denial and the negated condition",
        [_allow("s3:GetObject"), _deny("s3:GetObject", **KEYED)],
        EQUAL,
        [_allow("s3:GetObject", Condition={"StringNotLike": {"aws:SourceArn": "a*"}})],
    ),
    (
        "two conditions are narrower than either",
        [
            _allow(
                "s3:GetObject",
                Condition={
                    "StringLike": {"aws:SourceArn": "a*"},
                    "StringEquals": {"aws:SourceAccount": "1"},
                },
            )
        ],
        NARROWER,
        [_allow("s3:GetObject", **KEYED)],
    ),
    (
        "names of keys have no case",
        [_allow("s3:GetObject", Condition={"StringLike": {"AWS:SOURCEARN": "a*"}})],
        EQUAL,
        [_allow("s3:GetObject", **KEYED)],
    ),
    (
        "a user's name follows from its ARN",
        [_allow("s3:*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ann"}})],
        NARROWER,
        [_allow("s3:*", Condition={"StringEqualsIfExists": {"aws:username": "ann"}})],
    ),
    (
        "an account follows from the ARN",
        [_allow("s3:*", Condition={"ArnLike": {"aws:PrincipalArn": f"{IAM}:*"}})],
        NARROWER,
        [_allow("s3:*", Condition={"StringLike": {"aws:PrincipalAccount": "1111*"}})],
    ),
    (
        "an owner follows from the resource",
        [_allow("sqs:*", "arn:aws:sqs:us-east-1:111122223333:*")],
        NARROWER,
        [_allow("sqs:*", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}})],
    ),
    (
        "a wildcard in a resource reaches over colons, into a queue's name",
        [_allow("sqs:*", "arn:aws:sqs:*:111122223333:*")],
        CROSSING,
        [_allow("sqs:*", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}})],
    ),
    (
        "an account that only the ARN in a condition names",
        [_allow("s3:*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::4444*6:role/x"}})],
        CROSSING,
        [_allow("xray:PutTraceSegments")],
    ),
    (
        "some keys have several values without a set operator",
        [
            _allow(
                "s3:*",
                Condition={
                    "StringEquals": {"aws:TagKeys": "a"},
                    "StringLike": {"aws:TagKeys": "b*"},
                },
            )
        ],
        CROSSING,
        [_allow("xray:PutTraceSegments")],
    ),
    (
        "only requests to KMS have the caller's account",
        [_allow("*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}})],
        CROSSING,
        [_allow("xray:PutTraceSegments")],
    ),
    (
        "requests to KMS always have the caller's account",
        [_allow("*", Condition={"Null": {"kms:CallerAccount": "true"}})],
        NARROWER,
        [_allow("*")],
    ),
    (
        "contradicting conditions allow nothing",
        [
            _allow(
                "s3:GetObject",
                Condition={
                    "StringEquals": {"aws:SourceArn": "b"},
                    "StringLike": {"aws:SourceArn": "a*"},
                },
            )
        ],
        NARROWER,
        [_allow("s3:PutObject")],
    ),
]


SERVICES = "docs.aws.amazon.com/service-authorization/latest/reference/list_"
STS, LAMBDA = f"{SERVICES}awssecuritytokenservice.html", f"{SERVICES}awslambda.html"
AGENTCORE = f"{SERVICES}amazonbedrockagentcore.html"
GLOBAL = "docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"


@pytest.mark.parametrize(
    ("key", "several", "page"),
    [
        ("aws:VpceOrgPaths", True, GLOBAL),
        ("bedrock-agentcore:InboundJwtClaim/aud", True, AGENTCORE),
        ("bedrock-agentcore:InboundJwtClaim/scope", True, AGENTCORE),
        ("bedrock-agentcore:securityGroups", True, AGENTCORE),
        ("bedrock-agentcore:subnets", True, AGENTCORE),
        ("lambda:Layer", True, LAMBDA),
        ("lambda:SecurityGroupIds", True, LAMBDA),
        ("lambda:SubnetIds", True, LAMBDA),
        ("logs:LogGeneratingResourceArns", True, f"{SERVICES}amazoncloudwatchlogs.html"),
        ("s3:InventoryAccessibleOptionalFields", True, f"{SERVICES}amazons3.html"),
        ("sts:IdentityTokenAudience", True, STS),
        ("sts:RequestContextProviders", True, STS),
        ("sts:TransitiveTagKeys", True, STS),
        ("aws:VpceOrgID", False, GLOBAL),
        ("lambda:VpcIds", False, LAMBDA),
        ("sts:ExternalId", False, STS),
    ],
)
def test_keys_that_may_have_several_values(policy, key, several, page):
    """Of a key with one value, no request meets both conditions."""
    both = {"StringEquals": {key: "a"}, "StringLike": {key: "b*"}}
    proof = check_no_new_access(
        policy("IDENTITY", _allow("*", Condition=both)), policy("IDENTITY", _deny("*"))
    )
    assert proof.proved is not several, page


@pytest.mark.parametrize(
    ("new", "relation", "reference"),
    [pytest.param(*row[1:], id=row[0]) for row in IDENTITIES],
)
def test_identity_policies(policy, new, relation, reference):
    assert _relation(policy("IDENTITY", *new), policy("IDENTITY", *reference)) == relation


# --- principals -------------------------------------------------------------------------------


def _key(principal, effect: Any = "Allow", action: Any = "kms:Decrypt", **more: Any):
    element = "NotPrincipal" if more.pop("negated", False) else "Principal"
    return {"Effect": effect, element: principal, "Action": action, "Resource": "*", **more}


ROOT, ROLE, ANN = (
    {"AWS": "111122223333"},
    {"AWS": f"{IAM}:role/app"},
    {"AWS": f"{IAM}:user/ann"},
)
SESSION = {"AWS": "arn:aws:sts::111122223333:assumed-role/app/s"}
SERVICE = {"Service": "s3.amazonaws.com"}
BY_ARN = {"Condition": {"ArnEquals": {"aws:PrincipalArn": f"{IAM}:role/app"}}}
NOT_BY_ARN = {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": f"{IAM}:role/app"}}}
KEYS = [
    ("the account by number", [_key(ROOT)], EQUAL, [_key({"AWS": f"{IAM}:root"})]),
    ("a user and everybody", [_key(ANN)], NARROWER, [_key("*")]),
    ("a role and everybody", [_key(ROLE)], NARROWER, [_key("*")]),
    ("a role needs no identity policy, its account does", [_key(ROLE)], CROSSING, [_key(ROOT)]),
    ("role and account", [_key({"AWS": [*ROLE.values(), "111122223333"]})], WIDER, [_key(ROOT)]),
    ("two roles", [_key({"AWS": [*ROLE.values(), f"{IAM}:role/x"]})], WIDER, [_key(ROLE)]),
    ("a session is limited by no session policy", [_key(SESSION)], CROSSING, [_key(ROLE)]),
    ("a service and everybody", [_key(SERVICE)], NARROWER, [_key({"AWS": "*"})]),
    ("a service and a role", [_key(SERVICE)], CROSSING, [_key(ROLE)]),
    (
        "everybody, by a condition on the role",
        [_key("*", **BY_ARN)],
        WIDER,
        [_key(ROLE)],
    ),
    (
        "a role, denied to all but itself",
        [_key(ROLE), _key("*", "Deny", **NOT_BY_ARN)],
        EQUAL,
        [_key(ROLE)],
    ),
    (
        "a denial by account shuts its role out",
        [_key(ROLE), _key(ROOT, "Deny")],
        NARROWER,
        [_key(SERVICE)],
    ),
    (
        "NotPrincipal spares account and user, but for a permissions boundary",
        [_key(ANN), _key({"AWS": [*ANN.values(), "111122223333"]}, "Deny", negated=True)],
        NARROWER,
        [_key(ANN)],
    ),
    (
        "NotPrincipal without the account spares nobody",
        [_key(ANN), _key(ANN, "Deny", negated=True)],
        NARROWER,
        [_key(SERVICE)],
    ),
    ("NotPrincipal of an Allow", [_key(ANN, negated=True)], CROSSING, [_key(ANN)]),
    (
        "a denial of services only",
        [_key("*"), _key("*", "Deny", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}})],
        NARROWER,
        [_key("*")],
    ),
    (
        "the caller's account",
        [_key("*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}})],
        EQUAL,
        [_key("*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})],
    ),
    (
        "a type of principal",
        [_key("*", Condition={"StringEquals": {"aws:PrincipalType": "AssumedRole"}})],
        CROSSING,
        [_key("*", Condition={"StringLike": {"aws:username": "*"}})],
    ),
    (
        "a service by its name",
        [_key("*", Condition={"StringEquals": {"aws:PrincipalServiceName": "s3.amazonaws.com"}})],
        NARROWER,
        [_key(SERVICE)],
    ),
    (
        "a user's federated sessions are its own",
        [_key(ANN)],
        WIDER,
        [
            _key(ANN),
            _key("*", "Deny", Condition={"StringEquals": {"aws:PrincipalType": "FederatedUser"}}),
        ],
    ),
    (
        "an unsigned request by its type",
        [_key("*", Condition={"StringEquals": {"aws:PrincipalType": "Anonymous"}})],
        CROSSING,
        [_key(SERVICE)],
    ),
    (
        "an unsigned request by its type, account and id",
        [_key("*", Condition={"StringEquals": {"aws:PrincipalType": "Anonymous"}})],
        NARROWER,
        [
            _key("*", Condition={"StringEquals": {"aws:PrincipalAccount": "anonymous"}}),
            _key("*", Condition={"StringEquals": {"aws:userid": "anonymous"}}),
        ],
    ),
    (
        "a root user by its id",
        [
            _key(
                "*",
                Condition={
                    "StringEquals": {"aws:userid": "111122223333", "aws:PrincipalType": "Account"}
                },
            )
        ],
        EQUAL,
        [_key("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:*:iam::111122223333:root"}})],
    ),
    (
        "the id of a root user is of nobody else",
        [
            _key("*", Condition={"StringEquals": {"aws:userid": "111122223333"}}),
            _key("*", "Deny", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
            _key("*", "Deny", Condition={"Null": {"aws:PrincipalArn": "true"}}),
        ],
        EQUAL,
        [_key("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:*:iam::111122223333:root"}})],
    ),
    (
        "a federated user by its id",
        [
            _key(
                "*",
                Condition={
                    "StringEquals": {
                        "aws:userid": "111122223333:x",
                        "aws:PrincipalType": "FederatedUser",
                    }
                },
            )
        ],
        EQUAL,
        [
            _key(
                "*",
                Condition={
                    "ArnLike": {"aws:PrincipalArn": "arn:*:sts::111122223333:federated-user/x"}
                },
            )
        ],
    ),
    (
        "an unsigned request is of any account",
        [_key("*", Condition={"StringLike": {"aws:PrincipalAccount": "*"}})],
        WIDER,
        [_key("*", Condition={"StringLike": {"aws:PrincipalAccount": "????????????"}})],
    ),
    (
        "statements without Resource have no effect",
        [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}],
        EQUAL,
        [{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt"}],
    ),
]


@pytest.mark.parametrize(
    ("new", "relation", "reference"), [pytest.param(*row[1:], id=row[0]) for row in KEYS]
)
def test_key_policies(policy, new, relation, reference):
    assert _relation(policy("KEY", *new), policy("KEY", *reference)) == relation


def test_a_bucket_policy_without_its_denial_is_wider(policy):
    everything = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::b/*",
    }
    plain = {**everything, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    old_tls = {**everything, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}
    less, more = policy("BUCKET", plain), policy("BUCKET", plain, old_tls)
    assert _relation(less, more) == WIDER
    counterexample = check_no_new_access(less, more).counterexample
    assert counterexample is not None
    assert counterexample.let_through_by == ()
    assert "what it no longer denies" in str(counterexample)
    assert "statement 1" in counterexample.refusal


def test_trust_policies_are_compared_by_who_takes_the_role(policy):
    def trust(*accounts):
        principal = {"Service": "lambda.amazonaws.com"}
        condition = {"StringEquals": {"aws:SourceAccount": accounts}} if accounts else {}
        return policy(
            "TRUST",
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:AssumeRole",
                "Condition": condition,
            },
        )

    assert _relation(trust("111122223333"), trust()) == NARROWER
    assert _relation(trust("111122223333"), trust("444455556666")) == CROSSING


def test_only_the_root_user_takes_on_no_role(policy):
    def trust(action):
        statement = {"Effect": "Allow", "Principal": "*", "Action": action}
        only_root = {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}
        return policy("TRUST", {**statement, "Condition": only_root})

    tagging = trust("sts:TagSession")
    assert _relation(trust("sts:AssumeRole"), tagging) == NARROWER
    assert _relation(trust(["sts:AssumeRole", "sts:TagSession"]), tagging) == EQUAL


def test_service_control_policies_limit_what_everything_else_allows(policy):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    limited, open_ = (
        policy("SERVICE_CONTROL", *each) for each in ([everything, deny], [everything])
    )
    assert _relation(limited, open_) == NARROWER


def test_whole_sets_of_policies_are_compared_as_they_are(policy):
    identity = policy("IDENTITY", _allow("kms:*"))
    boundary = policy("IDENTITY", _allow("kms:Decrypt"))
    key = policy("KEY", _key(ROOT, action="kms:*"))
    free, bounded = Policies((identity,), key), Policies((identity,), key, boundary)
    assert _relation(bounded, free) == NARROWER
    assert "kms:Decrypt" not in Comparison(free, bounded).actions()
    assert "kms:Encrypt" in Comparison(free, bounded).actions()


def test_a_role_must_grant_what_any_other_resource_leaves_to_its_account(policy):
    identity, trusting = policy("IDENTITY", _allow("*", f"{IAM}:role/app")), _allow("*", "*")
    trusting = policy("RESOURCE", {**trusting, "Principal": {"AWS": "111122223333"}})
    trusted, alone = Policies((identity,), trusting), Policies((identity,))
    assert _relation(trusted, alone) == WIDER
    assert {action.partition(":")[0] for action in Comparison(trusted, alone).actions()} == {"sts"}


def test_across_accounts_the_resource_must_allow_too(policy):
    everybody = {**_allow("s3:GetObject", "arn:aws:s3:::b/*"), "Principal": "*"}
    identity = policy("IDENTITY", _allow("s3:GetObject", "arn:aws:s3:::b/*"))
    public, own = Policies((identity,), policy("BUCKET", everybody)), Policies((identity,))
    assert _relation(public, own) == WIDER
    identities = [
        check_no_new_access(public, own, fixed={"aws:PrincipalType": "User"}).counterexample
    ]
    assert all(each is not None and each.request.crosses_accounts for each in identities)


def test_an_added_wildcard_is_reported_by_the_actions_that_it_adds(policy):
    new, reference = (
        policy("KEY", _key("*", action=a)) for a in ("kms:Gen*", "kms:GenerateDataKey")
    )
    assert list(Comparison(new, reference).actions()) == [
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:GenerateMac",
        "kms:GenerateRandom",
    ]


def test_the_question_can_be_about_one_resource(policy):
    new = policy("IDENTITY", _allow("sqs:*", "arn:aws:sqs:*:*:a*"))
    reference = policy("IDENTITY", _allow("sqs:*", "arn:aws:sqs:*:*:ab*"))
    queue = "arn:aws:sqs:us-east-1:111122223333:abc"
    assert not check_no_new_access(new, reference).proved
    assert check_no_new_access(new, reference, resource=queue).proved


def test_the_question_can_be_about_actions_without_resource(policy):
    new, reference = policy("IDENTITY", _allow("s3:List*")), policy("IDENTITY", _allow("kms:*"))
    counterexample = check_no_new_access(new, reference, resource="*").counterexample
    assert counterexample is not None
    assert counterexample.request.resource == "*"
    less = policy("IDENTITY", _allow("s3:List*", "arn:aws:s3:::b"))
    assert check_no_new_access(less, reference, resource="*").proved


def test_a_service_meets_buckets_of_no_account(policy):
    def bucket(service, absent):
        condition = {"Null": {"aws:ResourceAccount": absent}}
        statement = _allow("s3:GetObject", "arn:aws:s3:::b/*", Condition=condition)
        return policy("BUCKET", {**statement, "Principal": {"Service": service}})

    one, other = "s3.amazonaws.com", "logs.amazonaws.com"
    assert _relation(bucket(one, "true"), bucket(other, "true")) == CROSSING
    assert _relation(bucket(one, "true"), bucket(one, "false")) == CROSSING


def test_the_tables_have_a_hundred_rows_and_every_operator():
    assert len(CONDITIONS) + len(IDENTITIES) + len(KEYS) >= 140
    written = {side for row in CONDITIONS for side in row[::2] if side is not None}
    used = {parse_operator(side.split()[0]) for side in written}
    assert {OPERATORS[name] for name in OPERATORS} == {each[0] for each in used if each}
    assert {each for each in Each} <= {each[1] for each in used if each}
    assert any(each[2] for each in used if each)
    for relation in (EQUAL, NARROWER, WIDER, CROSSING):
        rows = [*CONDITIONS, *(row[1:] for row in (*IDENTITIES, *KEYS))]
        assert sum(row[1] == relation for row in rows) >= 9, relation


def test_a_witness_is_data_as_well_as_words(policy):
    counterexample = check_no_new_access(
        policy("KEY", _key(SERVICE)), policy("KEY", _key(ROLE))
    ).counterexample
    assert counterexample is not None
    assert counterexample.as_data() == {
        "principal": "s3.amazonaws.com",
        "role": None,
        "action": "kms:Decrypt",
        "resource": counterexample.request.resource,
        "owner": counterexample.request.owner,
        "context": {},
        "assumed": "",
        "allowedBy": ["key policy, statement 0"],
        "refusal": "no resource-based policy allows it",
    }


# --- refusals ---------------------------------------------------------------------------------

BLOCKED_WORK = [
    (
        "a variable in a resource",
        _allow("s3:*", "arn:aws:s3:::b/${aws:username}"),
        "identity policy, statement 0, Resource: arn:aws:s3:::b/${aws:username} relates it to "
        "aws:username; fix that key to a value",
    ),
    (
        "a variable in a condition",
        _allow("s3:*", Condition={"StringLike": {"s3:prefix": "${aws:userid}/*"}}),
        "identity policy, statement 0, StringLike s3:prefix: ${aws:userid}/* relates it to "
        "aws:userid; fix that key to a value",
    ),
    (
        "wildcards and addresses of one key",
        _allow(
            "s3:*",
            Condition={
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                "StringLike": {"aws:SourceIp": "10.*"},
            },
        ),
        "identity policy, statement 0, StringLike aws:SourceIp: the key is compared both with "
        "wildcards and as a number, date, address or bytes",
    ),
    (
        "an account as a number",
        _allow("s3:*", Condition={"NumericLessThan": {"aws:PrincipalAccount": "5"}}),
        "identity policy, statement 0, NumericLessThan aws:PrincipalAccount: the key is a text, "
        "and compared as something else",
    ),
    (
        "letters beyond ASCII without case",
        _allow("s3:*", Condition={"StringEqualsIgnoreCase": {"aws:SourceArn": "\u00c9"}}),
        "identity policy, statement 0, StringEqualsIgnoreCase aws:SourceArn: letters beyond ASCII "
        "compared without regard to case",
    ),
]


@pytest.mark.parametrize(
    ("statement", "refusal"), [pytest.param(*row[1:], id=row[0]) for row in BLOCKED_WORK]
)
def test_what_is_not_proved_is_refused_by_name(policy, statement, refusal):
    with pytest.raises(UnprovableError) as caught:
        check_no_new_access(policy("IDENTITY", statement), policy("IDENTITY", _allow("s3:*")))
    assert list(map(str, caught.value.refusals)) == [refusal]


def test_a_variable_can_be_fixed(policy):
    new = policy("IDENTITY", _allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"))
    reference = policy("IDENTITY", _allow("s3:*", "arn:aws:s3:::b/a*"))
    assert check_no_new_access(new, reference, fixed={"aws:username": "ann"}).proved
    counterexample = check_no_new_access(
        new, reference, fixed={"aws:UserName": "bob"}
    ).counterexample
    assert counterexample is not None
    assert counterexample.request.values["aws:username"] == ("bob",)
    assert counterexample.request.resource.startswith("arn:aws:s3:::b/bob/")


def test_policies_of_different_kinds_are_not_compared(policy):
    with pytest.raises(ValueError, match="expected another key policy, found identity policy"):
        check_no_new_access(policy("KEY", _key(ROLE)), policy("IDENTITY", _allow("s3:*")))
