"""Principals that no policy can name are refused by each service that stores policies."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.account import ACCOUNT, ROOT, LocalAccount, allow, document

Store = Callable[[LocalAccount, Any], Any]
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
SAML = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corporate"}
MALFORMED: list[Any] = [
    {"Federated": "x"},
    {"Federated": f"arn:aws:iam::{ACCOUNT}:role/r"},
    {"CanonicalUser": "x"},
    {"Service": "x"},
    {"Service": "*"},
    {"Service": "lambda"},
    {"AWS": "x"},
    {"AWS": "999"},
    {"AWS": "arn:aws:iam::999999999999:banana"},
    {"AWS": "arn:aws:iam::999999999999:role/*"},
    {"AWS": "arn:aws:iam::999999999999:group/g"},
    {"AWS": "arn:aws:iam::99:root"},
    {"AWS": "arn:aws-cn:iam::999999999999:root"},
    {"AWS": "arn:aws:sts::999999999999:assumed-role/r"},
    {"AWS": ["*", "x"]},
    {"Anybody": "*"},
    {"AWS": {"x": "*"}},
    {"AWS": 5},
    "x",
    [],
    {},
]
RIGHT: list[Any] = [
    {"Service": ["lambda.amazonaws.com", "logs.us-east-1.amazonaws.com"]},
    {"AWS": ["999999999999", "arn:aws:iam::999999999999:role/path/r", ROOT]},
    {"AWS": "arn:aws:sts::999999999999:assumed-role/r/session@example.com"},
]


def trust(account: LocalAccount, principal: Any) -> None:
    iam, text = account.client("iam"), document(allow("sts:AssumeRole", None, Principal=principal))
    iam.update_assume_role_policy(RoleName="trusting", PolicyDocument=text)


def queue(account: LocalAccount, principal: Any) -> None:
    policy = document(allow("sqs:SendMessage", Principal=principal))
    url = account.url("queue")
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def logs(account: LocalAccount, principal: Any) -> None:
    policy = document(allow("logs:PutLogEvents", Principal=principal))
    account.client("logs").put_resource_policy(policyName="policy", policyDocument=policy)


def key(account: LocalAccount, principal: Any) -> None:
    account.key(allow("kms:Decrypt", Principal=principal))


def bucket(account: LocalAccount, principal: Any) -> None:
    policy = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*", Principal=principal))
    account.client("s3").put_bucket_policy(Bucket="bucket", Policy=policy)


STORES: dict[Store, str] = {
    trust: "MalformedPolicyDocument",
    queue: "InvalidAttributeValue",
    logs: "InvalidParameterException",
    key: "MalformedPolicyDocumentException",
    bucket: "MalformedPolicy",
}


@pytest.fixture(scope="module")
def account() -> Iterator[LocalAccount]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0)) as cloud:
        made = LocalAccount(cloud)
        made.role("trusting", document(allow("sts:AssumeRole", None, Principal={"AWS": ROOT})))
        made.queue("queue")
        made.client("s3").create_bucket(Bucket="bucket")
        yield made


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__)
def test_a_principal_that_no_policy_can_name_is_refused(
    account: LocalAccount, store: Store
) -> None:
    found: dict[str, str] = {}
    for principal in MALFORMED:
        try:
            store(account, principal)
        except ClientError as error:
            found[json.dumps(principal)] = error.response["Error"]["Code"]
        else:
            found[json.dumps(principal)] = "stored"
    assert {text: code for text, code in found.items() if code != STORES[store]} == {}


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__)
@pytest.mark.parametrize("principal", RIGHT, ids=["services", "accounts", "session"])
def test_a_principal_that_a_policy_can_name_is_stored(
    account: LocalAccount, store: Store, principal: Any
) -> None:
    store(account, principal)


def test_only_buckets_know_canonical_users(account: LocalAccount) -> None:
    bucket(account, {"CanonicalUser": CANONICAL})
    for store in STORES.keys() - {bucket}:
        with pytest.raises(ClientError, match=r"rincipal|parameter Policy"):
            store(account, {"CanonicalUser": CANONICAL})


@pytest.mark.parametrize(
    "provider",
    [
        SAML["Federated"],
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com",
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A1",
        "cognito-identity.amazonaws.com",
    ],
)
def test_roles_trust_providers(account: LocalAccount, provider: str) -> None:
    trust(account, {"Federated": provider})
