"""Permissions of functions, queues and keys are stored in their normal form, or refused."""

import json
from typing import Any

import pytest

from local.aws_api.http_messages import Response
from tests.local.authorization.odd_documents import ACCOUNT, ROOT, odd_documents
from tests.local.authorization.small_endpoint import (
    ATTRIBUTES,
    FUNCTION,
    QUEUE,
    ROLE,
    Endpoint,
    probe,
)

NORMAL: dict[str, Any] = {
    ACCOUNT: {"AWS": ROOT},
    ROOT: {"AWS": ROOT},
    ROLE: {"AWS": ROLE},
    "arn:aws:iam::444455556666:user/theirs": {"AWS": "arn:aws:iam::444455556666:user/theirs"},
    f"arn:aws:sts::{ACCOUNT}:assumed-role/name/session": {
        "AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/name/session"
    },
    "*": "*",
    "events.amazonaws.com": {"Service": "events.amazonaws.com"},
    "logs.us-east-1.amazonaws.com": {"Service": "logs.us-east-1.amazonaws.com"},
}
INVALID = [
    "x", "1", "1111222233334", "amazonaws.com", ".amazonaws.com", "https://events.amazonaws.com",
    "arn:", "arn:aws:iam::1:root", "arn:aws:iam:111122223333:role/name", f"{ROLE}-missing",
    f"arn:aws:iam::{ACCOUNT}:group/g", "arn:aws:s3:::name", "{}", '{"AWS":"*"}', "**", "AIDA",
    "arn:aws:iam::444455556666:*", "\N{SNOWMAN}", "a" * 2000,
]  # fmt: skip
POLICY = "/2015-03-31/functions/name/policy"


def permit(endpoint: Endpoint, sid: str, principal: Any, **members: Any) -> Response:
    given = {"StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": principal}
    return endpoint.http("lambda", "POST", POLICY, json.dumps({**given, **members}).encode())


def statements(endpoint: Endpoint) -> list[Any]:
    answer = json.loads(endpoint.http("lambda", "GET", POLICY).body)
    return json.loads(answer["Policy"])["Statement"]


@pytest.mark.parametrize("principal", NORMAL)
def test_a_functions_principal_is_stored_in_its_normal_form(
    endpoint: Endpoint, principal: str
) -> None:
    assert permit(endpoint, "sid", principal).status == 201
    assert [one["Principal"] for one in statements(endpoint)] == [NORMAL[principal]]
    probe(endpoint, "Lambda")
    assert permit(endpoint, "sid", principal).status == 409
    assert endpoint.http("lambda", "DELETE", f"{POLICY}/sid").status == 204
    assert endpoint.http("lambda", "DELETE", f"{POLICY}/sid").status == 404


@pytest.mark.parametrize("principal", INVALID)
def test_an_invalid_principal_of_a_function_is_refused(endpoint: Endpoint, principal: str) -> None:
    answer = permit(endpoint, "sid", principal)
    assert (answer.status, b"The provided principal was invalid" in answer.body) == (400, True)
    probe(endpoint, "Lambda")


@pytest.mark.parametrize(
    "members",
    [{"SourceArn": "arn:aws:s3:::name"}, {"SourceAccount": ACCOUNT}, {"EventSourceToken": "token"},
     {"PrincipalOrgID": "o-aaaaaaaaaa"}, {"FunctionUrlAuthType": "AWS_IAM"},
     {"InvokedViaFunctionUrl": True}, {"SourceArn": "x"}, {"SourceAccount": "1"}, {"Action": "x"},
     {"Action": "*"}, {"Principal": None}, {"Principal": {"AWS": "*"}}, {"Principal": []},
     {"FunctionName": "other"}, {"Effect": "Deny"}, {"Resource": "*"}, {"Condition": {"x": {}}},
     {"StatementId": ""}, {"StatementId": "a b"}, {"StatementId": 5}, {"RevisionId": "x"},
     {"SourceArn": "arn:aws:s3:us-east-1::" + "a" * 9000}],
)  # fmt: skip
def test_a_function_answers_after_any_permission(
    endpoint: Endpoint, members: dict[str, Any]
) -> None:
    given = {"principal": "s3.amazonaws.com", "sid": "sid"}
    answer = permit(endpoint, given["sid"], given["principal"], **members)
    assert answer.status in (201, 400, 412), answer
    probe(endpoint, "Lambda")
    if answer.status == 201:
        (stored,) = statements(endpoint)
        assert stored.keys() <= {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        assert (stored["Effect"], stored["Resource"]) == ("Allow", FUNCTION)
        assert endpoint.http("lambda", "DELETE", f"{POLICY}/sid").status == 204


def test_a_functions_policy_has_an_end(endpoint: Endpoint) -> None:
    long = "arn:aws:s3:us-east-1::" + "a" * 9000
    found = [permit(endpoint, f"s{n}", "s3.amazonaws.com", SourceArn=long) for n in range(3)]
    assert [answer.status for answer in found] == [201, 201, 400]
    assert b"PolicyLengthExceededException" in found[2].body
    for sid in ("s0", "s1"):
        endpoint.http("lambda", "DELETE", f"{POLICY}/{sid}")


def test_a_deleted_role_leaves_a_functions_policy(endpoint: Endpoint) -> None:
    trust = json.loads(odd_documents("sts:AssumeRole", "*")["right"])
    del trust["Statement"][0]["Resource"]
    made = {"RoleName": "gone", "AssumeRolePolicyDocument": json.dumps(trust)}
    assert endpoint.form("CreateRole", **made).status == 200
    assert permit(endpoint, "sid", f"arn:aws:iam::{ACCOUNT}:role/gone").status == 201
    assert endpoint.form("DeleteRole", RoleName="gone").status == 200
    assert statements(endpoint)[0]["Principal"]["AWS"].startswith("AROA")
    probe(endpoint, "Lambda")
    endpoint.http("lambda", "DELETE", f"{POLICY}/sid")


@pytest.mark.parametrize("form", [False, True], ids=["JSON", "form"])
@pytest.mark.parametrize(
    ("members", "status"),
    [({}, 200), ({"AWSAccountIds": ["1"]}, 400), ({"AWSAccountIds": ["*"]}, 400),
     ({"AWSAccountIds": [ROOT]}, 400), ({"AWSAccountIds": [ACCOUNT, "x"]}, 400),
     ({"AWSAccountIds": [ACCOUNT, "444455556666"]}, 200), ({"AWSAccountIds": [""]}, 400),
     ({"AWSAccountIds": ["x" * 3000]}, 400), ({"Actions": ["*"]}, 200), ({"Actions": ["x"]}, 400),
     ({"Actions": ["SetQueueAttributes"]}, 400), ({"Actions": ["SendMessage"] * 8}, 400),
     ({"Label": "a b"}, 400), ({"Label": "x" * 81}, 400), ({"Label": "\N{SNOWMAN}"}, 400)],
)  # fmt: skip
def test_a_queue_answers_after_any_permission(
    endpoint: Endpoint, members: dict[str, Any], status: int, form: bool
) -> None:
    given = {"Label": "label", "AWSAccountIds": [ACCOUNT], "Actions": ["SendMessage"], **members}

    def add() -> Response:
        if not form:
            return endpoint.json("sqs", "AddPermission", {"QueueUrl": QUEUE, **given})
        pairs = {f"AWSAccountId.{n}": each for n, each in enumerate(given["AWSAccountIds"], 1)}
        pairs |= {f"ActionName.{n}": each for n, each in enumerate(given["Actions"], 1)}
        return endpoint.form("AddPermission", "sqs", QueueUrl=QUEUE, Label=given["Label"], **pairs)

    plain = {"QueueUrl": QUEUE, "Attributes": {"Policy": ""}}
    assert endpoint.json("sqs", "SetQueueAttributes", plain).status == 200
    assert add().status == status
    probe(endpoint, "SQS")
    if status == 200:
        assert add().status == 400  # the label exists
        removal = {"QueueUrl": QUEUE, "Label": given["Label"]}
        assert endpoint.json("sqs", "RemovePermission", removal).status == 200
        assert endpoint.json("sqs", "RemovePermission", removal).status == 400
        assert b"Policy" not in endpoint.json("sqs", "GetQueueAttributes", ATTRIBUTES).body


def test_a_permission_joins_statements_without_a_name(endpoint: Endpoint) -> None:
    alone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": alone})
    wanted = {"QueueUrl": QUEUE, "Attributes": {"Policy": policy}}
    assert endpoint.json("sqs", "SetQueueAttributes", wanted).status == 200
    given = {"QueueUrl": QUEUE, "Label": "l", "AWSAccountIds": [ACCOUNT], "Actions": ["*"]}
    assert endpoint.json("sqs", "AddPermission", given).status == 200
    probe(endpoint, "SQS")


@pytest.mark.parametrize("principal", ["x", ACCOUNT, "*", f"{ROLE}-missing", "arn:aws:s3:::name"])
def test_a_grant_is_given_to_a_principal(endpoint: Endpoint, principal: str) -> None:
    key = json.loads(endpoint.json("kms", "CreateKey", {}).body)["KeyMetadata"]["KeyId"]
    given = {"KeyId": key, "Operations": ["Decrypt"]}
    made = endpoint.json("kms", "CreateGrant", {**given, "GranteePrincipal": principal})
    # The model has a pattern, and KMS an error for what fits it.
    assert made.status == 400
    assert b"InvalidArnException" in made.body or b"ValidationException" in made.body
    assert endpoint.json("kms", "CreateGrant", {**given, "GranteePrincipal": ROLE}).status == 200
