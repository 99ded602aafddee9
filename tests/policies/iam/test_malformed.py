"""Documents that AWS refuses, each fault with its place."""

import json

import pytest

from policies.iam import MalformedPolicyError, PolicyType, parse_policy

GUIDE = "docs.aws.amazon.com/IAM/latest/UserGuide/"
GRAMMAR = f"{GUIDE}reference_policies_grammar.html"
OPERATORS = f"{GUIDE}reference_policies_elements_condition_operators.html"
PRINCIPAL = f"{GUIDE}reference_policies_elements_principal.html"
VARIABLES = f"{GUIDE}reference_policies_variables.html"
SID = f"{GUIDE}reference_policies_elements_sid.html"
QUOTAS = f"{GUIDE}reference_iam-quotas.html"
KEYS = "docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
KEY_CONDITIONS = "docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
BUCKETS = "docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html"
RCP = "docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
GRANT = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
OBJECTS = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/*",
}
RESTRICTION = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
VALID = {
    "IDENTITY": ALLOW,
    "SESSION": ALLOW,
    "SERVICE_CONTROL": ALLOW,
    "RESOURCE_CONTROL": RESTRICTION,
    "TRUST": TRUST,
    "KEY": GRANT,
    "BUCKET": OBJECTS,
    "RESOURCE": GRANT,
}


def _document(*statements, **members):
    return {"Version": "2012-10-17", "Statement": list(statements), **members}


def _faults(kind, document):
    with pytest.raises(MalformedPolicyError) as refusal:
        parse_policy(document, PolicyType[kind], bucket_arn="arn:aws:s3:::b")
    return refusal.value


def _with(kind, **members):
    return _document(VALID[kind] | members)


def _without(kind, member):
    return _document({name: value for name, value in VALID[kind].items() if name != member})


def _condition(operator, key, value, kind="IDENTITY"):
    return _with(kind, Condition={operator: {key: value}})


def _row(name, kind, document, path, page, expected=""):
    return pytest.param(kind, document, path, expected, page, id=name)


DOCUMENT = [
    _row("no JSON", "IDENTITY", "{", "document", GRAMMAR),
    _row("no object", "IDENTITY", "[]", "document", GRAMMAR),
    _row(
        "repeated member",
        "IDENTITY",
        '{"Version":"2012-10-17","Version":"2012-10-17"}',
        "document",
        GRAMMAR,
        "each member once",
    ),
    _row(
        "repeated member of a statement",
        "IDENTITY",
        '{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}',
        "document",
        GRAMMAR,
        "each member once",
    ),
    _row("unknown member", "IDENTITY", _document(ALLOW, Statements=[]), "Statements", GRAMMAR),
    _row("unknown version", "IDENTITY", _document(ALLOW, Version="2020-01-01"), "Version", GRAMMAR),
    _row("no statements", "IDENTITY", {"Version": "2012-10-17"}, "Statement", GRAMMAR),
    _row("empty list of statements", "IDENTITY", _document(), "Statement", GRAMMAR),
    _row("Id in an identity policy", "IDENTITY", _document(ALLOW, Id="x"), "Id", GRAMMAR),
    _row("Id is no text", "KEY", _document(GRANT, Id=1), "Id", GRAMMAR),
    _row(
        "too long for an identity policy",
        "IDENTITY",
        _with("IDENTITY", Action=["s3:a"] * 2000),
        "document",
        QUOTAS,
        "at most 10240 characters other than white space",
    ),
    _row(
        "too long for a session policy",
        "SESSION",
        _with("SESSION", Action=["s3:a"] * 400),
        "document",
        QUOTAS,
        "at most 2048 characters",
    ),
    _row(
        "too long for a key policy",
        "KEY",
        _with("KEY", Sid="x" * 32768),
        "document",
        KEYS,
        "at most 32768 bytes",
    ),
    _row(
        "too long for a bucket policy",
        "BUCKET",
        _with("BUCKET", Sid="x" * 20480),
        "document",
        BUCKETS,
        "at most 20480 bytes",
    ),
    _row("key policy without version", "KEY", {"Statement": [GRANT]}, "Version", KEYS),
    _row(
        "key policy beyond Latin-1",
        "KEY",
        _with("KEY", Sid="key \u20ac"),
        "document",
        KEYS,
        "printable ASCII and Latin-1",
    ),
    _row(
        "identity policy beyond Latin-1",
        "IDENTITY",
        _with("IDENTITY", Resource="arn:aws:s3:::b/\u20ac"),
        "document",
        QUOTAS,
    ),
    _row(
        "resource control policy without version",
        "RESOURCE_CONTROL",
        {"Statement": [RESTRICTION]},
        "Version",
        RCP,
    ),
    _row("control character in a key policy", "KEY", _with("KEY", Sid="\u0085"), "document", KEYS),
]

ELEMENTS = [
    _row("statement is no object", "IDENTITY", _document("x"), "Statement[0]", GRAMMAR),
    _row(
        "unknown element",
        "IDENTITY",
        _with("IDENTITY", Effects="Allow"),
        "Statement[0].Effects",
        GRAMMAR,
    ),
    _row("no effect", "IDENTITY", _without("IDENTITY", "Effect"), "Statement[0].Effect", GRAMMAR),
    _row(
        "effect in lower case",
        "IDENTITY",
        _with("IDENTITY", Effect="allow"),
        "Statement[0].Effect",
        GRAMMAR,
    ),
    _row("Sid is no text", "IDENTITY", _with("IDENTITY", Sid=1), "Statement[0].Sid", GRAMMAR),
    _row("space in a Sid", "IDENTITY", _with("IDENTITY", Sid="a b"), "Statement[0].Sid", SID),
    _row(
        "hyphen in a Sid of a trust policy",
        "TRUST",
        _with("TRUST", Sid="a-b"),
        "Statement[0].Sid",
        SID,
    ),
    _row(
        "Sid twice",
        "IDENTITY",
        _document(ALLOW | {"Sid": "a"}, ALLOW | {"Sid": "a"}),
        "Statement[1].Sid",
        SID,
    ),
    _row("no action", "IDENTITY", _without("IDENTITY", "Action"), "Statement[0].Action", GRAMMAR),
    _row(
        "action and its exception",
        "IDENTITY",
        _with("IDENTITY", NotAction="s3:*"),
        "Statement[0].Action",
        GRAMMAR,
        "Action or NotAction, not both",
    ),
    _row(
        "empty list of actions",
        "IDENTITY",
        _with("IDENTITY", Action=[]),
        "Statement[0].Action",
        GRAMMAR,
    ),
    _row(
        "action without service",
        "IDENTITY",
        _with("IDENTITY", Action="GetObject"),
        "Statement[0].Action",
        GRAMMAR,
    ),
    _row(
        "wildcard in the service",
        "IDENTITY",
        _with("IDENTITY", Action="s*:GetObject"),
        "Statement[0].Action",
        GRAMMAR,
    ),
    _row(
        "action is no text",
        "IDENTITY",
        _with("IDENTITY", Action=["s3:GetObject", 1]),
        "Statement[0].Action[1]",
        GRAMMAR,
    ),
    _row(
        "no resource",
        "IDENTITY",
        _without("IDENTITY", "Resource"),
        "Statement[0].Resource",
        GRAMMAR,
    ),
    _row(
        "resource and its exception",
        "IDENTITY",
        _with("IDENTITY", NotResource="*"),
        "Statement[0].Resource",
        GRAMMAR,
    ),
    _row(
        "resource is no ARN",
        "IDENTITY",
        _with("IDENTITY", Resource="bucket"),
        "Statement[0].Resource",
        GRAMMAR,
        "an ARN or *",
    ),
    _row(
        "variable before the fifth colon",
        "IDENTITY",
        _with("IDENTITY", Resource="arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q"),
        "Statement[0].Resource",
        VARIABLES,
    ),
    _row(
        "unclosed variable",
        "IDENTITY",
        _with("IDENTITY", Resource="arn:aws:s3:::b/${aws:x"),
        "Statement[0].Resource",
        VARIABLES,
    ),
    _row(
        "variable that names no key",
        "IDENTITY",
        _with("IDENTITY", Resource="arn:aws:s3:::b/${x}"),
        "Statement[0].Resource",
        VARIABLES,
    ),
    _row(
        "empty variable",
        "IDENTITY",
        _with("IDENTITY", Resource="arn:aws:s3:::b/${}"),
        "Statement[0].Resource",
        VARIABLES,
    ),
]

PRINCIPALS = [
    _row(
        "principal in an identity policy",
        "IDENTITY",
        _with("IDENTITY", Principal="*"),
        "Statement[0].Principal",
        GRAMMAR,
        "no Principal in this document",
    ),
    _row(
        "NotPrincipal in an identity policy",
        "IDENTITY",
        _with("IDENTITY", NotPrincipal="*"),
        "Statement[0].NotPrincipal",
        GRAMMAR,
    ),
    _row(
        "principal in a service control policy",
        "SERVICE_CONTROL",
        _with("SERVICE_CONTROL", Principal="*"),
        "Statement[0].Principal",
        GRAMMAR,
    ),
    _row(
        "key policy without principal",
        "KEY",
        _without("KEY", "Principal"),
        "Statement[0].Principal",
        KEYS,
    ),
    _row(
        "trust policy without principal",
        "TRUST",
        _without("TRUST", "Principal"),
        "Statement[0].Principal",
        GRAMMAR,
    ),
    _row(
        "principal and its exception",
        "KEY",
        _with("KEY", NotPrincipal="*"),
        "Statement[0].Principal",
        GRAMMAR,
    ),
    _row(
        "principal is a bare ARN",
        "KEY",
        _with("KEY", Principal="arn:aws:iam::111122223333:root"),
        "Statement[0].Principal",
        GRAMMAR,
    ),
    _row("empty principal", "KEY", _with("KEY", Principal={}), "Statement[0].Principal", GRAMMAR),
    _row(
        "unknown sort of principal",
        "KEY",
        _with("KEY", Principal={"Aws": "*"}),
        "Statement[0].Principal.Aws",
        GRAMMAR,
    ),
    _row(
        "empty list of principals",
        "KEY",
        _with("KEY", Principal={"AWS": []}),
        "Statement[0].Principal.AWS",
        GRAMMAR,
    ),
    _row(
        "wildcard in a principal",
        "KEY",
        _with("KEY", Principal={"AWS": "arn:aws:iam::111122223333:role/app*"}),
        "Statement[0].Principal.AWS",
        PRINCIPAL,
    ),
    _row(
        "all sessions of a role",
        "KEY",
        _with("KEY", Principal={"AWS": "arn:aws:sts::111122223333:assumed-role/app/*"}),
        "Statement[0].Principal.AWS",
        PRINCIPAL,
    ),
    _row(
        "user group",
        "KEY",
        _with("KEY", Principal={"AWS": "arn:aws:iam::111122223333:group/g"}),
        "Statement[0].Principal.AWS",
        PRINCIPAL,
    ),
    _row(
        "account number too short",
        "KEY",
        _with("KEY", Principal={"AWS": ["*", "1111"]}),
        "Statement[0].Principal.AWS[1]",
        PRINCIPAL,
    ),
    _row(
        "service without domain",
        "KEY",
        _with("KEY", Principal={"Service": "s3"}),
        "Statement[0].Principal.Service",
        PRINCIPAL,
    ),
    _row(
        "canonical user in a trust policy",
        "TRUST",
        _with("TRUST", Principal={"CanonicalUser": "79a59d"}),
        "Statement[0].Principal.CanonicalUser",
        GRAMMAR,
    ),
    _row(
        "one principal in a resource control policy",
        "RESOURCE_CONTROL",
        _with("RESOURCE_CONTROL", Principal={"AWS": "111122223333"}),
        "Statement[0].Principal",
        RCP,
    ),
]

CONDITIONS = [
    _row(
        "condition is no object",
        "IDENTITY",
        _with("IDENTITY", Condition=["x"]),
        "Statement[0].Condition",
        GRAMMAR,
    ),
    _row(
        "unknown operator",
        "IDENTITY",
        _condition("StringMatches", "aws:x", "a"),
        "Statement[0].Condition.StringMatches",
        OPERATORS,
    ),
    _row(
        "unknown set operator",
        "IDENTITY",
        _condition("ForSomeValues:StringLike", "aws:x", "a"),
        "Statement[0].Condition.ForSomeValues:StringLike",
        OPERATORS,
    ),
    _row(
        "NullIfExists",
        "IDENTITY",
        _condition("NullIfExists", "aws:x", "true"),
        "Statement[0].Condition.NullIfExists",
        OPERATORS,
    ),
    _row(
        "operator without keys",
        "IDENTITY",
        _with("IDENTITY", Condition={"StringLike": "a"}),
        "Statement[0].Condition.StringLike",
        GRAMMAR,
    ),
    _row(
        "key without prefix",
        "IDENTITY",
        _condition("StringLike", "x", "a"),
        "Statement[0].Condition.StringLike.x",
        GRAMMAR,
    ),
    _row(
        "no values",
        "IDENTITY",
        _condition("StringLike", "aws:x", []),
        "Statement[0].Condition.StringLike.aws:x",
        GRAMMAR,
    ),
    _row(
        "value is an object",
        "IDENTITY",
        _condition("StringLike", "aws:x", {"a": 1}),
        "Statement[0].Condition.StringLike.aws:x",
        GRAMMAR,
    ),
    _row(
        "value is null",
        "IDENTITY",
        _condition("StringLike", "aws:x", ["a", None]),
        "Statement[0].Condition.StringLike.aws:x[1]",
        GRAMMAR,
    ),
    _row(
        "no number",
        "IDENTITY",
        _condition("NumericLessThan", "aws:x", "few"),
        "Statement[0].Condition.NumericLessThan.aws:x",
        OPERATORS,
        "a number",
    ),
    _row(
        "no date",
        "IDENTITY",
        _condition("DateLessThan", "aws:x", "2026-13-01"),
        "Statement[0].Condition.DateLessThan.aws:x",
        OPERATORS,
    ),
    _row(
        "no address",
        "IDENTITY",
        _condition("IpAddress", "aws:x", "10.0.0.0/33"),
        "Statement[0].Condition.IpAddress.aws:x",
        OPERATORS,
    ),
    _row(
        "no boolean",
        "IDENTITY",
        _condition("Bool", "aws:x", "yes"),
        "Statement[0].Condition.Bool.aws:x",
        OPERATORS,
        "true or false",
    ),
    _row(
        "no Base64",
        "IDENTITY",
        _condition("BinaryEquals", "aws:x", "%"),
        "Statement[0].Condition.BinaryEquals.aws:x",
        OPERATORS,
        "a Base64 text",
    ),
    _row(
        "variable in a number",
        "IDENTITY",
        _condition("NumericEquals", "aws:x", "${aws:y}"),
        "Statement[0].Condition.NumericEquals.aws:x",
        OPERATORS,
    ),
    _row(
        "ForAllValues over an encryption context",
        "KEY",
        _condition("ForAllValues:StringEquals", "kms:EncryptionContext:a", "b", "KEY"),
        "Statement[0].Condition.ForAllValues:StringEquals.kms:EncryptionContext:a",
        KEY_CONDITIONS,
    ),
    _row(
        "ForAllValues over a request tag",
        "KEY",
        _condition("ForAllValues:StringLike", "aws:RequestTag/a", "b", "KEY"),
        "Statement[0].Condition.ForAllValues:StringLike.aws:RequestTag/a",
        KEY_CONDITIONS,
    ),
]

SERVICES = [
    _row(
        "resource in a trust policy",
        "TRUST",
        _with("TRUST", Resource="*"),
        "Statement[0].Resource",
        GRAMMAR,
    ),
    _row(
        "another service's action in a trust policy",
        "TRUST",
        _with("TRUST", Action="s3:*"),
        "Statement[0].Action",
        GRAMMAR,
        "an action of sts",
    ),
    _row(
        "every action in a trust policy",
        "TRUST",
        _with("TRUST", Action="*"),
        "Statement[0].Action",
        GRAMMAR,
        "an action of sts",
    ),
    _row(
        "another service's action in a bucket policy",
        "BUCKET",
        _with("BUCKET", Action="kms:*"),
        "Statement[0].Action",
        BUCKETS,
        "an action of s3",
    ),
    _row(
        "every resource in a bucket policy",
        "BUCKET",
        _with("BUCKET", Resource="*"),
        "Statement[0].Resource",
        BUCKETS,
    ),
    _row(
        "another bucket",
        "BUCKET",
        _with("BUCKET", Resource="arn:aws:s3:::b2/*"),
        "Statement[0].Resource",
        BUCKETS,
    ),
    _row(
        "object action on the bucket",
        "BUCKET",
        _with("BUCKET", Resource="arn:aws:s3:::b"),
        "Statement[0].Action",
        BUCKETS,
    ),
    _row(
        "bucket action on objects",
        "BUCKET",
        _with("BUCKET", Action="s3:ListBucket"),
        "Statement[0].Action",
        BUCKETS,
    ),
    _row(
        "resource control policy that allows",
        "RESOURCE_CONTROL",
        _with("RESOURCE_CONTROL", Effect="Allow"),
        "Statement[0].Effect",
        RCP,
    ),
]


@pytest.mark.parametrize(
    ("kind", "document", "path", "expected", "page"),
    [*DOCUMENT, *ELEMENTS, *PRINCIPALS, *CONDITIONS, *SERVICES],
)
def test_fault(kind, document, path, expected, page):
    faults = _faults(kind, document).faults
    assert path in [fault.path for fault in faults], page
    assert any(expected in fault.expected for fault in faults if fault.path == path), page


@pytest.mark.parametrize("kind", VALID)
def test_a_valid_document_is_accepted_as_value_and_as_text(kind):
    document = _document(VALID[kind])
    as_value = parse_policy(document, PolicyType[kind])
    assert parse_policy(json.dumps(document), PolicyType[kind]) == as_value
    assert parse_policy(_document(VALID[kind]) | {"Statement": VALID[kind]}, PolicyType[kind]) == (
        as_value
    )


@pytest.mark.parametrize(
    ("kind", "document", "page"),
    [
        pytest.param("KEY", _with("KEY", Sid="Enable IAM policies"), KEYS, id="space in a Sid"),
        pytest.param("KEY", _with("KEY", Sid="Schl\u00fcssel\t"), KEYS, id="Latin-1 and tab"),
        pytest.param("KEY", _document(GRANT, Id="key-default-1"), KEYS, id="Id of a key policy"),
        pytest.param("IDENTITY", {"Statement": [ALLOW]}, GRAMMAR, id="no version"),
        pytest.param(
            "IDENTITY",
            _condition("NumericLessThan", "aws:MultiFactorAuthAge", 3600),
            GRAMMAR,
            id="number without quotation marks",
        ),
        pytest.param("IDENTITY", _with("IDENTITY", Condition={}), GRAMMAR, id="empty condition"),
        pytest.param(
            "IDENTITY",
            _condition("Bool", "aws:ViaAWSService", True),
            GRAMMAR,
            id="boolean without quotation marks",
        ),
        pytest.param(
            "IDENTITY", _with("IDENTITY", Action=["s3:a"] * 900), QUOTAS, id="just below the limit"
        ),
        pytest.param(
            "KEY",
            _condition("ForAllValues:StringEquals", "kms:EncryptionContextKeys", ["a"], "KEY"),
            KEY_CONDITIONS,
            id="ForAllValues over the context's names",
        ),
        pytest.param(
            "BUCKET",
            _with("BUCKET", Action="s3:*", Resource=["arn:aws:s3:::b"]),
            BUCKETS,
            id="wildcard action on the bucket alone",
        ),
        pytest.param(
            "RESOURCE_CONTROL",
            _with("RESOURCE_CONTROL", Effect="Allow", Action="*"),
            RCP,
            id="RCPFullAWSAccess",
        ),
        pytest.param(
            "TRUST",
            _with("TRUST", Principal={"Federated": "accounts.google.com"}),
            PRINCIPAL,
            id="identity provider",
        ),
    ],
)
def test_no_fault(kind, document, page):
    bucket_arn = "arn:aws:s3:::b"
    assert parse_policy(document, PolicyType[kind], bucket_arn=bucket_arn).statements, page


def test_every_fault_is_named_at_once():
    statement = {
        "Effect": "Permit",
        "Principal": {"AWS": "nobody"},
        "Action": "Decrypt",
        "Resource": "key",
        "Condition": {"StringIs": {"a:b": "c"}, "Bool": {"a:b": "perhaps"}},
    }
    refusal = _faults("KEY", {"Version": "1", "Statement": [GRANT, statement]})
    assert [fault.path for fault in refusal.faults] == [
        "Version",
        "Statement[1].Effect",
        "Statement[1].Principal.AWS",
        "Statement[1].Action",
        "Statement[1].Resource",
        "Statement[1].Condition.StringIs",
        "Statement[1].Condition.Bool.a:b",
    ]
    assert str(refusal.faults[-1]) == (
        "Statement[1].Condition.Bool.a:b: expected true or false, found perhaps"
    )
    assert str(refusal) == "; ".join(str(fault) for fault in refusal.faults)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param("IDENTITY", "MalformedPolicyDocument", id="IAM"),
        pytest.param("TRUST", "MalformedPolicyDocument", id="IAM for trust policies"),
        pytest.param("KEY", "MalformedPolicyDocumentException", id="KMS"),
        pytest.param("BUCKET", "MalformedPolicy", id="S3"),
    ],
)
def test_a_refusal_has_the_services_error_code(kind, code):
    assert _faults(kind, "{").code == code


def test_kms_has_a_name_for_a_condition_that_passes_without_its_key():
    document = _condition("ForAllValues:StringLike", "kms:EncryptionContext:a", "b", "KEY")
    (fault,) = _faults("KEY", document).faults
    assert str(fault).startswith("OverlyPermissiveCondition: Statement[0].Condition."), (
        KEY_CONDITIONS
    )


def test_deeply_nested_text_is_refused():
    assert _faults("IDENTITY", "[" * 100_000).faults[0].path == "document"
