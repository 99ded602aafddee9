"""How policies of all types together decide."""

import pytest

from policies.iam import AppliedAs, Outcome, Policies, Principal, Request, is_authorized

GUIDE = "docs.aws.amazon.com/IAM/latest/UserGuide/"
LOGIC = f"{GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html"
CROSS = f"{GUIDE}reference_policies_evaluation-logic-cross-account.html"
BOUNDARY = f"{GUIDE}access_policies_boundaries.html"
SESSION = f"{GUIDE}access_policies.html"
PRINCIPAL = f"{GUIDE}reference_policies_elements_principal.html"
MESSAGES = f"{GUIDE}troubleshoot_access-denied.html"
SCP = "docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"
RCP = "docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"

IAM, STS = "arn:aws:iam::111122223333", "arn:aws:sts::111122223333"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:q"
FOREIGN = "arn:aws:sqs:us-east-1:444455556666:q"
ANN = {"AWS": f"{IAM}:user/ann"}
APP = {"AWS": f"{IAM}:role/app"}
APP_SESSION = {"AWS": f"{STS}:assumed-role/app/session"}
OWN_ACCOUNT = {"AWS": "111122223333"}
FEDERATED = f"{STS}:federated-user/guest"

YES = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
NO = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
ELSE = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}

ALLOWED, DENIED, BLOCKED_WORK = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"


def _row(name, expected, page, who="user/ann", resource=QUEUE, **policies):
    """A row; of `policies` each is a statement, for `rp` a statement and whom it names."""
    return pytest.param(who, resource, policies, expected, page, id=name)


@pytest.fixture
def outcome(policy, principal):
    def decided(who, resource, given):
        def parsed(name, kind):
            return policy(kind, given[name]) if name in given else None

        def listed(name, kind):
            found = parsed(name, kind)
            return () if found is None else (found,)

        resource_policy = None
        if "rp" in given:
            statement, named = given["rp"]
            resource_policy = policy("RESOURCE", statement | {"Principal": named})
        rcp = given.get("rcp")
        policies = Policies(
            identity=listed("identity", "IDENTITY"),
            resource=resource_policy,
            boundary=parsed("boundary", "IDENTITY"),
            session=listed("session", "SESSION"),
            service_control=tuple((policy("SERVICE_CONTROL", s),) for s in given.get("scp", ())),
            resource_control=(
                () if rcp is None else (policy("RESOURCE_CONTROL", rcp | {"Principal": "*"}),)
            ),
        )
        caller = principal(who)
        if who == FEDERATED:
            caller = Principal.of(FEDERATED, issuer_arn=f"{IAM}:user/ann")
        return is_authorized(Request(caller, "sqs:SendMessage", resource), policies)

    return decided


@pytest.mark.parametrize(
    ("who", "resource", "policies", "expected", "page"),
    [
        # one account
        _row("nothing allows", DENIED, LOGIC),
        _row("identity policy allows", ALLOWED, LOGIC, identity=YES),
        _row("identity policy is about something else", DENIED, LOGIC, identity=ELSE),
        _row("identity policy denies", BLOCKED_WORK, LOGIC, identity=NO),
        _row("resource policy allows the user", ALLOWED, LOGIC, rp=(YES, ANN)),
        _row(
            "resource policy denies what the identity policy allows",
            BLOCKED_WORK,
            LOGIC,
            identity=YES,
            rp=(NO, "*"),
        ),
        _row(
            "identity policy denies what the resource policy allows",
            BLOCKED_WORK,
            LOGIC,
            identity=NO,
            rp=(YES, ANN),
        ),
        _row(
            "either side suffices: resource policy is about something else",
            ALLOWED,
            LOGIC,
            identity=YES,
            rp=(ELSE, ANN),
        ),
        _row(
            "account in the resource policy delegates, identity allows",
            ALLOWED,
            PRINCIPAL,
            identity=YES,
            rp=(YES, OWN_ACCOUNT),
        ),
        _row(
            "account in the resource policy delegates, identity does not allow",
            DENIED,
            PRINCIPAL,
            rp=(YES, OWN_ACCOUNT),
        ),
        _row(
            "everybody in the resource policy needs nothing else in the account",
            ALLOWED,
            PRINCIPAL,
            rp=(YES, "*"),
        ),
        _row("root user may do everything", ALLOWED, LOGIC, who="root"),
        _row("root user is denied explicitly", BLOCKED_WORK, LOGIC, who="root", rp=(NO, "*")),
        # permissions boundary
        _row("boundary alone grants nothing", DENIED, BOUNDARY, boundary=YES),
        _row("boundary and identity policy allow", ALLOWED, BOUNDARY, identity=YES, boundary=YES),
        _row("boundary does not allow", DENIED, BOUNDARY, identity=YES, boundary=ELSE),
        _row("boundary denies", BLOCKED_WORK, BOUNDARY, identity=YES, boundary=NO),
        _row(
            "boundary does not limit what the resource policy grants a user",
            ALLOWED,
            LOGIC,
            rp=(YES, ANN),
            boundary=ELSE,
        ),
        _row(
            "boundary denies what the resource policy grants a user",
            BLOCKED_WORK,
            LOGIC,
            rp=(YES, ANN),
            boundary=NO,
        ),
        _row(
            "boundary limits what the resource policy grants a role",
            DENIED,
            LOGIC,
            who="role/app",
            rp=(YES, APP),
            boundary=ELSE,
        ),
        _row(
            "boundary does not limit what the resource policy grants a session",
            ALLOWED,
            LOGIC,
            who="role/app",
            rp=(YES, APP_SESSION),
            boundary=ELSE,
        ),
        _row(
            "boundary does not limit what the resource policy grants everybody",
            ALLOWED,
            PRINCIPAL,
            who="role/app",
            rp=(YES, "*"),
            boundary=ELSE,
        ),
        _row(
            "role in the resource policy needs no identity policy",
            ALLOWED,
            LOGIC,
            who="role/app",
            rp=(YES, APP),
        ),
        _row(
            "role in the resource policy within its boundary",
            ALLOWED,
            LOGIC,
            who="role/app",
            rp=(YES, APP),
            boundary=YES,
        ),
        _row(
            "account in the resource policy, boundary does not allow",
            DENIED,
            BOUNDARY,
            identity=YES,
            rp=(YES, OWN_ACCOUNT),
            boundary=ELSE,
        ),
        # session policies
        _row("session policy alone grants nothing", DENIED, SESSION, who="role/app", session=YES),
        _row(
            "session policy and identity policy allow",
            ALLOWED,
            SESSION,
            who="role/app",
            identity=YES,
            session=YES,
        ),
        _row(
            "session policy does not allow",
            DENIED,
            SESSION,
            who="role/app",
            identity=YES,
            session=ELSE,
        ),
        _row(
            "session policy denies", BLOCKED_WORK, SESSION, who="role/app", identity=YES, session=NO
        ),
        _row(
            "session policy limits what the resource policy grants a role",
            DENIED,
            LOGIC,
            who="role/app",
            rp=(YES, APP),
            session=ELSE,
        ),
        _row(
            "session policy does not limit what the resource policy grants a session",
            ALLOWED,
            LOGIC,
            who="role/app",
            rp=(YES, APP_SESSION),
            session=ELSE,
        ),
        _row(
            "session policy denies what the resource policy grants a session",
            BLOCKED_WORK,
            LOGIC,
            who="role/app",
            rp=(YES, APP_SESSION),
            session=NO,
        ),
        _row(
            "boundary, session and identity policy allow",
            ALLOWED,
            SESSION,
            who="role/app",
            identity=YES,
            boundary=YES,
            session=YES,
        ),
        _row("federated user without session policy", DENIED, LOGIC, who=FEDERATED, identity=YES),
        _row(
            "federated user with session policy",
            ALLOWED,
            LOGIC,
            who=FEDERATED,
            identity=YES,
            session=YES,
        ),
        _row(
            "federated user named itself",
            ALLOWED,
            LOGIC,
            who=FEDERATED,
            rp=(YES, {"AWS": FEDERATED}),
        ),
        _row(
            "federated user by its user, session policy does not allow",
            DENIED,
            LOGIC,
            who=FEDERATED,
            rp=(YES, ANN),
            session=ELSE,
        ),
        _row(
            "federated user by its user, session policy allows",
            ALLOWED,
            LOGIC,
            who=FEDERATED,
            rp=(YES, ANN),
            session=YES,
        ),
        # organization
        _row("service control policy allows", ALLOWED, SCP, identity=YES, scp=[YES]),
        _row("service control policy alone grants nothing", DENIED, SCP, scp=[YES]),
        _row("service control policy does not allow", DENIED, SCP, identity=YES, scp=[ELSE]),
        _row("service control policy denies", BLOCKED_WORK, SCP, identity=YES, scp=[NO]),
        _row(
            "one level of the organization does not allow",
            DENIED,
            SCP,
            identity=YES,
            scp=[YES, ELSE, YES],
        ),
        _row(
            "all levels of the organization allow", ALLOWED, SCP, identity=YES, scp=[YES, YES, YES]
        ),
        _row(
            "service control policy limits resource policies too",
            DENIED,
            SCP,
            rp=(YES, ANN),
            scp=[ELSE],
        ),
        _row("service control policy limits the root user", DENIED, SCP, who="root", scp=[ELSE]),
        _row(
            "service control policies do not limit services",
            ALLOWED,
            SCP,
            who="sns.amazonaws.com",
            rp=(YES, {"Service": "sns.amazonaws.com"}),
            scp=[NO],
        ),
        _row(
            "service control policies do not limit service-linked roles",
            ALLOWED,
            SCP,
            who="role/aws-service-role/x.amazonaws.com/app",
            identity=YES,
            scp=[NO],
        ),
        _row("resource control policy denies", BLOCKED_WORK, RCP, identity=YES, rcp=NO),
        _row(
            "resource control policy denies a service",
            BLOCKED_WORK,
            RCP,
            who="sns.amazonaws.com",
            rp=(YES, "*"),
            rcp=NO,
        ),
        _row(
            "resource control policies do not limit service-linked roles",
            ALLOWED,
            RCP,
            who="role/aws-service-role/x.amazonaws.com/app",
            identity=YES,
            rcp=NO,
        ),
        # two accounts
        _row("only the identity policy allows", DENIED, CROSS, resource=FOREIGN, identity=YES),
        _row("only the resource policy allows", DENIED, CROSS, resource=FOREIGN, rp=(YES, ANN)),
        _row("both sides allow", ALLOWED, CROSS, resource=FOREIGN, identity=YES, rp=(YES, ANN)),
        _row(
            "resource policy names the account",
            ALLOWED,
            CROSS,
            resource=FOREIGN,
            identity=YES,
            rp=(YES, OWN_ACCOUNT),
        ),
        _row("everybody, but no identity policy", DENIED, CROSS, resource=FOREIGN, rp=(YES, "*")),
        _row(
            "everybody, and identity policy",
            ALLOWED,
            CROSS,
            resource=FOREIGN,
            identity=YES,
            rp=(YES, "*"),
        ),
        _row(
            "boundary limits across accounts",
            DENIED,
            CROSS,
            resource=FOREIGN,
            identity=YES,
            rp=(YES, ANN),
            boundary=ELSE,
        ),
        _row(
            "session policy limits across accounts",
            DENIED,
            CROSS,
            resource=FOREIGN,
            who="role/app",
            identity=YES,
            rp=(YES, APP_SESSION),
            session=ELSE,
        ),
        _row(
            "resource policy denies across accounts",
            BLOCKED_WORK,
            CROSS,
            resource=FOREIGN,
            identity=YES,
            rp=(NO, "*"),
        ),
        _row(
            "root user of another account needs the resource policy",
            DENIED,
            CROSS,
            resource=FOREIGN,
            who="root",
        ),
        _row(
            "root user of another account by the resource policy",
            ALLOWED,
            CROSS,
            resource=FOREIGN,
            who="root",
            rp=(YES, OWN_ACCOUNT),
        ),
        # several at once
        _row(
            "boundary of a role named beside its account, session policy does not allow",
            DENIED,
            LOGIC,
            who="role/app",
            identity=YES,
            rp=(YES, OWN_ACCOUNT),
            boundary=YES,
            session=ELSE,
        ),
        _row(
            "everybody in the resource policy, session policy does not allow",
            ALLOWED,
            PRINCIPAL,
            who="role/app",
            rp=(YES, "*"),
            session=ELSE,
        ),
        _row(
            "service control policy denies what everybody may",
            BLOCKED_WORK,
            SCP,
            rp=(YES, "*"),
            scp=[NO],
        ),
        _row(
            "service control policy limits across accounts",
            DENIED,
            SCP,
            resource=FOREIGN,
            identity=YES,
            rp=(YES, ANN),
            scp=[ELSE],
        ),
        _row(
            "service control policy denies an unsigned request nothing",
            ALLOWED,
            SCP,
            who="*",
            rp=(YES, "*"),
            scp=[NO],
        ),
        _row(
            "resource control policy denies across accounts",
            BLOCKED_WORK,
            RCP,
            resource=FOREIGN,
            identity=YES,
            rp=(YES, ANN),
            rcp=NO,
        ),
        _row("resource control policy denies the root user", BLOCKED_WORK, RCP, who="root", rcp=NO),
        _row(
            "resource control policy denies an unsigned request",
            BLOCKED_WORK,
            RCP,
            who="*",
            rp=(YES, "*"),
            rcp=NO,
        ),
        _row(
            "root user limited by nothing but policies of the organization",
            ALLOWED,
            LOGIC,
            who="root",
            identity=ELSE,
            scp=[YES],
        ),
        _row(
            "boundary denies across accounts",
            BLOCKED_WORK,
            CROSS,
            resource=FOREIGN,
            identity=YES,
            rp=(YES, ANN),
            boundary=NO,
        ),
        _row(
            "role named across accounts needs its identity policy",
            DENIED,
            CROSS,
            resource=FOREIGN,
            who="role/app",
            rp=(YES, APP),
        ),
        _row(
            "session named across accounts needs its identity policy",
            DENIED,
            CROSS,
            resource=FOREIGN,
            who="role/app",
            rp=(YES, APP_SESSION),
        ),
        # no account
        _row(
            "service needs the resource policy only",
            ALLOWED,
            PRINCIPAL,
            who="sns.amazonaws.com",
            rp=(YES, {"Service": "sns.amazonaws.com"}),
        ),
        _row("service without resource policy", DENIED, PRINCIPAL, who="sns.amazonaws.com"),
        _row("unsigned request by everybody", ALLOWED, PRINCIPAL, who="*", rp=(YES, "*")),
        _row("unsigned request otherwise", DENIED, PRINCIPAL, who="*", rp=(YES, ANN)),
    ],
)
def test_decision(outcome, who, resource, policies, expected, page):
    assert outcome(who, resource, policies).outcome.value == expected, page


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ROLE = f"{IAM}:role/app"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/k"
KMS = "docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"
USING = f"{GUIDE}id_roles_use_permissions-to-switch.html"


@pytest.mark.parametrize(
    ("action", "resource", "expected", "page"),
    [
        pytest.param("kms:Decrypt", KEY_ARN, DENIED, KMS, id="a key without its policy"),
        pytest.param("kms:CreateAlias", f"{KEY_ARN[:-5]}alias/a", ALLOWED, KMS, id="an alias"),
        pytest.param(
            "apigateway:GET", "arn:aws:apigateway:r:111122223333:key/k", ALLOWED, LOGIC,
            id="another service's key",
        ),
        pytest.param("sts:AssumeRole", ROLE, DENIED, USING, id="a role without its trust policy"),
        pytest.param("iam:GetRole", ROLE, ALLOWED, LOGIC, id="a role that is only looked at"),
        pytest.param("sts:TagGetFederationToken", f"{IAM}:user/ann", ALLOWED, LOGIC, id="a user"),
        pytest.param("sts:AssumeRole", f"{STS}:role/app", ALLOWED, LOGIC, id="no role of IAM"),
        pytest.param("sts:AssumeRole", "role/app", ALLOWED, LOGIC, id="no ARN"),
    ],
)  # fmt: skip
def test_keys_and_roles_need_their_own_policy(policy, principal, action, resource, expected, page):
    policies = Policies(identity=(policy("IDENTITY", EVERYTHING),))
    decision = is_authorized(Request(principal("user/ann"), action, resource), policies)
    assert decision.outcome.value == expected, page


@pytest.mark.parametrize("kind", ["KEY", "TRUST"])
def test_a_key_or_trust_policy_must_grant_whatever_the_resource_is_called(policy, principal, kind):
    action = {"KEY": "kms:Decrypt", "TRUST": "sts:AssumeRole"}[kind]
    other = {"Effect": "Allow", "Action": action, "Principal": {"AWS": f"{IAM}:user/bob"}}
    own = policy(kind, other | ({"Resource": "*"} if kind == "KEY" else {}))
    policies = Policies(identity=(policy("IDENTITY", EVERYTHING),), resource=own)
    decision = is_authorized(Request(principal("user/ann"), action, "*"), policies)
    assert decision.missing is AppliedAs.RESOURCE, KMS


def test_a_service_has_no_rights_on_an_arn_without_account(principal):
    request = Request(principal("sns.amazonaws.com"), "s3:GetObject", "arn:aws:s3:::b/k")
    assert is_authorized(request, Policies()).missing is AppliedAs.RESOURCE, PRINCIPAL


@pytest.mark.parametrize(
    ("first", "second", "who"),
    [
        pytest.param(OWN_ACCOUNT, ANN, "user/ann", id="account, then user"),
        pytest.param(OWN_ACCOUNT, APP_SESSION, "role/app", id="account, then session"),
        pytest.param(APP, APP_SESSION, "role/app", id="role, then session"),
        pytest.param(APP_SESSION, APP, "role/app", id="session, then role"),
    ],
)
def test_the_strongest_grant_of_a_resource_policy_counts(policy, principal, first, second, who):
    resource = policy("RESOURCE", YES | {"Principal": first}, YES | {"Principal": second})
    policies = Policies(resource=resource, boundary=policy("IDENTITY", ELSE))
    assert is_authorized(Request(principal(who), "sqs:SendMessage", QUEUE), policies).allowed, LOGIC


def test_each_ruling_has_its_capacity_and_the_message_names_them_all(policy, principal):
    policies = Policies(
        identity=(policy("IDENTITY", YES),),
        boundary=policy("IDENTITY", YES),
        session=(policy("SESSION", YES),),
        service_control=((policy("SERVICE_CONTROL", YES),),),
        resource=policy("RESOURCE", YES | {"Principal": OWN_ACCOUNT}),
    )
    decision = is_authorized(Request(principal("role/app"), "sqs:SendMessage", QUEUE), policies)
    assert [ruling.applied_as for ruling in decision.decided_by] == [
        AppliedAs.SERVICE_CONTROL, AppliedAs.RESOURCE, AppliedAs.IDENTITY, AppliedAs.BOUNDARY,
        AppliedAs.SESSION,
    ], LOGIC  # fmt: skip
    assert decision.message == (
        "allowed by service control policy, statement 0; resource policy, statement 0; "
        "identity policy, statement 0; permissions boundary, statement 0; "
        "session policy, statement 0"
    )


def test_messages_of_the_root_user_and_of_a_service(principal):
    root = is_authorized(Request(principal("root"), "sqs:SendMessage", QUEUE), Policies())
    assert root.message == "allowed by being the account root user"
    service = is_authorized(
        Request(principal("sns.amazonaws.com"), "sqs:SendMessage", QUEUE), Policies()
    )
    assert service.message == (
        "AWS service: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: "
        f"{QUEUE} because no resource-based policy allows the sqs:SendMessage action"
    ), MESSAGES


def test_a_decision_names_the_statement_that_denies(policy, principal):
    sid = {"Sid": "DenySending"}
    policies = Policies(identity=(policy("IDENTITY", YES, NO | sid, name="team"),))
    decision = is_authorized(Request(principal("user/ann"), "sqs:SendMessage", QUEUE), policies)
    assert [str(ruling) for ruling in decision.decided_by] == [
        'identity policy "team", statement 1 (DenySending)'
    ]
    assert decision.message.endswith("with an explicit deny in an identity-based policy"), MESSAGES


def test_a_decision_names_each_statement_that_had_to_allow(policy, principal):
    named = {"Principal": ANN}
    policies = Policies(
        identity=(policy("IDENTITY", ELSE, YES),),
        resource=policy("RESOURCE", YES | named),
        boundary=policy("IDENTITY", YES),
        service_control=((policy("SERVICE_CONTROL", YES),),),
    )
    decision = is_authorized(Request(principal("user/ann"), "sqs:SendMessage", FOREIGN), policies)
    assert [str(ruling) for ruling in decision.decided_by] == [
        "service control policy, statement 0",
        "resource policy, statement 0",
        "identity policy, statement 1",
        "permissions boundary, statement 0",
    ], CROSS


@pytest.mark.parametrize(
    ("policies", "resource", "missing", "reason"),
    [
        pytest.param(
            {},
            QUEUE,
            AppliedAs.IDENTITY,
            "because no identity-based policy allows",
            id="identity policy",
        ),
        pytest.param(
            {"identity": YES},
            FOREIGN,
            AppliedAs.RESOURCE,
            "because no resource-based policy allows",
            id="resource policy",
        ),
        pytest.param(
            {"identity": YES, "boundary": ELSE},
            QUEUE,
            AppliedAs.BOUNDARY,
            "because no permissions boundary allows",
            id="boundary",
        ),
        pytest.param(
            {"identity": YES, "session": ELSE},
            QUEUE,
            AppliedAs.SESSION,
            "because no session policy allows",
            id="session policy",
        ),
        pytest.param(
            {"identity": YES, "scp": [ELSE]},
            QUEUE,
            AppliedAs.SERVICE_CONTROL,
            "because no service control policy allows",
            id="service control policy",
        ),
    ],
)
def test_a_decision_says_what_does_not_allow(outcome, policies, resource, missing, reason):
    decision = outcome("role/app", resource, policies)
    assert decision.outcome is Outcome.IMPLICITLY_DENIED
    assert decision.missing is missing
    assert decision.message == (
        f"User: {STS}:assumed-role/app/session is not authorized to perform: sqs:SendMessage "
        f"on resource: {resource} {reason} the sqs:SendMessage action"
    ), MESSAGES


def test_a_session_policy_may_be_a_managed_one(policy, principal):
    managed = policy("IDENTITY", ELSE)
    policies = Policies(identity=(policy("IDENTITY", YES),), session=(managed,))
    decision = is_authorized(Request(principal("role/app"), "sqs:SendMessage", QUEUE), policies)
    assert decision.missing is AppliedAs.SESSION, SESSION


def test_a_policy_of_the_wrong_kind_is_refused(policy):
    with pytest.raises(ValueError, match="expected an identity-based policy, found key policy"):
        Policies(identity=(policy("KEY", YES | {"Principal": "*"}),))


def test_an_arn_without_account_belongs_to_the_principal_unless_said_otherwise(policy):
    ann = Principal.of(f"{IAM}:user/ann")
    policies = Policies(identity=(policy("IDENTITY", ELSE),))
    own = Request(ann, "s3:GetObject", "arn:aws:s3:::b/k")
    foreign = Request(ann, "s3:GetObject", "arn:aws:s3:::b/k", resource_account="444455556666")
    assert is_authorized(own, policies).allowed
    assert not is_authorized(foreign, policies).allowed
