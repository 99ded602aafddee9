"""Proofs against decide, on random documents and small worlds of requests.

The reference is random and the other side an edit of it, so that about half of the pairs are proved
and a request to the contrary, if there is one, is near. Plain seeds draw the worlds: a failure
names its seed, and drawing costs a tenth of what proving does.
"""

import itertools
from random import Random

import pytest

from policies.iam import (
    MalformedPolicyError,
    Policies,
    PolicyType,
    Principal,
    Request,
    UnprovableError,
    check_no_new_access,
    is_authorized,
    list_principals,
    parse_policy,
    shadowed,
    unreachable_statements,
)
from policies.iam.analyze import dead_statements
from policies.iam.language.operators import OPERATORS
from policies.iam.language.request import Kind
from policies.iam.prove import symbolic_authorizer
from policies.iam.prove.condition_key_solver import find_values
from policies.iam.prove.formulas import Both
from policies.iam.prove.principal_classes import (
    ARN,
    CANONICAL,
    ISSUER,
    USER_ID,
    USERNAME,
    PrincipalClass,
    Says,
)
from policies.iam.prove.request_classes import HOLDERS, Case, Numbering
from policies.iam.prove.request_scope import Scope
from policies.iam.prove.resource_classes import ResourceClass
from policies.iam.prove.symbolic_statements import Coverage
from policies.iam.prove.unprovable import require_provable

ACCOUNT, OTHER_ACCOUNT, THIRD = "111122223333", "444455556666", "777788889999"
IAM, STS = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:sts::{ACCOUNT}"
OTHER = f"arn:aws:iam::{OTHER_ACCOUNT}"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
ACTIONS = [
    *("kms:Decrypt", "kms:Encrypt", "sts:AssumeRole", "sts:TagSession"),
    *("s3:GetObject", "s3:PutObject", "xray:PutTrace", "logs:GetLogEvents"),
    *("kms:PutKeyPolicy", "s3:PutBucketPolicy", "sqs:SetQueueAttributes"),
]
ACTION_PATTERNS = [
    *ACTIONS,
    *("kms:*", "kms:De*", "*", "xray:*", "XRAY:put*", "s3:*", "sts:*", "s3:Get*", "*:*"),
    *("kms:P*", "s3:Put*", "sqs:*"),
]
RESOURCES = [
    *(KEY_ARN, f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/k", f"{IAM}:role/app"),
    *(f"{OTHER}:role/app", "arn:aws:s3:::b/k", "arn:aws:s3:::b/x", "arn:aws:s3:::b", "*"),
    f"arn:aws:xray:us-east-1:{ACCOUNT}:group/a",
]
RESOURCE_PATTERNS = [
    *RESOURCES,
    *("arn:aws:s3:::*", "arn:aws:s3:::b*k", "arn:*:k?y/*", "arn:aws:iam::1*", "arn:aws:*:*:1*:*"),
    *("arn:aws:s3:::b/?", "*", f"arn:aws:*:*:{ACCOUNT}:*"),
]
NAMES = [
    *("*", ACCOUNT, OTHER_ACCOUNT, f"{IAM}:user/ann", f"{OTHER}:user/eve", f"{IAM}:role/app"),
    *(f"{IAM}:role/p/app", f"{STS}:assumed-role/app/s", f"{STS}:federated-user/x"),
    f"{IAM}:role/aws-service-role/x/linked",
]
CALLERS = [
    *(Principal.of(f"{IAM}:user/{name}") for name in ("ann", "bob", "p/ann")),
    *(Principal.of(f"{STS}:assumed-role/{name}") for name in ("app/s", "app/t", "b/s")),
    Principal.of(f"{STS}:assumed-role/app/s", issuer_arn=f"{IAM}:role/p/app"),
    Principal.of(
        f"{STS}:assumed-role/linked/s", issuer_arn=f"{IAM}:role/aws-service-role/x/linked"
    ),
    *(
        Principal.of(f"{STS}:federated-user/x", issuer_arn=f"{IAM}:user/{name}")
        for name in ("ann", "bob")
    ),
    Principal.of(f"{STS}:federated-user/x"),
    Principal.of(f"{IAM}:root"),
    Principal.of(f"{OTHER}:user/eve"),
    Principal.of(f"{OTHER}:root"),
    Principal.of(f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/app/s"),
    Principal.of(f"arn:aws:iam::{THIRD}:user/ann"),
    Principal.service("s3.amazonaws.com"),
    Principal.service("logs.amazonaws.com", "s3.amazonaws.com"),
    Principal.service("logs.amazonaws.com"),
    Principal.federated("accounts.google.com"),
    Principal.federated("x.example"),
    Principal.anonymous(),
]
# Keys with the operators, the texts in policies and the values in requests.
FREE = {
    "aws:SourceArn": (
        ("String", "Arn"),
        ("a", "ab", "a*", "*b", "a:b:c:d:e:f*", "a:*:c:d:e:fg", "b", ""),
        ("a", "A", "ab", "b", "", "c", "aab", "a:b:c:d:e:f", "a:b:c:d:e:fg", "a:x:c:d:e:fg"),
    ),
    "aws:TagKeys": (
        ("String",),
        ("a", "A", "a*", "*b", "ab", "", "b"),
        ("a", "A", "b", "ab", "", "c"),
    ),
    "s3:TlsVersion": (
        ("Numeric", "StringEq", "StringNotEq"),
        ("1.2", "1", "1.20", "3"),
        ("1", "1.2", "1.1", "1.20", "2", "3", "4", "0", "x", ""),
    ),
    "aws:SourceIp": (
        ("Ip", "NotIp", "StringEq", "StringNotEq"),
        ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32"),
        ("10.1.2.3", "10.1.2.4", "11.0.0.1", "2001:db8::1", "2001:db9::1", "9.255.255.255", "x"),
    ),
    "aws:CurrentTime": (
        ("Date", "StringEq"),
        ("2026-01-01", "2026", "1735689600", "2026-06-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2025-05-05", "1735689600", "2026-03-03", "2027-01-01", "x"),
    ),
    "aws:SecureTransport": (
        ("Bool", "String"),
        ("true", "false", "TRUE"),
        ("true", "false", "False", "x"),
    ),
    "kms:EncryptionContext:x": (
        ("Binary", "StringEq"),
        ("YQ==", "Yg==", "YR=="),
        ("YQ==", "Yg==", "YR==", "Yw==", "x"),
    ),
}
TEXTS_ONLY = ("String",)
FOLLOWING = {
    "aws:PrincipalArn": (
        ("String", "Arn"),
        (
            *(f"{IAM}:user/*", f"{IAM}:role/app", f"{IAM}:*", "arn:aws:*:*:*:*", f"{IAM}:root"),
            *("arn:*:iam::4*:*", f"{IAM}:user/ann", "*"),
        ),
    ),
    "aws:PrincipalAccount": (TEXTS_ONLY, (ACCOUNT, OTHER_ACCOUNT, "1111*", "*6666", "?" * 12)),
    "aws:PrincipalType": (TEXTS_ONLY, ("User", "AssumedRole", "Account", "A*", "Anonymous")),
    "aws:username": (TEXTS_ONLY, ("ann", "a*", "b*", "*")),
    "aws:userid": (TEXTS_ONLY, (ACCOUNT, f"{ACCOUNT}:x", "anonymous", "4444*", "*:x", "A*:*")),
    "aws:PrincipalIsAWSService": (("Bool", "String"), ("true", "false")),
    "aws:PrincipalServiceName": (
        TEXTS_ONLY,
        ("s3.amazonaws.com", "*.amazonaws.com", "logs*"),
    ),
    "aws:PrincipalServiceNamesList": (
        TEXTS_ONLY,
        ("s3.amazonaws.com", "logs.amazonaws.com", "*.amazonaws.com"),
    ),
    "aws:ResourceAccount": (TEXTS_ONLY, (ACCOUNT, OTHER_ACCOUNT, "1*", "*")),
    "kms:CallerAccount": (TEXTS_ONLY, (ACCOUNT, OTHER_ACCOUNT, "1*")),
}
VALUES = [value for _, _, values in FREE.values() for value in values]
WITH_PRINCIPAL = ("KEY", "TRUST", "RESOURCE", "BUCKET", "RESOURCE_CONTROL")
# The actions in policies of a kind, and the service and resources that they are about.
OF_KIND = {
    "TRUST": (("sts:AssumeRole", "sts:*", "sts:TagSession"), "sts:", ":role/"),
    "BUCKET": (("s3:GetObject", "s3:PutObject", "s3:*", "s3:Get*"), "s3:", ":s3:"),
    "KEY": (("kms:Decrypt", "kms:Encrypt", "kms:De*", "kms:*"), "kms:", ":key/"),
}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}


class World:
    """Documents and requests drawn by one seed."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.chance = self.random.random
        self.one = self.random.choice

    def some(self, values):
        return [self.one(values) for _ in range(self.one([1, 1, 2, 3]))]

    def condition(self):
        key = self.one(list(FOLLOWING if self.chance() < 0.35 else FREE))
        families, texts, *_ = (FOLLOWING | FREE)[key]
        if self.chance() < 0.12:
            return "Null", key, self.one([["true"], ["false"], ["true", "false"]])
        operator = self.one([name for name in OPERATORS if name.startswith(families)])
        if self.chance() < (0.85 if key == "aws:TagKeys" else 0.12):
            operator = self.one(["ForAllValues:", "ForAnyValue:"]) + operator
        return operator + self.one(["", "", "", "IfExists"]), key, self.some(texts)

    def principal(self):
        if self.chance() < 0.25:
            return "*"
        named = {
            "AWS": self.some(NAMES) if self.chance() < 0.85 else [],
            "Service": ["s3.amazonaws.com"] if self.chance() < 0.3 else [],
            "Federated": ["accounts.google.com"] if self.chance() < 0.15 else [],
            "CanonicalUser": [self.one(["c1", "c2"])] if self.chance() < 0.1 else [],
        }
        return {sort: names for sort, names in named.items() if names} or {"AWS": ACCOUNT}

    def element(self, name):
        return self.one([name] * 4 + [f"Not{name}"])

    def any_statement(self, kind):
        block = {}
        for _ in range(self.one([0, 0, 1, 1, 2, 3])):
            operator, key, texts = self.condition()
            block.setdefault(operator, {})[key] = texts
        actions = OF_KIND[kind][0] if kind in OF_KIND else ACTION_PATTERNS
        statement = {
            "Effect": self.one(["Allow", "Allow", "Deny"]),
            self.element("Action"): self.some(actions),
            "Condition": block,
        }
        if kind != "TRUST":
            everything = self.chance() < 0.5
            listed = ["*"] if everything else self.some(RESOURCE_PATTERNS)
            statement[self.element("Resource")] = listed
        if kind in WITH_PRINCIPAL:
            statement[self.element("Principal")] = self.principal()
        return statement

    def statement(self, kind):
        """A statement that AWS accepts and that proofs are given about."""
        while True:
            statement = self.any_statement(kind)
            if _provable(kind, statement):
                return statement

    def document(self, kind):
        return [self.statement(kind) for _ in range(self.one([1, 2, 2, 3]))]

    def edited(self, kind, document):
        """The document with a statement or an element more, less or other."""
        edited = [dict(statement) for statement in document]
        for _ in range(self.one([1, 1, 2])):
            chance, statement = self.chance(), self.one(edited)
            if chance < 0.2:
                edited.append(self.statement(kind))
            elif chance < 0.35 and len(edited) > 1:
                edited.remove(statement)
            elif chance < 0.6:
                block = {name: dict(keys) for name, keys in statement["Condition"].items()}
                if block and self.chance() < 0.6:
                    del block[self.one(list(block))]
                else:
                    operator, key, texts = self.condition()
                    block.setdefault(operator, {})[key] = texts
                statement["Condition"] = block
            elif chance < 0.85:
                other = self.statement(kind)
                for name in sorted(statement.keys() & other.keys()):
                    if self.chance() < 0.3:
                        statement[name] = other[name]
            else:
                statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"
        fine = all(_provable(kind, statement) for statement in edited)
        return edited if fine else self.document(kind)

    def pair(self, kind):
        """Two documents of which one is an edit of the other."""
        document = self.document(kind)
        sides = [document, self.edited(kind, document)]
        self.random.shuffle(sides)
        return [_policy(kind, *side) for side in sides]

    def one_policy(self, kind):
        wide = [EVERYTHING] if self.chance() < 0.6 and kind not in WITH_PRINCIPAL else []
        return _policy(kind, *wide, *self.document(kind))

    def maybe(self, kind, chance):
        return (self.one_policy(kind),) if self.chance() < chance else ()

    def beside(self):
        """Policies of the principal's own, to stand beside a resource policy."""
        return {
            "identity": self.maybe("IDENTITY", 0.7),
            "boundary": next(iter(self.maybe("IDENTITY", 0.3)), None),
            "session": self.maybe("SESSION", 0.4),
        }

    def set_of_policies(self, resource):
        return Policies(
            **self.beside(),
            resource=None if resource is None else self.one_policy(resource),
            service_control=tuple((each,) for each in self.maybe("SERVICE_CONTROL", 0.2)),
            resource_control=self.maybe("RESOURCE_CONTROL", 0.2),
        )

    def requests(self, given, kind, count):
        """Requests of the kind that a proof about these policies speaks of."""
        _, service, part = OF_KIND.get(kind, ((), "", ""))
        actions = [name for name in ACTIONS if name.startswith(service)]
        resources = [arn for arn in RESOURCES if part in arn]
        keys = sorted({c.key for c in _conditions(given)} & FREE.keys())
        several = {"aws:TagKeys", *(c.key for c in _conditions(given) if c.each is not None)}
        options = {
            key: [(), *itertools.product(FREE[key][2], repeat=1)]
            + (list(itertools.permutations(FREE[key][2], 2)) if key in several else [])
            for key in keys
        }
        for _ in range(count):
            resource = self.one(resources)
            owned = ":s3:" in resource
            owner = self.one([None, ACCOUNT, OTHER_ACCOUNT]) if owned else None
            context = {key: self.one(values) for key, values in options.items()}
            yield Request(self.one(CALLERS), self.one(actions), resource, context, owner)


def _policy(kind, *listed):
    document = {"Version": "2012-10-17", "Statement": list(listed)}
    return parse_policy(document, PolicyType[kind])


def _provable(kind, statement):
    try:
        require_provable([Policies.of(_policy(kind, statement))], {})
    except (MalformedPolicyError, UnprovableError):
        return False
    return True


def _conditions(given):
    for policies in given:
        for _, policy in policies.applied:
            for statement in policy.statements:
                yield from statement.conditions


def _case(request):
    principal = request.principal
    issued = principal.kind is Kind.FEDERATED_USER and principal.issuer_arn is not None
    principal_class = PrincipalClass(principal.kind, principal.account, issued)
    return Case(
        principal_class,
        ResourceClass(request.owner, not request.crosses_accounts),
        request.folded_action,
    )


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
            USER_ID: "".join(request.values.get("aws:userid", ())),
        }[about.tape]
        truth = text is not None and any(each.matches(text, {}) for each in about.patterns)
    elif isinstance(about, tuple) and isinstance(about[0], int):
        truth = about[1].holds(request.values)
    elif isinstance(about, tuple):
        truth = any(each.matches(request.resource, {}) for each in about)
    else:
        truth = about.holds(request.values)
    return truth is (formula > 0)


KINDS = ("KEY", "TRUST", "RESOURCE", "BUCKET", None)


def test_the_formula_says_what_decide_says():
    outcomes = []
    for seed in range(600):
        world = World(seed)
        policies = world.set_of_policies(world.one(KINDS))
        for request in world.requests([policies], None, 10):
            tests, case = Numbering(), _case(request)
            formula = symbolic_authorizer.is_authorized(policies, case, Coverage(tests, case))
            outcomes.append(is_authorized(request, policies).allowed)
            assert _holds(formula, tests, request) is outcomes[-1], (seed, policies, request)
    assert outcomes.count(True) > 300


def _contradicts(request, new, reference):
    return is_authorized(request, new).allowed and not is_authorized(request, reference).allowed


def _compared(one, other):
    """Whether it is proved; None where the documents together are refused."""
    try:
        return check_no_new_access(one, other).proved
    except UnprovableError:
        return None


@pytest.mark.parametrize("resource", KINDS)
def test_no_request_contradicts_a_proof_about_sets_of_policies(resource):
    proved = 0
    for seed in range(70):
        world = World(seed)
        reference = world.set_of_policies(resource)
        new = world.set_of_policies(resource)
        if resource is not None:
            one, other = world.pair(resource)
            kept = world.beside()
            new, reference = Policies(**kept, resource=one), Policies(**kept, resource=other)
        if not _compared(new, reference):
            continue
        proved += 1
        belongs = bool(new.identity or reference.identity)
        for request in world.requests((new, reference), resource, 150):
            if not (belongs and request.principal.kind is Kind.ROOT):
                assert not _contradicts(request, new, reference), (seed, new, reference, request)
    assert proved > 5


@pytest.mark.parametrize("kind", ["KEY", "TRUST", "RESOURCE", "BUCKET"])
def test_a_proof_about_a_resource_policy_holds_beside_any_other_policies(kind):
    proved = 0
    for seed in range(50):
        world = World(seed)
        one, other = world.pair(kind)
        if not _compared(one, other):
            continue
        proved += 1
        for count in range(4):
            beside = world.beside() if count else {}
            new, reference = Policies(**beside, resource=one), Policies(**beside, resource=other)
            for request in world.requests((new, reference), kind, 60):
                assert not _contradicts(request, new, reference), (seed, new, reference, request)
    assert proved > 10


def test_no_request_contradicts_a_proof_about_identity_policies():
    accounts = {"AWS": [ACCOUNT, OTHER_ACCOUNT, THIRD]}
    delegating = _policy("RESOURCE", {**EVERYTHING, "Principal": accounts})
    proved = 0
    for seed in range(80):
        world = World(seed)
        one, other = world.pair("IDENTITY")
        if not _compared(one, other):
            continue
        proved += 1
        new, reference = Policies((one,), delegating), Policies((other,), delegating)
        for request in world.requests((new, reference), None, 200):
            if request.principal.kind in HOLDERS:
                assert not _contradicts(request, new, reference), (seed, new, reference, request)
    assert proved > 20


def _speaks_of(who, principal):
    """Whether an answer is about the principal, by name or in general."""
    name = principal.arn
    match principal.kind:
        case Kind.SERVICE:
            return who in (*principal.service_names, "any other AWS service")
        case Kind.FEDERATED:
            return who in (name, "any other identity provider")
        case Kind.ANONYMOUS:
            return who == "anybody, without signing"
        case Kind.ROOT:
            general = "the root user"
        case _:
            general = "anybody else in account"
    own_account = principal.account in who or "such as" in who
    return who in (name, principal.issuer_arn) or (who.startswith(general) and own_account)


def test_nobody_who_can_is_left_out():
    asked = 0
    everything = _policy("IDENTITY", EVERYTHING)
    for seed in range(150):
        world = World(seed)
        policy = world.one_policy("KEY")
        who = {access.who for access in list_principals("kms:Decrypt", KEY_ARN, policy)}
        for policies in (Policies(resource=policy), Policies((everything,), policy)):
            for drawn in world.requests([policies], "KEY", 20):
                request = Request(drawn.principal, "kms:Decrypt", KEY_ARN, drawn.context)
                if is_authorized(request, policies).allowed:
                    asked += 1
                    assert any(_speaks_of(each, request.principal) for each in who), (
                        seed,
                        policy,
                        request,
                        who,
                    )
    assert asked > 200


def test_statements_said_to_do_nothing_do_nothing():
    """Without them every request is decided as before."""
    without = 0
    for seed in range(80):
        world = World(seed)
        policy = world.one_policy(kind := world.one(["KEY", "RESOURCE", "BUCKET"]))
        try:
            idle = (*unreachable_statements(policy), *shadowed(policy))
        except UnprovableError:
            continue
        kept = [each for each in policy.statements if each not in idle]
        without += bool(idle)
        if not idle:
            continue
        less = Policies(resource=type(policy)(policy.kind, "", policy.version, tuple(kept)))
        for request in world.requests([Policies(resource=policy)], kind, 150):
            before = is_authorized(request, Policies(resource=policy))
            assert before.outcome is is_authorized(request, less).outcome, (seed, policy, request)
    assert without > 5


def test_what_is_plainly_met_a_search_meets_too(monkeypatch):
    plain = 0
    for seed in range(60):
        world = World(seed)
        policy = world.one_policy(world.one(["IDENTITY", "KEY", "RESOURCE", "BUCKET", "TRUST"]))
        try:
            with monkeypatch.context() as patched:
                patched.setattr(dead_statements, "_plainly_met", lambda *_: False)
                searched = unreachable_statements(policy)
        except UnprovableError:
            continue
        assert unreachable_statements(policy) == searched, (seed, policy)
        several = Scope([Policies.of(policy)]).several
        met = [dead_statements._plainly_met(policy, each, several) for each in policy.statements]
        plain += sum(met)
    assert plain > 40


def test_values_are_found_if_any_of_a_small_world_will_do():
    found_some = found_none = 0
    for seed in range(4000):
        world = World(seed)
        key = world.one(list(FREE))
        demands = set()
        while len(demands) < world.one([1, 2, 2, 3, 4]):
            operator, about, texts = world.condition()
            if about == key:
                statement = {**EVERYTHING, "Condition": {operator: {key: texts}}}
                if _provable("IDENTITY", statement):
                    (condition,) = _policy("IDENTITY", statement).statements[0].conditions
                    demands.add((condition, world.chance() < 0.5))
        several = any(c.each is not None for c, _ in demands) or world.chance() < 0.3
        found = find_values(frozenset(demands), several)

        def fit(values, demands=demands, key=key):
            return all(c.holds({key.lower(): values}) is want for c, want in demands)

        if found is not None:
            found_some += 1
            assert fit(found), (seed, demands)
            assert several or len(found) <= 1
        else:
            found_none += 1
            for length in range(3 if several else 2):
                for values in itertools.product(FREE[key][2], repeat=length):
                    assert not fit(values), (seed, values, demands)
    assert found_some > 500
    assert found_none > 200
