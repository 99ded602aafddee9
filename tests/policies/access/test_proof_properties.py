"""Proofs against decide, on random policies and requests: neither may contradict the other."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.access import (
    MalformedPolicyError,
    Policies,
    PolicyKind,
    Principal,
    Request,
    UnprovableError,
    compare,
    decide,
    parse_policy,
)
from policies.access.askers import ARN, CANONICAL, ISSUER, USERNAME, Asker, Says
from policies.access.cases import DERIVED, Case, Numbering
from policies.access.coverage import Coverage
from policies.access.encode import allowed
from policies.access.formulas import Both
from policies.access.key_values import find_values
from policies.access.operators import OPERATORS
from policies.access.refusals import require_provable
from policies.access.request import Kind
from policies.access.things import Things

deterministic = settings(derandomize=True, deadline=None, max_examples=250)

IAM, STS = "arn:aws:iam::111122223333", "arn:aws:sts::111122223333"
OTHER = "arn:aws:iam::444455556666"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/k"
ACTIONS = ["kms:Decrypt", "kms:Encrypt", "sts:AssumeRole", "s3:GetObject", "xray:PutTrace"]
ACTION_PATTERNS = [*ACTIONS, "kms:*", "kms:De*", "*", "xray:*", "XRAY:put*"]
RESOURCES = [KEY_ARN, f"{IAM}:role/app", "arn:aws:s3:::b/k", "arn:aws:s3:::b/x", "*"]
PATTERNS = [*RESOURCES, "arn:aws:s3:::*", "arn:aws:s3:::b*k", "arn:*:k?y/*", "arn:aws:iam::1*"]
NAMES = [
    *("*", "111122223333", "444455556666", f"{IAM}:user/ann", f"{OTHER}:user/eve"),
    *(f"{IAM}:role/app", f"{IAM}:role/p/app", f"{STS}:assumed-role/app/s"),
    *(f"{STS}:federated-user/x", f"{IAM}:role/aws-service-role/x/linked"),
]
CALLERS = [
    *(Principal.of(f"{IAM}:user/{name}") for name in ("ann", "bob", "p/ann")),
    *(Principal.of(f"{STS}:assumed-role/{name}") for name in ("app/s", "app/t", "b/s")),
    Principal.of(f"{STS}:assumed-role/app/s", issuer_arn=f"{IAM}:role/p/app"),
    Principal.of(
        f"{STS}:assumed-role/linked/s", issuer_arn=f"{IAM}:role/aws-service-role/x/linked"
    ),
    Principal.of(f"{STS}:federated-user/x", issuer_arn=f"{IAM}:user/ann"),
    Principal.of(f"{STS}:federated-user/x"),
    Principal.of(f"{IAM}:root"),
    Principal.of(f"{OTHER}:user/eve"),
    Principal.of(f"{OTHER}:root"),
    Principal.of("arn:aws:iam::777788889999:user/ann"),
    Principal.service("s3.amazonaws.com"),
    Principal.service("logs.amazonaws.com", "s3.amazonaws.com"),
    Principal.federated("accounts.google.com"),
    Principal.anonymous(),
]
KEYS = ["aws:SourceArn", "aws:TagKeys", "s3:TlsVersion", "aws:SourceIp", "aws:CurrentTime"]
DERIVED_KEYS = [
    *("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:username"),
    *("aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"),
    *("aws:ResourceAccount", "kms:CallerAccount"),
]
DERIVED_TEXTS = [
    *(f"{IAM}:user/*", f"{IAM}:role/app", f"{IAM}:*", "arn:aws:*:*:*:*", "arn:*:iam::4*:*"),
    *("111122223333", "1111*", "*6666", "User", "AssumedRole", "ann", "a*", "true", "false"),
    *("s3.amazonaws.com", "*.amazonaws.com", "*"),
]
TEXTS = [
    *("a", "A", "a*", "*b", "ab", "", "1.2", "1", "2026", "true", "TRUE", "2026-01-01", "YQ=="),
    *("1735689600", "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "a:b:c:d:e:f*", "a:*:c:d:e:fg"),
    *PATTERNS,
]
VALUES = [
    *("a", "A", "ab", "b", "", "1.2", "01.20", "1", "3", "2026", "2025", "true", "False", "YQ=="),
    *("2026-01-01T00:00:00Z", "2025-05-05", "1735689600", "10.1.2.3", "11.0.0.1", "2001:db8::1"),
    *("a:b:c:d:e:f", "a:b:c:d:e:fg", "k", *RESOURCES),
]


def _operators():
    for name in OPERATORS:
        yield name
        if name != "Null":
            yield from (f"{name}IfExists", f"ForAllValues:{name}", f"ForAnyValue:{name}IfExists")


def _some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


TEXT_OPERATORS = sorted(name for name in _operators() if "String" in name or "Arn" in name)
blocks = st.one_of(
    st.just({}),
    st.dictionaries(
        st.sampled_from(sorted(_operators())),
        st.dictionaries(st.sampled_from(KEYS), _some(TEXTS), min_size=1, max_size=2),
        max_size=2,
    ),
    st.dictionaries(
        st.sampled_from([*TEXT_OPERATORS, "Null", "Bool"]),
        st.dictionaries(st.sampled_from(DERIVED_KEYS), _some(DERIVED_TEXTS), min_size=1),
        max_size=1,
    ),
)
WITH_PRINCIPAL = ("KEY", "TRUST", "RESOURCE", "BUCKET", "RESOURCE_CONTROL")


@st.composite
def statements(draw, kind):
    actions = {
        "TRUST": ["sts:AssumeRole", "sts:*", "sts:TagSession"],
        "BUCKET": ["s3:GetObject", "s3:*", "s3:Get*"],
        "KEY": ["kms:Decrypt", "kms:De*", "kms:*"],
    }.get(kind, ACTION_PATTERNS)
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(_some(actions)),
        "Condition": draw(blocks),
    }
    if kind != "TRUST":
        element = draw(st.sampled_from(["Resource", "Resource", "NotResource"]))
        statement[element] = draw(st.one_of(st.just(["*"]), _some(PATTERNS)))
    if kind in WITH_PRINCIPAL:
        named = st.fixed_dictionaries(
            {"AWS": _some(NAMES)},
            optional={
                "Service": st.just("s3.amazonaws.com"),
                "Federated": st.just("accounts.google.com"),
            },
        )
        element = draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))
        statement[element] = draw(st.one_of(st.just("*"), named, named))
    return statement


def _policy(kind, *listed):
    document = {"Version": "2012-10-17", "Statement": list(listed)}
    return parse_policy(document, PolicyKind[kind])


@st.composite
def parsed(draw, kind):
    """A policy of the statements that AWS accepts, and that proofs are given about."""
    accepted = []
    for statement in draw(st.lists(statements(kind), min_size=1, max_size=4)):
        try:
            require_provable([Policies.of(_policy(kind, statement))], {})
        except (MalformedPolicyError, UnprovableError):
            continue
        accepted.append(statement)
    return _policy(kind, *accepted) if accepted else None


def _given(policy):
    return () if policy is None else (policy,)


@st.composite
def sets_of_policies(draw):
    maybe = st.booleans()
    resource = draw(st.sampled_from(["KEY", "TRUST", "RESOURCE", "BUCKET", None]))
    return Policies(
        identity=_given(draw(parsed("IDENTITY"))),
        resource=None if resource is None else draw(parsed(resource)),
        boundary=draw(parsed("IDENTITY")) if draw(maybe) else None,
        session=_given(draw(parsed("SESSION"))) if draw(maybe) else (),
        service_control=(_given(draw(parsed("SERVICE_CONTROL"))),) if draw(maybe) else (),
        resource_control=_given(draw(parsed("RESOURCE_CONTROL"))) if draw(maybe) else (),
    )


contexts = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(st.sampled_from(VALUES), st.lists(st.sampled_from(VALUES), max_size=3)),
    max_size=3,
)
owners = st.sampled_from([None, "111122223333", "444455556666"])


@st.composite
def requests(draw):
    resource = draw(st.sampled_from(RESOURCES))
    owner = draw(owners) if resource.startswith("arn:aws:s3") else None
    principal, action = draw(st.sampled_from(CALLERS)), draw(st.sampled_from(ACTIONS))
    return Request(principal, action, resource, draw(contexts), owner)


def _case(request):
    principal = request.principal
    issued = principal.kind is Kind.FEDERATED_USER and principal.issuer_arn is not None
    asker = Asker(principal.kind, principal.account, issued)
    return Case(asker, Things(request.owner, not request.crosses_accounts), request.folded_action)


def _holds(formula, tests, request):
    """The truth of a formula, test by test, for a given request."""
    if not isinstance(formula, int):
        quantifier = all if isinstance(formula, Both) else any
        return quantifier(_holds(part, tests, request) for part in formula.parts)
    about, principal = tests.about[abs(formula)], request.principal
    if isinstance(about, Says):
        text = {
            ARN: principal.arn,
            ISSUER: principal.issuer_arn,
            USERNAME: principal.arn.rpartition("/")[2],
            CANONICAL: principal.canonical_user,
        }[about.tape]
        truth = text is not None and any(each.matches(text, {}) for each in about.patterns)
    elif isinstance(about, tuple) and isinstance(about[0], int):
        truth = about[1].holds(request.values)
    elif isinstance(about, tuple):
        truth = any(each.matches(request.resource, {}) for each in about)
    else:
        truth = about.holds(request.values)
    return truth is (formula > 0)


@settings(deterministic, max_examples=1500)
@given(sets_of_policies(), requests())
def test_the_formula_says_what_decide_says(policies, request_):
    tests, case = Numbering(), _case(request_)
    formula = allowed(policies, case, Coverage(tests, case))
    assert _holds(formula, tests, request_) is decide(request_, policies).allowed


def _single_valued(request, given):
    several = {"aws:tagkeys"} | {
        condition.folded_key
        for policies in given
        for _, policy in policies.layers
        for statement in policy.statements
        for condition in statement.conditions
        if condition.each is not None
    }
    return all(
        len(v) <= 1 or key in several for key, v in request.values.items() if key not in DERIVED
    )


@deterministic
@given(sets_of_policies(), sets_of_policies(), st.lists(requests(), min_size=20, max_size=20))
def test_no_request_contradicts_a_proof_about_sets_of_policies(new, reference, asked):
    if (new.resource is None) is not (reference.resource is None) or (
        new.resource is not None and new.resource.kind != reference.resource.kind
    ):
        return
    _check(new, reference, asked, belongs=bool(new.identity or reference.identity))


@settings(deterministic, max_examples=400)
@given(st.data(), st.sampled_from(["IDENTITY", "KEY", "TRUST", "RESOURCE", "BUCKET"]))
def test_no_request_contradicts_a_proof_about_single_policies(data, kind):
    new, reference = data.draw(parsed(kind)), data.draw(parsed(kind))
    if new is None or reference is None:
        return
    asked = data.draw(st.lists(requests(), min_size=20, max_size=20))
    try:
        proof = compare(new, reference)
    except UnprovableError:
        return
    if proof.proved and kind != "IDENTITY":
        pair = Policies.of(new), Policies.of(reference)
        for request in filter(lambda each: _single_valued(each, pair), asked):
            if _of_kind(request, kind) and decide(request, pair[0]).allowed:
                assert decide(request, pair[1]).allowed


def _of_kind(request, kind):
    service = {"KEY": "kms", "TRUST": "sts", "BUCKET": "s3"}.get(kind)
    resource = {"KEY": ":key/", "TRUST": ":role/", "BUCKET": ":s3:"}.get(kind, "")
    return service is None or (
        request.action.startswith(f"{service}:") and resource in request.resource
    )


def _check(new, reference, asked, *, belongs):
    try:
        proof = compare(new, reference)
    except UnprovableError:
        return
    kind = None if new.resource is None else new.resource.kind.name
    for request in asked:
        if belongs and request.principal.kind is Kind.ROOT:
            continue
        if proof.proved and _of_kind(request, kind) and _single_valued(request, (new, reference)):
            assert not decide(request, new).allowed or decide(request, reference).allowed


@settings(deterministic, max_examples=2000)
@given(st.data())
def test_values_are_found_if_any_of_a_small_world_will_do(data):
    demands = set()
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(_operators())))
        texts = data.draw(_some(TEXTS))
        statement = {
            **{"Effect": "Allow", "Action": "*", "Resource": "*"},
            "Condition": {name: {"aws:TagKeys": texts}},
        }
        try:
            policy = _policy("IDENTITY", statement)
            demands.add((policy.statements[0].conditions[0], data.draw(st.booleans())))
            require_provable([Policies(identity=(policy,))], {})
        except (MalformedPolicyError, UnprovableError):
            return
    several = any(c.each is not None for c, _ in demands) or data.draw(st.booleans())
    typed = any(
        c.operator.family.name in ("NUMBER", "DATE", "ADDRESS", "BINARY") for c, _ in demands
    )
    wild = any("*" in text for c, _ in demands for text in c.texts)
    if typed and wild:
        return
    found = find_values(frozenset(demands), several)

    def fit(values):
        return all(c.holds({"aws:tagkeys": values}) is want for c, want in demands)

    if found is not None:
        assert fit(found)
        assert several or len(found) <= 1
    else:
        longest = 2 if several else 1
        for length in range(longest + 1):
            for values in itertools.product(VALUES, repeat=length):
                assert not fit(values), values
