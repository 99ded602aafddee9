"""Everybody who can do one thing, and statements that do nothing."""

from typing import Any

import pytest

from policies.iam import (
    Allowance,
    How,
    PolicyInventory,
    is_authorized,
    list_principals,
    no_more_than,
    shadowed,
    unknown_actions,
    unreachable_statements,
)

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
ROLE, ANN = f"{IAM}:role/app", f"{IAM}:user/ann"
ELSE, ROOT_USER = f"anybody else in account {ACCOUNT}", f"the root user of account {ACCOUNT}"
OTHER_ROLE = f"{IAM}:role/other"
OTHER = "arn:aws:iam::444455556666:role/other"


def _key(principal, effect="Allow", **more):
    return {
        **{"Effect": effect, "Principal": principal},
        **{"Action": "kms:Decrypt", "Resource": "*"},
        **more,
    }


def _identity(effect: str = "Allow", action: Any = "kms:Decrypt", resource: str = "*"):
    return {"Effect": effect, "Action": action, "Resource": resource}


BY_ARN = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
ANSWERS = [
    ("nobody", [_key("*", "Deny")], set()),
    ("a role and a user", [_key({"AWS": [ROLE, ANN]})], {(ROLE, "by"), (ANN, "by")}),
    ("a service", [_key({"Service": "s3.amazonaws.com"})], {("s3.amazonaws.com", "by")}),
    ("an identity provider", [_key({"Federated": "a.example"})], {("a.example", "by")}),
    ("the account", [_key({"AWS": ACCOUNT})], {(ROOT_USER, "as"), (ELSE, "if")}),
    (
        "an account but for one role",
        [_key({"AWS": ACCOUNT}), _key({"AWS": ROLE}, "Deny")],
        {(ROOT_USER, "as"), (ELSE, "if")},
    ),
    (
        "whoever sends unsigned requests, by type",
        [_key("*", Condition={"StringEquals": {"aws:PrincipalType": "Anonymous"}})],
        {("anybody, without signing", "by")},
    ),
    (
        "all but those with the ids of a role and of the root user",
        [
            _key({"AWS": ACCOUNT}),
            _key(
                "*", "Deny", Condition={"StringNotLike": {"aws:userid": ["AROAEXAMPLE:*", ACCOUNT]}}
            ),
        ],
        {(ROOT_USER, "as"), (ELSE, "if")},
    ),
    ("a role elsewhere", [_key({"AWS": OTHER})], {(OTHER, "if")}),
    ("a role by its ARN in a condition", [_key("*", Condition=BY_ARN)], {(ROLE, "by")}),
    (
        "a role by condition, where the account delegates",
        [_key({"AWS": ACCOUNT}, Condition=BY_ARN)],
        {(ROLE, "if")},
    ),
]


@pytest.mark.parametrize(
    ("statements", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ANSWERS]
)
def test_the_answer_is_complete(policy, statements, expected):
    found = list_principals("kms:Decrypt", KEY_ARN, policy("KEY", *statements))
    assert {(access.who, access.how.value.split()[0]) for access in found} == expected
    assert all(access.decision.allowed for access in found)


@pytest.mark.parametrize(
    ("action", "resource", "message"),
    [
        pytest.param("kms:*", KEY_ARN, "action: expected service:Name", id="many actions"),
        pytest.param("kms:Decryp?", KEY_ARN, "action: expected service:Name", id="any letter"),
        pytest.param("Decrypt", KEY_ARN, "action: expected service:Name", id="no service"),
        pytest.param("kms:Decryptt", KEY_ARN, "action: expected an action of kms", id="no action"),
        pytest.param("kms:Decrypt", "k", "resource: expected an ARN or", id="an id"),
        pytest.param("kms:Decrypt", f"{KEY_ARN}*", "ARN without wildcards", id="many resources"),
        pytest.param(
            "logs:GetLogEvents",
            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:*:*",
            "ARN without wildcards",
            id="many log groups",
        ),
    ],
)
def test_what_is_not_one_action_on_one_resource_is_refused(policy, action, resource, message):
    with pytest.raises(ValueError, match=message):
        list_principals(action, resource, policy("KEY", _key("*")))


def test_an_action_that_only_a_document_names_can_be_asked_about(policy):
    key = policy("KEY", _key({"AWS": ROLE}, Action="kms:DecryptLater"))
    assert {access.who for access in list_principals("KMS:decryptlater", KEY_ARN, key)} == {ROLE}
    assert list_principals("xray:PutTraceSegments", KEY_ARN, key) == ()


def test_everybody_is_named_sort_by_sort(policy):
    found = list_principals("kms:Decrypt", KEY_ARN, policy("KEY", _key("*")))
    who = {access.who for access in found}
    assert {
        "anybody, without signing",
        "any other AWS service",
        "any other identity provider",
    } <= who
    assert {ELSE, ROOT_USER} <= who


def test_those_whose_policies_are_known_are_asked_about_themselves(policy):
    identities = {
        ROLE: [policy("IDENTITY", _identity())],
        ANN: [policy("IDENTITY", _identity(action="kms:Encrypt"))],
    }
    found = list_principals(
        "kms:Decrypt", KEY_ARN, policy("KEY", _key({"AWS": ACCOUNT})), identities
    )
    assert [(access.who, access.how) for access in found if access.who in identities] == [
        (ROLE, How.OWN_POLICIES)
    ]


@pytest.mark.parametrize(
    ("principal", "condition"),
    [
        ({"AWS": "*"}, None),
        ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}}),
        ({"AWS": "*"}, {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}),
    ],
)
def test_whose_account_no_document_names_is_found_as_a_holder(policy, principal, condition):
    key = policy("KEY", _key(principal, **({"Condition": condition} if condition else {})))
    held = {OTHER: [policy("IDENTITY", _identity())]}

    found = {
        access.who: access.how for access in list_principals("kms:Decrypt", KEY_ARN, key, held)
    }

    assert found[OTHER] is How.OWN_POLICIES
    assert OTHER not in {a.who for a in list_principals("kms:Decrypt", KEY_ARN, key, {OTHER: []})}


def test_a_resource_without_policy_is_left_to_its_account(policy):
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"
    identities = {ROLE: [policy("IDENTITY", _identity(action="logs:Get*", resource=group))]}
    found = {access.who for access in list_principals("logs:GetLogEvents", group, None, identities)}
    assert found == {ROLE, ELSE, ROOT_USER}


def test_the_request_of_an_answer_holds_the_keys_that_it_needs(policy):
    condition = {"StringLike": {"kms:EncryptionContext:app": "a*"}}
    (access,) = list_principals(
        "kms:Decrypt", KEY_ARN, policy("KEY", _key({"AWS": ROLE}, Condition=condition))
    )
    assert access.request.context == {"kms:EncryptionContext:app": "a"}
    assert str(access) == f"{ROLE}, by the resource's policy, with kms:EncryptionContext:app = a"
    assert is_authorized(access.request, access.decision.policies).allowed


def test_of_whom_no_document_names_an_example_is_given(policy):
    condition = {"ArnLike": {"aws:PrincipalArn": f"{IAM}:role/team-*"}}
    (access,) = list_principals(
        "kms:Decrypt", KEY_ARN, policy("KEY", _key("*", Condition=condition))
    )
    assert str(access) == f"{ELSE} (such as {IAM}:role/team-), by the resource's policy"


def test_whoever_may_change_a_role_is_not_hidden_by_its_trust_policy(policy):
    trust = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}
    identities = {ANN: [policy("IDENTITY", _identity(action="iam:*", resource=OTHER_ROLE))]}
    inventory = PolicyInventory({OTHER_ROLE: policy("TRUST", trust)}, identities)
    steps = {(each.by.action, each.access.who) for each in inventory.privilege_escalations()}
    assert {("iam:PutRolePolicy", ANN), ("iam:PassRole", ANN), ("sts:AssumeRole", ROLE)} <= steps
    assert ("sts:AssumeRole", ANN) not in steps


def test_an_estate_lists_second_steps_and_readers_without_the_key(policy):
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    key = policy("KEY", _key({"AWS": ROLE}, Action=["kms:Decrypt", "kms:CreateGrant"]))
    identities = {ANN: [policy("IDENTITY", _identity(action="lambda:*", resource=function))]}
    inventory = PolicyInventory({KEY_ARN: key, function: None}, identities, ACCOUNT)
    steps = {(each.by.action, each.access.who) for each in inventory.privilege_escalations()}
    assert {("kms:CreateGrant", ROLE), ("lambda:UpdateFunctionCode", ANN)} <= steps
    assert ("kms:PutKeyPolicy", ROLE) not in steps
    reads = {(each.by.action, each.access.who) for each in inventory.reads_without_key()}
    assert ("lambda:InvokeFunction", ANN) in reads


CONTRADICTION = {
    "StringEquals": {"kms:ViaService": "s3"},
    "StringNotLike": {"kms:ViaService": "s*"},
}


def test_contradicting_statements_are_found(policy):
    found = unreachable_statements(policy("KEY", _key("*"), _key("*", Condition=CONTRADICTION)))
    assert [statement.index for statement in found] == [1]


def test_statements_that_a_denial_always_defeats_are_found(policy):
    denial = _key("*", "Deny", Condition={"StringLike": {"kms:ViaService": "s*"}})
    narrow = _key("*", Condition={"StringLike": {"kms:ViaService": "s3*"}})
    wide = _key("*", Condition={"StringLike": {"kms:ViaService": "*"}})
    document = policy("KEY", denial, narrow, wide, _key("*", Condition=CONTRADICTION))
    assert [statement.index for statement in shadowed(document)] == [1]


def test_actions_that_do_not_exist_are_found(policy):
    document = policy(
        "IDENTITY", _identity(action=["kms:Decrypts", "kms:Decrypt", "xray:Anything"])
    )
    assert list(unknown_actions(document)) == ["kms:Decrypts"]


def test_a_document_keeps_within_its_table(policy):
    document = policy("IDENTITY", _identity(action=["s3:GetObject", "s3:PutObject"]))
    table = [Allowance("Read", ["s3:Get*"]), Allowance("Write", ["s3:PutObject"])]
    assert no_more_than(document, table).proved
    counterexample = no_more_than(document, table[:1]).counterexample
    assert counterexample is not None
    assert counterexample.request.action == "s3:PutObject"
