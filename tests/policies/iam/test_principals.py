"""Whom the Principal element of a resource policy names."""

import pytest

from policies.iam import MalformedPolicyError, Policies, Principal, Request, is_authorized
from policies.iam.language.request import Kind

GUIDE = "docs.aws.amazon.com/IAM/latest/UserGuide/"
PAGE = f"{GUIDE}reference_policies_elements_principal.html"
NOT = f"{GUIDE}reference_policies_elements_notprincipal.html"
BOUNDARIES = f"{GUIDE}access_policies_boundaries.html"
KEYS = f"{GUIDE}reference_policies_condition-keys.html"
VALUES = f"{GUIDE}reference_policies_variables.html"

IAM, STS = "arn:aws:iam::111122223333", "arn:aws:sts::111122223333"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:q"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _names(name, listed, who, page=PAGE):
    return pytest.param(listed, who, True, page, id=name)


def _misses(name, listed, who, page=PAGE):
    return pytest.param(listed, who, False, page, id=name)


@pytest.mark.parametrize(
    ("listed", "who", "expected", "page"),
    [
        _names("user by ARN", {"AWS": f"{IAM}:user/ann"}, "user/ann"),
        _misses("another user", {"AWS": f"{IAM}:user/ann"}, "user/bob"),
        _misses("user names have case", {"AWS": f"{IAM}:user/Ann"}, "user/ann"),
        _names("user with a path", {"AWS": f"{IAM}:user/x/ann"}, "user/x/ann"),
        _misses("user without its path", {"AWS": f"{IAM}:user/ann"}, "user/x/ann"),
        _names("session by its role", {"AWS": f"{IAM}:role/app"}, "role/app"),
        _misses("session of another role", {"AWS": f"{IAM}:role/app"}, "role/other"),
        _names("session by its role with a path", {"AWS": f"{IAM}:role/x/app"}, "role/x/app"),
        _names("session by its own ARN", {"AWS": f"{STS}:assumed-role/app/session"}, "role/app"),
        _misses("another session", {"AWS": f"{STS}:assumed-role/app/s2"}, "role/app"),
        _misses("account alone is a delegation", {"AWS": f"{IAM}:root"}, "user/ann"),
        _names("account names its root user", {"AWS": f"{IAM}:root"}, "root"),
        _names("account number names its root user", {"AWS": "111122223333"}, "root"),
        _misses("another account", {"AWS": "444455556666"}, "user/ann"),
        _names("federated user", {"AWS": f"{STS}:federated-user/f"}, f"{STS}:federated-user/f"),
        _names("one of several", {"AWS": [f"{IAM}:role/x", f"{IAM}:user/ann"]}, "user/ann"),
        _names("everybody beside a name", {"AWS": ["*", f"{IAM}:user/bob"]}, "user/ann"),
        _misses(
            "an identity provider of a user's ARN", {"Federated": f"{IAM}:user/ann"}, "user/ann"
        ),
        _misses("a deleted user by its unique id", {"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, "user/ann"),
        _names("everybody", "*", "user/ann"),
        _names("everybody under AWS", {"AWS": "*"}, "user/ann"),
        _names("everybody without a signature", "*", "*"),
        _names("everybody under AWS without a signature", {"AWS": "*"}, "*"),
        _misses("nobody unsigned is named by account", {"AWS": "111122223333"}, "*"),
        _names("service by name", {"Service": "sns.amazonaws.com"}, "sns.amazonaws.com"),
        _misses("another service", {"Service": "sns.amazonaws.com"}, "s3.amazonaws.com"),
        _misses("service by an account", {"AWS": "111122223333"}, "sns.amazonaws.com"),
        _names("service by everybody", "*", "sns.amazonaws.com"),
        _names(
            "second sort of principal",
            {"Service": "sns.amazonaws.com", "AWS": f"{IAM}:user/ann"},
            "user/ann",
        ),
    ],
)
def test_principal(policy, principal, listed, who, expected, page):
    resource_policy = policy("RESOURCE", EVERYTHING | {"Principal": listed})
    request = Request(principal(who), "sqs:SendMessage", QUEUE, resource_account="111122223333")
    assert is_authorized(request, Policies(resource=resource_policy)).allowed is expected, page


CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


@pytest.mark.parametrize(
    ("listed", "own", "identity", "expected"),
    [
        pytest.param(CANONICAL, CANONICAL, True, True, id="account by its canonical user"),
        pytest.param(CANONICAL, CANONICAL, False, False, id="which is a delegation"),
        pytest.param(CANONICAL, CANONICAL[::-1], True, False, id="another canonical user"),
        pytest.param(CANONICAL, None, True, False, id="unknown canonical user"),
    ],
)
def test_a_canonical_user_names_an_account(policy, listed, own, identity, expected):
    eve = Principal(Kind.USER, "arn:aws:iam::444455556666:user/eve", "444455556666",
                    canonical_user=own)  # fmt: skip
    policies = Policies(
        identity=(policy("IDENTITY", EVERYTHING),) if identity else (),
        resource=policy("RESOURCE", EVERYTHING | {"Principal": {"CanonicalUser": listed}}),
    )
    assert is_authorized(Request(eve, "sqs:SendMessage", QUEUE), policies).allowed is expected, PAGE


@pytest.mark.parametrize("sort", ["Federated", "CanonicalUser"])
@pytest.mark.parametrize("name", ["", "*", "a*", "a?"])
def test_no_wildcard_stands_in_the_name_of_a_provider_or_canonical_user(policy, sort, name):
    policy("RESOURCE", EVERYTHING | {"Principal": {sort: "a"}})
    with pytest.raises(MalformedPolicyError, match="expected a name without wildcards"):
        policy("RESOURCE", EVERYTHING | {"Principal": {sort: name}})


@pytest.mark.parametrize("name", ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"])
def test_a_service_is_named_by_each_of_its_names(policy, name):
    logs = Principal.service("logs.us-east-1.amazonaws.com", "logs.amazonaws.com")
    resource = policy("RESOURCE", EVERYTHING | {"Principal": {"Service": name}})
    request = Request(logs, "sqs:SendMessage", QUEUE)
    assert is_authorized(request, Policies(resource=resource)).allowed, KEYS


def test_a_federated_user_is_spared_by_its_user_though_another_session_is_listed(policy):
    guest = Principal.of(f"{STS}:federated-user/guest", issuer_arn=f"{IAM}:user/ann")
    listed = [f"{IAM}:user/ann", f"{IAM}:root", f"{STS}:federated-user/other"]
    statements = (
        EVERYTHING | {"Principal": "*"},
        EVERYTHING | {"Effect": "Deny", "NotPrincipal": {"AWS": listed}},
    )
    request = Request(guest, "sqs:SendMessage", QUEUE)
    assert is_authorized(request, Policies(resource=policy("RESOURCE", *statements))).allowed, NOT


def test_not_principal_grants_what_no_boundary_limits(policy, principal):
    grant = EVERYTHING | {"NotPrincipal": {"AWS": f"{IAM}:user/bob"}}
    limit = policy("IDENTITY", EVERYTHING | {"Action": "s3:*"})
    policies = Policies(resource=policy("RESOURCE", grant), boundary=limit)
    assert is_authorized(
        Request(principal("role/app"), "sqs:SendMessage", QUEUE), policies
    ).allowed, NOT


@pytest.mark.parametrize(
    ("listed", "who", "denied", "page"),
    [
        pytest.param(
            [f"{IAM}:user/ann", f"{IAM}:root"], "user/ann", False, NOT, id="user and account listed"
        ),
        pytest.param([f"{IAM}:user/ann"], "user/ann", True, NOT, id="account not listed"),
        pytest.param(
            [f"{IAM}:user/ann", f"{IAM}:root"],
            "user/bob",
            True,
            NOT,
            id="listing the account does not spare its users",
        ),
        pytest.param(
            [f"{IAM}:role/app", f"{IAM}:root"], "role/app", False, NOT, id="role and account listed"
        ),
        pytest.param(
            [f"{STS}:assumed-role/app/session", f"{IAM}:role/app", f"{IAM}:root"],
            "role/app",
            False,
            NOT,
            id="session, role and account listed",
        ),
        pytest.param(
            [f"{STS}:assumed-role/app/s2", f"{IAM}:role/app", f"{IAM}:root"],
            "role/app",
            True,
            NOT,
            id="another session of the role listed",
        ),
        pytest.param(
            [f"{STS}:assumed-role/app/session", f"{IAM}:root"],
            "role/app",
            True,
            NOT,
            id="role not listed",
        ),
        pytest.param([f"{IAM}:root"], "root", False, NOT, id="root user by its account"),
        pytest.param([f"{IAM}:user/ann", f"{IAM}:root"], "*", True, NOT, id="unsigned"),
        pytest.param(["*"], "user/ann", False, NOT, id="everybody listed"),
    ],
)
def test_not_principal_denies_all_but_those_listed(policy, principal, listed, who, denied, page):
    statements = (
        EVERYTHING | {"Principal": "*"},
        EVERYTHING | {"Effect": "Deny", "NotPrincipal": {"AWS": listed}},
    )
    request = Request(principal(who), "sqs:SendMessage", QUEUE, resource_account="111122223333")
    decision = is_authorized(request, Policies(resource=policy("RESOURCE", *statements)))
    assert (not decision.allowed) is denied, page


def test_not_principal_spares_a_listed_service(policy, principal):
    statements = (
        EVERYTHING | {"Principal": "*"},
        EVERYTHING | {"Effect": "Deny", "NotPrincipal": {"Service": "sns.amazonaws.com"}},
    )
    policies = Policies(resource=policy("RESOURCE", *statements))
    sns, s3 = principal("sns.amazonaws.com"), principal("s3.amazonaws.com")
    assert is_authorized(Request(sns, "sqs:SendMessage", QUEUE), policies).allowed, NOT
    assert not is_authorized(Request(s3, "sqs:SendMessage", QUEUE), policies).allowed, NOT


def test_not_principal_always_denies_who_has_a_permissions_boundary(policy, principal):
    deny = EVERYTHING | {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": [f"{IAM}:user/ann", f"{IAM}:root"]},
    }
    everything = policy("IDENTITY", EVERYTHING)
    request = Request(principal("user/ann"), "sqs:SendMessage", QUEUE)
    free = Policies(identity=(everything,), resource=policy("RESOURCE", deny))
    bounded = Policies((everything,), policy("RESOURCE", deny), boundary=everything)
    assert is_authorized(request, free).outcome.value == "Allowed", BOUNDARIES
    assert is_authorized(request, bounded).outcome.value == "ExplicitlyDenied", BOUNDARIES


@pytest.mark.parametrize(
    ("listed", "who", "expected"),
    [
        pytest.param({"AWS": f"{IAM}:user/ann"}, "user/bob", True, id="another user"),
        pytest.param({"AWS": f"{IAM}:user/ann"}, "*", True, id="unsigned"),
        pytest.param({"AWS": f"{IAM}:user/ann"}, "user/ann", False, id="listed user"),
        pytest.param({"AWS": f"{IAM}:role/app"}, "role/app", False, id="session of a listed role"),
    ],
)
def test_not_principal_allows_all_but_those_listed(policy, principal, listed, who, expected):
    resource_policy = policy("RESOURCE", EVERYTHING | {"NotPrincipal": listed})
    request = Request(principal(who), "sqs:SendMessage", QUEUE, resource_account="111122223333")
    assert is_authorized(request, Policies(resource=resource_policy)).allowed is expected, NOT


@pytest.mark.parametrize(
    ("who", "key", "value"),
    [
        pytest.param("user/x/ann", "aws:PrincipalArn", f"{IAM}:user/x/ann", id="ARN of a user"),
        pytest.param(
            "role/x/app",
            "aws:PrincipalArn",
            f"{IAM}:role/x/app",
            id="ARN of a session is its role's",
        ),
        pytest.param("root", "aws:PrincipalArn", f"{IAM}:root", id="ARN of the root user"),
        pytest.param("user/x/ann", "aws:username", "ann", id="user name without its path"),
        pytest.param("role/app", "aws:PrincipalAccount", "111122223333", id="account"),
        pytest.param("role/app", "aws:PrincipalType", "AssumedRole", id="type of a session"),
        pytest.param("root", "aws:PrincipalType", "Account", id="type of the root user"),
        pytest.param("role/app", "aws:PrincipalIsAWSService", "false", id="no service"),
        pytest.param("sns.amazonaws.com", "aws:PrincipalIsAWSService", "true", id="a service"),
        pytest.param(
            "sns.amazonaws.com",
            "aws:PrincipalServiceName",
            "sns.amazonaws.com",
            id="name of a service",
        ),
        pytest.param("role/app", "aws:ResourceAccount", "111122223333", id="owner of the resource"),
        pytest.param("*", "aws:PrincipalAccount", "anonymous", id="account of an unsigned request"),
        pytest.param("*", "aws:PrincipalType", "Anonymous", id="type of an unsigned request"),
        pytest.param("*", "aws:userid", "anonymous", id="id of an unsigned request"),
        pytest.param("root", "aws:userid", "111122223333", id="id of the root user"),
        pytest.param(
            f"{STS}:federated-user/guest",
            "aws:userid",
            "111122223333:guest",
            id="id of a federated user",
        ),
    ],
)
def test_keys_that_follow_from_the_principal(principal, who, key, value):
    request = Request(principal(who), "sqs:SendMessage", QUEUE)
    assert request.values[key.lower()] == (value,), (KEYS, VALUES)


@pytest.mark.parametrize(
    ("who", "key"),
    [
        pytest.param("role/app", "aws:username", id="session without user name"),
        pytest.param("root", "aws:username", id="root user without user name"),
        pytest.param("sns.amazonaws.com", "aws:PrincipalArn", id="service without ARN"),
        pytest.param("*", "aws:PrincipalArn", id="unsigned without ARN"),
        pytest.param("user/ann", "aws:userid", id="the unique id of a user is not in its ARN"),
        pytest.param("role/app", "aws:userid", id="the unique id of a role is not in its ARN"),
    ],
)
def test_keys_that_do_not_follow_from_the_principal(principal, who, key):
    request = Request(principal(who), "sqs:SendMessage", QUEUE)
    assert key.lower() not in request.values, (KEYS, VALUES)


ONLY = {"StringNotLike": {"aws:userid": ["AROAEXAMPLE:*", "111122223333", "111122223333:g*"]}}


@pytest.mark.parametrize(
    ("who", "condition", "context", "expected"),
    [
        pytest.param(
            "*", {"StringEquals": {"aws:PrincipalType": "Anonymous"}}, {}, True, id="unsigned"
        ),
        pytest.param(
            "root",
            {"StringEquals": {"aws:PrincipalType": "Anonymous"}},
            {},
            False,
            id="signed by the root user",
        ),
        pytest.param(
            "*", {"StringLike": {"aws:PrincipalAccount": "*"}}, {}, True, id="any account"
        ),
        pytest.param("root", ONLY, {}, False, id="root user excepted by its account"),
        pytest.param("*", ONLY, {}, True, id="unsigned, not excepted"),
        pytest.param(f"{STS}:federated-user/guest", ONLY, {}, False, id="federated user excepted"),
        pytest.param(f"{STS}:federated-user/other", ONLY, {}, True, id="another federated user"),
        pytest.param(
            "role/app", ONLY, {"aws:userid": "AROAEXAMPLE:s"}, False, id="session excepted"
        ),
        pytest.param("role/app", ONLY, {"aws:userid": "AROAOTHER:s"}, True, id="another session"),
    ],
)
def test_principals_told_apart_by_type_and_id(policy, principal, who, condition, context, expected):
    bucket = {**EVERYTHING, "Action": "s3:GetObject", "Principal": "*", "Condition": condition}
    request = Request(principal(who), "s3:GetObject", "arn:aws:s3:::b/k", context, "444455556666")
    own = (policy("IDENTITY", EVERYTHING),)
    policies = Policies(own, policy("RESOURCE", bucket), session=own)
    assert is_authorized(request, policies).allowed is expected, VALUES


def test_keys_of_the_request_win_over_those_that_follow(principal):
    request = Request(principal("user/ann"), "s3:GetObject", "*", {"AWS:UserName": "bob"})
    assert request.values["aws:username"] == ("bob",)


@pytest.mark.parametrize(
    "arn",
    ["", "ann", f"{IAM}:group/g", f"{IAM}:role/app", f"{STS}:assumed-role/app", "arn:aws:s3:::b"],
)
def test_what_is_no_principal_is_refused(arn):
    with pytest.raises(ValueError, match="expected the ARN of a user, session or root"):
        Principal.of(arn)
