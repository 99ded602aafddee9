"""Short ways to write policies and requests in tables."""

import pytest

from policies.iam import Policies, PolicyType, Principal, Request, is_authorized, parse_policy

ACCOUNT = "111122223333"


@pytest.fixture
def policy():
    """Parse statements as a policy of a kind."""

    def parse(kind, *statements, version="2012-10-17", **options):
        document = {"Version": version, "Statement": list(statements)}
        return parse_policy(document, PolicyType[kind], **options)

    return parse


@pytest.fixture
def principal():
    """A principal from `role/NAME` (a session), `user/NAME`, `root`, an ARN, a service or `*`."""

    def make(text, *, account=ACCOUNT):
        if text == "*":
            return Principal.anonymous()
        if text.endswith(".amazonaws.com"):
            return Principal.service(text)
        if text.startswith("arn:"):
            return Principal.of(text)
        if text.startswith("role/"):
            role = f"arn:aws:iam::{account}:{text}"
            name = text.rpartition("/")[2]
            session = f"arn:aws:sts::{account}:assumed-role/{name}/session"
            return Principal.of(session, issuer_arn=role)
        return Principal.of(f"arn:aws:iam::{account}:{text}")

    return make


@pytest.fixture
def holds(policy, principal):
    """Whether a Condition block holds for a request with these keys."""

    def test(condition, context, *, who="user/ann", version="2012-10-17"):
        statement = {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "*",
            "Condition": condition,
        }
        request = Request(principal(who), "s3:GetObject", "arn:aws:s3:::b/k", context)
        policies = Policies(identity=(policy("IDENTITY", statement, version=version),))
        return is_authorized(request, policies).allowed

    return test
