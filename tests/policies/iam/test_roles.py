"""Who may assume a role, by its trust policy."""

import pytest

from policies.iam import Policies, Principal, Request, is_authorized, list_principals

GUIDE = "docs.aws.amazon.com/IAM/latest/UserGuide/"
LOGIC = f"{GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html"
PRINCIPAL = f"{GUIDE}reference_policies_elements_principal.html"
ASSUME = "docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
SWITCH = f"{GUIDE}id_roles_use_permissions-to-switch.html"
EXTERNAL = f"{GUIDE}id_roles_common-scenarios_third-party.html"
DEPUTY = f"{GUIDE}confused-deputy.html"
OIDC = f"{GUIDE}id_roles_create_for-idp_oidc.html"
SAML = f"{GUIDE}id_roles_create_for-idp_saml.html"

IAM = "arn:aws:iam::111122223333"
ROLE = f"{IAM}:role/target"
PROVIDER = f"{IAM}:oidc-provider/token.actions.githubusercontent.com"
SAML_PROVIDER = f"{IAM}:saml-provider/company"
SIGN_IN = "https://signin.aws.amazon.com/saml"
MAY_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}


def _row(name, expected, page, named, who, *, identity=False, condition=None, context=None):
    return pytest.param(
        named, who, identity, condition or {}, context or {}, expected, page, id=name
    )


@pytest.mark.parametrize(
    ("named", "who", "identity", "condition", "context", "expected", "page"),
    [
        _row("user of the account, named", True, LOGIC, {"AWS": f"{IAM}:user/ann"}, "user/ann"),
        _row("another user", False, LOGIC, {"AWS": f"{IAM}:user/ann"}, "user/bob"),
        _row(
            "identity policy does not stand in for trust",
            False,
            LOGIC,
            {"AWS": f"{IAM}:user/ann"},
            "user/bob",
            identity=True,
        ),
        _row(
            "account trusted, identity policy allows",
            True,
            SWITCH,
            {"AWS": f"{IAM}:root"},
            "user/ann",
            identity=True,
        ),
        _row(
            "account trusted, identity policy does not",
            False,
            SWITCH,
            {"AWS": f"{IAM}:root"},
            "user/ann",
        ),
        _row("the root user assumes no role", False, ASSUME, {"AWS": f"{IAM}:root"}, "root"),
        _row("the root user with everybody", False, ASSUME, {"AWS": "*"}, "root", identity=True),
        _row("role chaining", True, PRINCIPAL, {"AWS": f"{IAM}:role/first"}, "role/first"),
        _row(
            "role does not trust itself",
            False,
            PRINCIPAL,
            {"AWS": f"{IAM}:role/first"},
            "role/target",
            identity=True,
        ),
        _row(
            "service trusted",
            True,
            PRINCIPAL,
            {"Service": "lambda.amazonaws.com"},
            "lambda.amazonaws.com",
        ),
        _row(
            "another service",
            False,
            PRINCIPAL,
            {"Service": "lambda.amazonaws.com"},
            "scheduler.amazonaws.com",
        ),
        _row(
            "service for the right account",
            True,
            DEPUTY,
            {"Service": "lambda.amazonaws.com"},
            "lambda.amazonaws.com",
            condition={"StringEquals": {"aws:SourceAccount": "111122223333"}},
            context={"aws:SourceAccount": "111122223333"},
        ),
        _row(
            "service for another account",
            False,
            DEPUTY,
            {"Service": "lambda.amazonaws.com"},
            "lambda.amazonaws.com",
            condition={"StringEquals": {"aws:SourceAccount": "111122223333"}},
            context={"aws:SourceAccount": "444455556666"},
        ),
        _row(
            "external id given",
            True,
            EXTERNAL,
            {"AWS": f"{IAM}:user/ann"},
            "user/ann",
            condition={"StringEquals": {"sts:ExternalId": "x"}},
            context={"sts:ExternalId": "x"},
        ),
        _row(
            "external id missing",
            False,
            EXTERNAL,
            {"AWS": f"{IAM}:user/ann"},
            "user/ann",
            condition={"StringEquals": {"sts:ExternalId": "x"}},
        ),
    ],
)
def test_assume_role(policy, principal, named, who, identity, condition, context, expected, page):
    trust = policy(
        "TRUST",
        {
            "Effect": "Allow",
            "Principal": named,
            "Action": "sts:AssumeRole",
            "Condition": condition,
        },
    )
    policies = Policies((policy("IDENTITY", MAY_ASSUME),) if identity else (), trust)
    request = Request(principal(who), "sts:AssumeRole", ROLE, context)
    assert is_authorized(request, policies).allowed is expected, page


@pytest.mark.parametrize(
    ("named", "identity", "expected"),
    [
        pytest.param("444455556666", True, True, id="both accounts allow"),
        pytest.param("444455556666", False, False, id="only the trust policy allows"),
        pytest.param("111122223333", True, False, id="only the identity policy allows"),
    ],
)
def test_assume_role_across_accounts(policy, principal, named, identity, expected):
    trust = policy(
        "TRUST", {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}
    )
    policies = Policies((policy("IDENTITY", MAY_ASSUME),) if identity else (), trust)
    who = principal("user/ann", account="444455556666")
    assert is_authorized(Request(who, "sts:AssumeRole", ROLE), policies).allowed is expected, SWITCH


@pytest.mark.parametrize(
    ("provider", "subject", "expected"),
    [
        pytest.param(PROVIDER, "repo:team/app:ref:main", True, id="trusted provider and subject"),
        pytest.param(PROVIDER, "repo:other/app:ref:main", False, id="another subject"),
        pytest.param("accounts.google.com", "repo:team/app:x", False, id="another provider"),
    ],
)
def test_assume_role_with_web_identity(policy, provider, subject, expected):
    key = "token.actions.githubusercontent.com:sub"
    trust = policy(
        "TRUST",
        {
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {key: "repo:team/*"}},
        },
    )
    who = Principal.federated(provider)
    request = Request(who, "sts:AssumeRoleWithWebIdentity", ROLE, {key: subject})
    assert is_authorized(request, Policies(resource=trust)).allowed is expected, OIDC


@pytest.mark.parametrize(
    ("provider", "action", "audience", "expected"),
    [
        pytest.param(SAML_PROVIDER, "WithSAML", SIGN_IN, True, id="trusted provider and audience"),
        pytest.param(SAML_PROVIDER, "WithSAML", "https://example.com", False, id="audience"),
        pytest.param(SAML_PROVIDER, "WithSAML", None, False, id="no audience"),
        pytest.param(f"{SAML_PROVIDER}2", "WithSAML", SIGN_IN, False, id="another provider"),
        pytest.param(SAML_PROVIDER, "WithWebIdentity", SIGN_IN, False, id="another way in"),
        pytest.param(SAML_PROVIDER, "", SIGN_IN, False, id="no federation"),
    ],
)
def test_assume_role_with_saml(policy, provider, action, audience, expected):
    trust = policy(
        "TRUST",
        {
            "Effect": "Allow",
            "Principal": {"Federated": SAML_PROVIDER},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": SIGN_IN}},
        },
    )
    context = {} if audience is None else {"saml:aud": audience}
    request = Request(Principal.federated(provider), f"sts:AssumeRole{action}", ROLE, context)
    assert is_authorized(request, Policies(resource=trust)).allowed is expected, SAML


def test_an_identity_of_the_account_is_no_federated_one(policy, principal):
    named = {"Federated": PROVIDER, "AWS": f"{IAM}:user/ann"}
    trust = policy(
        "TRUST", {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRoleWithWebIdentity"}
    )
    request = Request(principal("user/bob"), "sts:AssumeRoleWithWebIdentity", ROLE)
    assert not is_authorized(request, Policies(resource=trust)).allowed, OIDC


def test_the_root_user_is_told_that_it_takes_on_no_role(policy, principal):
    trust = policy(
        "TRUST", {"Effect": "Allow", "Principal": {"AWS": f"{IAM}:root"}, "Action": "sts:*"}
    )
    policies = Policies(resource=trust)
    decision = is_authorized(Request(principal("root"), "sts:AssumeRole", ROLE), policies)
    assert decision.missing is None
    assert decision.message == "Roles may not be assumed by root accounts.", ASSUME
    assert is_authorized(Request(principal("root"), "sts:TagSession", ROLE), policies).allowed, (
        ASSUME
    )
    who = {access.who for access in list_principals("sts:AssumeRole", ROLE, trust)}
    assert who == {"anybody else in account 111122223333"}


def test_other_actions_on_a_role_need_no_trust(policy, principal):
    statement = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": ROLE}
    policies = Policies(identity=(policy("IDENTITY", statement),))
    assert is_authorized(Request(principal("user/ann"), "iam:GetRole", ROLE), policies).allowed, (
        LOGIC
    )
