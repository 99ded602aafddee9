"""What holds for all policies and requests, on random ones."""

import json
from collections import Counter
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.iam import (
    Effect,
    MalformedPolicyError,
    Outcome,
    Policies,
    PolicyType,
    Principal,
    Request,
    explain,
    is_authorized,
    parse_policy,
)
from policies.iam.language.operators import OPERATORS
from policies.iam.language.patterns import parse_pattern
from policies.iam.language.request import Kind

deterministic = settings(derandomize=True, deadline=None, max_examples=120)

# A small world, so that random statements often meet random requests.
IAM, STS = "arn:aws:iam::111122223333", "arn:aws:sts::111122223333"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/k"
ACTIONS = ["kms:Decrypt", "kms:Encrypt", "sts:AssumeRole", "s3:GetObject"]
RESOURCES = [KEY_ARN, f"{IAM}:role/app", "arn:aws:s3:::b/k", "*"]
PATTERNS = [*RESOURCES, "arn:aws:s3:::*", "arn:*:k?y/*", "arn:aws:s3:::b/${aws:username}"]
NAMES = [
    "*",
    "111122223333",
    "444455556666",
    f"{IAM}:user/ann",
    f"{IAM}:role/app",
    f"{STS}:assumed-role/app/s",
]
CALLERS = [
    Principal.of(f"{IAM}:user/ann"),
    Principal.of(f"{STS}:assumed-role/app/s"),
    Principal.of(f"{STS}:federated-user/x", issuer_arn=f"{IAM}:user/ann"),
    Principal.of(f"{IAM}:root"),
    Principal.of("arn:aws:iam::444455556666:user/eve"),
    Principal.service("s3.amazonaws.com"),
    Principal.federated("accounts.google.com"),
    Principal.anonymous(),
]
KEYS = ["aws:SourceArn", "aws:TagKeys", "aws:username", "s3:TlsVersion"]
TEXTS = ["a", "a*", "", "1.2", "true", "2026-01-01", "10.0.0.0/8", "10.1.2.3", *PATTERNS]


def _operator_names():
    for name in OPERATORS:
        yield name
        if name != "Null":
            yield from (f"{name}IfExists", f"ForAllValues:{name}", f"ForAnyValue:{name}IfExists")


def _some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


conditions = st.dictionaries(
    st.sampled_from(sorted(_operator_names())),
    st.dictionaries(st.sampled_from(KEYS), _some(TEXTS), min_size=1, max_size=2),
    max_size=2,
)


@st.composite
def statements(draw, kind="IDENTITY"):
    action = draw(st.sampled_from(["Action", "NotAction"]))
    actions = ["sts:AssumeRole", "sts:*"] if kind == "TRUST" else [*ACTIONS, "kms:*", "*"]
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(_some(actions)),
        "Condition": draw(conditions),
    }
    if kind != "TRUST":
        statement[draw(st.sampled_from(["Resource", "NotResource"]))] = draw(_some(PATTERNS))
    if kind not in ("IDENTITY", "SESSION", "SERVICE_CONTROL"):
        named = st.one_of(
            st.just("*"),
            st.fixed_dictionaries(
                {"AWS": _some(NAMES)},
                optional={"Service": st.just("s3.amazonaws.com")},
            ),
        )
        statement[draw(st.sampled_from(["Principal", "NotPrincipal"]))] = draw(named)
    return statement


@st.composite
def parsed(draw, kind, extra=()):
    """A policy; statements that AWS would refuse are left out."""
    drawn = [*draw(st.lists(statements(kind), max_size=3)), *extra]
    accepted = [statement for statement in drawn if _accepted(kind, statement)]
    return _policy(kind, *accepted) if accepted else None


def _policy(kind, *listed):
    return parse_policy({"Version": "2012-10-17", "Statement": list(listed)}, PolicyType[kind])


def _accepted(kind, statement):
    try:
        _policy(kind, statement)
    except MalformedPolicyError:
        return False
    return True


@st.composite
def all_policies(draw):
    def maybe(kind):
        return draw(st.one_of(st.none(), parsed(kind)))

    def few(kind):
        return tuple(policy for policy in [maybe(kind)] if policy is not None)

    return Policies(
        identity=few("IDENTITY"),
        resource=maybe(draw(st.sampled_from(["KEY", "TRUST", "RESOURCE"]))),
        boundary=maybe("IDENTITY"),
        session=few("SESSION"),
        service_control=(few("SERVICE_CONTROL"),) if draw(st.booleans()) else (),
    )


values = st.one_of(st.sampled_from(TEXTS), st.lists(st.sampled_from(TEXTS), max_size=3))
requests = st.builds(
    Request,
    st.sampled_from(CALLERS),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=3),
    st.sampled_from([None, "111122223333", "444455556666"]),
)
texts = st.text(max_size=12)
any_requests = st.builds(
    Request, st.sampled_from(CALLERS), texts, texts, st.dictionaries(texts, texts, max_size=3)
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from(TEXTS)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=12,
)
kinds = st.sampled_from(list(PolicyType))


@st.composite
def damaged_documents(draw):
    """A document that was valid, with random values put in random places."""
    kind = draw(kinds)
    statement = draw(statements(kind.name))
    members = [*statement, "Sid", "Condition", "Effect", "Principal", "Resource", "Nonsense"]
    changes = draw(st.dictionaries(st.sampled_from(members), json_values, max_size=2))
    document = {"Version": "2012-10-17", "Statement": [statement | changes]}
    top = draw(st.dictionaries(st.sampled_from(["Version", "Statement", "Id"]), json_values))
    return kind, document | (top if draw(st.booleans()) else {})


def _parse_or_refuse(document, kind):
    """The policy or None; anything but a refusal with faults is an error."""
    try:
        return parse_policy(document, kind)
    except MalformedPolicyError as error:
        refusal = error
    assert refusal.faults
    assert str(refusal)
    return None


@deterministic
@given(json_values, kinds)
def test_any_value_is_parsed_or_refused(document, kind):
    _parse_or_refuse(document, kind)


@deterministic
@given(st.one_of(texts, json_values.map(json.dumps)), kinds)
def test_any_text_is_parsed_or_refused(document, kind):
    _parse_or_refuse(document, kind)


@deterministic
@given(damaged_documents(), st.one_of(requests, any_requests))
def test_any_damaged_document_is_refused_or_decides(damaged, request_):
    kind, document = damaged
    policy = _parse_or_refuse(document, kind)
    if policy is None:
        return
    match kind:
        case PolicyType.SERVICE_CONTROL:
            policies = Policies(service_control=((policy,),))
        case PolicyType.RESOURCE_CONTROL:
            policies = Policies(resource_control=(policy,))
        case PolicyType.IDENTITY:
            policies = Policies(identity=(policy,), boundary=policy)
        case PolicyType.SESSION:
            policies = Policies(session=(policy,))
        case _:
            policies = Policies(resource=policy)
    assert is_authorized(request_, policies).outcome in Outcome
    assert explain(request_, policies)


@deterministic
@given(all_policies(), st.one_of(requests, any_requests))
def test_a_decision_follows_from_the_statements_that_apply(policies, request_):
    decision = is_authorized(request_, policies)
    applying = [finding.ruling for finding in decision.findings if finding.applies]
    denying = [ruling for ruling in applying if ruling.statement.effect is Effect.DENY]
    assert set(decision.decided_by) <= set(applying)
    assert (decision.outcome is Outcome.EXPLICITLY_DENIED) == bool(denying)
    implicit = decision.outcome is Outcome.IMPLICITLY_DENIED
    barred = request_.principal.kind is Kind.ROOT and request_.action.lower() == "sts:assumerole"
    assert (decision.missing is not None) == (implicit and not barred)
    assert not (barred and decision.allowed)
    assert explain(request_, policies).startswith(decision.outcome.value)


def _extended(policies, where, statement):
    """The policies with one statement more in one of them."""

    def add(policy):
        return replace(policy, statements=(*policy.statements, statement))

    match where:
        case "resource" | "boundary":
            policy = getattr(policies, where)
            return policies if policy is None else replace(policies, **{where: add(policy)})
        case "service_control":
            levels = tuple(tuple(map(add, level)) for level in policies.service_control)
            return replace(policies, service_control=levels)
        case _:
            return replace(policies, **{where: tuple(map(add, getattr(policies, where)))})


PLACES = ["identity", "resource", "boundary", "session", "service_control"]


@st.composite
def extensions(draw, effect):
    """Policies, and the same with one valid statement of that effect more."""
    policies = draw(all_policies())
    where = draw(st.sampled_from(PLACES))
    kind = "RESOURCE" if where == "resource" else "IDENTITY"
    extra = draw(parsed(kind, [_everything(kind, effect)]))
    chosen = draw(st.sampled_from([s for s in extra.statements if s.effect.value == effect]))
    return policies, _extended(policies, where, chosen)


def _everything(kind, effect):
    statement = {"Effect": effect, "Action": "*", "Resource": "*"}
    return statement | ({"Principal": "*"} if kind == "RESOURCE" else {})


@deterministic
@given(extensions("Allow"), requests)
def test_an_allow_more_never_takes_away(pair, request_):
    policies, extended = pair
    if is_authorized(request_, policies).allowed:
        assert is_authorized(request_, extended).allowed


@deterministic
@given(extensions("Deny"), requests)
def test_a_deny_more_never_grants(pair, request_):
    policies, extended = pair
    if not is_authorized(request_, policies).allowed:
        assert not is_authorized(request_, extended).allowed


@deterministic
@given(all_policies(), requests)
def test_a_deny_of_everything_always_wins(policies, request_):
    deny = _policy("RESOURCE", _everything("RESOURCE", "Deny"))
    if policies.resource is not None:
        deny = replace(policies.resource, statements=deny.statements + policies.resource.statements)
    decision = is_authorized(request_, replace(policies, resource=deny))
    assert decision.outcome is Outcome.EXPLICITLY_DENIED


def _matches_by_definition(pattern, text):
    """Wildcards by their meaning: which positions of the text each character can reach."""

    def step(reached, character):
        match character:
            case "*":
                return {end for start in reached for end in range(start, len(text) + 1)}
            case "?":
                return {start + 1 for start in reached if start < len(text)}
            case _:
                return {start + 1 for start in reached if text[start : start + 1] == character}

    return len(text) in reduce(step, pattern, {0})


@settings(deterministic, max_examples=1000)
@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_patterns_match_what_they_mean(pattern, text):
    expected = _matches_by_definition(pattern, text)
    assert parse_pattern(pattern).matches(text, {}) is expected
    assert parse_pattern(pattern.upper(), folded=True).matches(text, {}) is expected


def test_the_random_world_reaches_every_outcome():
    """The properties above would be empty if no random request were ever allowed."""
    seen = Counter()

    @settings(deterministic, max_examples=300)
    @given(all_policies(), requests)
    def look(policies, request_):
        seen[is_authorized(request_, policies).outcome] += 1

    look()
    assert set(seen) == set(Outcome)


def _nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


ODD = {
    "nested beyond Python's stack": _nested(100_000),
    "an object in itself": (cyclic := {}),
    "a number of 5000 digits": 10**5000,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "half of a surrogate pair": "\ud800",
    "a null byte": "\0",
    "a set": {1},
    "bytes": b"{}",
    "nothing": None,
}
cyclic["again"] = cyclic


@pytest.mark.parametrize("kind", PolicyType)
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_value_anywhere_is_refused_or_decides(kind, odd):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    condition = {"StringEquals": {"aws:SourceArn": odd}}
    for document in (
        odd,
        {"Version": odd, "Statement": [statement]},
        {"Version": "2012-10-17", "Statement": odd},
        {"Version": "2012-10-17", "Statement": [odd]},
        *(
            {"Version": "2012-10-17", "Statement": [statement | {member: odd}]}
            for member in ("Sid", "Effect", "Action", "Resource", "Principal", "Condition")
        ),
        {"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]},
    ):
        policy = _parse_or_refuse(document, kind)
        if policy is not None and kind is PolicyType.IDENTITY:
            decision = is_authorized(
                Request(CALLERS[0], "s3:GetObject"), Policies(identity=(policy,))
            )
            assert decision.outcome in Outcome


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"Statement":' * 100_000,
        '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}',
        '{"Statement":1' + "0" * 5000 + "}",
        '{"Statement":NaN}',
        "\ufeff{}",
        "{}\0",
    ],
    ids=["lists", "objects", "repeated member", "digits", "NaN", "byte order mark", "null byte"],
)
def test_an_odd_text_is_refused(text):
    assert _parse_or_refuse(text, PolicyType.IDENTITY) is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_has_not_is_no_value_of_a_condition(number):
    statement = '{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":'
    text = f'{{"Version":"2012-10-17","Statement":[{statement}{number}}}}}}}]}}'
    assert _parse_or_refuse(text, PolicyType.IDENTITY) is None


@pytest.mark.parametrize(
    "value",
    ["", "\0", "\ud800", "1" * 5000, 10**5000, "9999-12-31T23:59:59-23:59", "0000-00-00",
     float("nan"), "\N{ARABIC-INDIC DIGIT ONE}", [], [""]],
    ids=["empty", "null byte", "surrogate", "digits", "number", "last moment", "no day",
         "not a number", "foreign digit", "no value", "list of an empty text"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("operator", "wanted"),
    [("NumericEquals", "1"), ("DateEquals", "1"), ("Bool", True), ("IpAddress", "::/0"),
     ("BinaryEquals", "eA=="), ("ArnLike", "arn:aws:s3:::b"), ("StringLike", "a*")],
)  # fmt: skip
def test_a_request_may_hold_odd_values(operator, wanted, value):
    statement = _everything("IDENTITY", "Allow") | {"Condition": {operator: {"a:b": wanted}}}
    policies = Policies(identity=(_policy("IDENTITY", statement),))
    request = Request(CALLERS[0], "s3:GetObject", "*", {"a:b": value})
    assert not is_authorized(request, policies).allowed
    assert explain(request, policies)
