"""Whatever is stored as a policy, later calls are answered: it is stored normally, or refused."""

import json
from collections.abc import Callable

import pytest
from moto.awslambda.models import lambda_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from local.aws_api.http_messages import Response
from tests.local.authorization.odd_documents import ACCOUNT, odd_documents
from tests.local.authorization.small_endpoint import PROBES, QUEUE, ROLE, Endpoint, probe

Store = Callable[[Endpoint, bytes], Response]


def text(document: bytes) -> str:
    return document.decode("utf-8", "replace")


def put_queue_form(endpoint: Endpoint, document: bytes) -> Response:
    members = {"Attribute.1.Name": "Policy", "Attribute.1.Value": text(document)}
    return endpoint.form("SetQueueAttributes", "sqs", QueueUrl=QUEUE, **members)


def create_key(endpoint: Endpoint, document: bytes) -> Response:
    given = {"Policy": text(document), "BypassPolicyLockoutSafetyCheck": True}
    made = endpoint.json("kms", "CreateKey", given)
    if made.status < 300:
        endpoint.key = json.loads(made.body)["KeyMetadata"]["KeyId"]
        probe(endpoint, "KMS")
        endpoint.key = None
    return made


def put_key_policy(endpoint: Endpoint, document: bytes) -> Response:
    if endpoint.key is None:  # the last one may have locked everybody out
        made = endpoint.json("kms", "CreateKey", {})
        endpoint.key = json.loads(made.body)["KeyMetadata"]["KeyId"]
    given = {"KeyId": endpoint.key, "Policy": text(document)}
    given["BypassPolicyLockoutSafetyCheck"] = True
    put = endpoint.json("kms", "PutKeyPolicy", given)
    if put.status < 300:
        probe(endpoint, "KMS")
        endpoint.key = None
    return put


def iam(action: str, member: str = "PolicyDocument", **members: str) -> Store:
    return lambda endpoint, document: endpoint.form(action, **members, **{member: text(document)})


def managed(endpoint: Endpoint, document: bytes) -> Response:
    """A managed policy, which is then in force."""
    made = endpoint.form("CreatePolicy", PolicyName="odd", PolicyDocument=text(document))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/odd"
    if made.status < 300:
        endpoint.form("AttachUserPolicy", UserName="name", PolicyArn=arn)
        endpoint.form("PutRolePermissionsBoundary", RoleName="name", PermissionsBoundary=arn)
        probe(endpoint)
        endpoint.form("DetachUserPolicy", UserName="name", PolicyArn=arn)
        endpoint.form("DeleteRolePermissionsBoundary", RoleName="name")
        assert endpoint.form("DeletePolicy", PolicyArn=arn).status == 200
    return made


def queue_attributes(action: str, **members: str) -> Store:
    return lambda endpoint, document: endpoint.json(
        "sqs", action, {**members, "Attributes": {"Policy": text(document)}}
    )


def logs(action: str, member: str, **members: str) -> Store:
    return lambda endpoint, document: endpoint.json(
        "logs", action, {**members, member: text(document)}
    )


# Each operation that stores a policy: how, and an action and a resource that it takes.
STORES: dict[str, tuple[Store, str, str]] = {
    "KMS CreateKey": (create_key, "kms:*", "*"),
    "KMS PutKeyPolicy": (put_key_policy, "kms:*", "*"),
    "S3 PutBucketPolicy": (
        lambda endpoint, document: endpoint.http("s3", "PUT", "/name?policy", document),
        "s3:*",
        "arn:aws:s3:::name/*",
    ),
    "SQS SetQueueAttributes": (
        queue_attributes("SetQueueAttributes", QueueUrl=QUEUE), "sqs:*", "*"),
    "SQS SetQueueAttributes, a form": (put_queue_form, "sqs:*", "*"),
    "SQS CreateQueue": (queue_attributes("CreateQueue", QueueName="other"), "sqs:*", "*"),
    "Logs PutResourcePolicy": (
        logs("PutResourcePolicy", "policyDocument", policyName="name"), "logs:*", "*"),
    "IAM PutUserPolicy": (iam("PutUserPolicy", UserName="name", PolicyName="odd"), "s3:*", "*"),
    "IAM PutRolePolicy": (iam("PutRolePolicy", RoleName="name", PolicyName="odd"), "s3:*", "*"),
    "IAM CreatePolicy": (managed, "s3:*", "*"),
    "IAM UpdateAssumeRolePolicy": (
        iam("UpdateAssumeRolePolicy", RoleName="name"), "sts:AssumeRole", ""),
    "STS AssumeRole": (
        lambda endpoint, document: endpoint.form(
            "AssumeRole", "sts", RoleArn=ROLE, RoleSessionName="session", Policy=text(document)),
        "s3:*", "*"),
}  # fmt: skip
IDENTITY = ("IAM PutUserPolicy", "IAM PutRolePolicy", "IAM CreatePolicy", "STS AssumeRole")


@pytest.mark.parametrize("name", STORES)
def test_a_policy_is_stored_or_refused_and_everything_answers_after_it(
    endpoint: Endpoint, name: str
) -> None:
    store, action, resource = STORES[name]
    documents = odd_documents(action, resource, principal=name not in IDENTITY)
    if name == "IAM UpdateAssumeRolePolicy":
        documents = {odd: text.replace(b', "Resource": ""', b"") for odd, text in documents.items()}
    stored = 0
    for odd, document in documents.items():
        answer = store(endpoint, document)
        assert answer.status in (200, 204, 400, 403, 409), (odd, answer)
        if answer.status < 300:
            stored += 1
            if not name.startswith("KMS"):  # of which each key is probed when it is stored
                probe(endpoint, name.partition(" ")[0])
    assert stored > 3
    assert store(endpoint, documents["right"]).status < 300


def spoil(endpoint: Endpoint, service: str) -> None:
    """Leave what no operation stores, as an older endpoint may have."""
    region = "us-east-1"
    match service:
        case "S3":
            s3_backends[ACCOUNT]["aws"].get_bucket("name").policy = b"\xff{"
        case "KMS":
            made = endpoint.json("kms", "CreateKey", {})
            key = str(json.loads(made.body)["KeyMetadata"]["KeyId"])
            endpoint.key, kms_backends[ACCOUNT][region].keys[key].policy = key, "{"
        case "SQS":
            sqs_backends[ACCOUNT][region].queues["name"].policy = '{"Statement": [5]}'
        case "Lambda":
            found = lambda_backends[ACCOUNT][region].get_function("name")
            found.policy.statements.append({"Sid": "x", "Principal": ACCOUNT, "Resource": "*"})
        case _:
            iam_backends[ACCOUNT]["aws"].get_role("name").assume_role_policy_document = "{"


@pytest.mark.parametrize("service", ["S3", "KMS", "SQS", "Lambda", "STS"])
def test_a_stored_policy_that_cannot_be_read_is_a_denial(endpoint: Endpoint, service: str) -> None:
    spoil(endpoint, service)
    for ask in PROBES[service]:
        answer = ask(endpoint, endpoint.deployer)
        assert (answer.status, b"cannot be read" in answer.body) in ((403, True), (400, True))
