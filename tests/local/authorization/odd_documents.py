"""Policy documents that nobody writes, by what is odd about them: a table of data."""

import json
from typing import Any

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_ABSENT = object()

PRINCIPALS: list[Any] = [
    "*", {"AWS": "*"}, {"AWS": ACCOUNT}, {"AWS": 111122223333}, {"AWS": []}, {"AWS": [ROOT, ROOT]},
    {"AWS": ROOT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, {"AWS": "AIDAAAAAAAAAAAAAAAAAA"},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/*"},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/f"}, {"AWS": "arn:aws:iam::1:root"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:group/g"}, {"AWS": ""}, {"AWS": None}, {"AWS": {}},
    {"AWS": [[ROOT]]}, {"AWS": "x" * 5000}, {"AWS": "\N{SNOWMAN}"}, {"AWS": f"{ROOT}\n"},
    {"Service": "logs.amazonaws.com"}, {"Service": "x"}, {"Service": ["a.b", 5]},
    {"Federated": "f"}, {"CanonicalUser": "0" * 64}, {"Nonsense": "x"},
    {"AWS": ROOT, "Service": "*"}, {}, [], None, "",
    ACCOUNT, ROOT, 5, True, [ROOT],
]  # fmt: skip
ACTIONS: list[Any] = [
    "*", "*:*", "kms:*", "KMS:dEcRyPt", "s3:Get?bject", "", "s3", "s3:", ":Get", "nonsense:Do", [],
    ["s3:GetObject", "s3:GetObject"], [[]], {}, None, 5, True, "s3:\N{SNOWMAN}", "a:" + "*" * 3000,
    "sts:AssumeRole", "s3 : GetObject", "${aws:username}",
]  # fmt: skip
RESOURCES: list[Any] = [
    "*", "", "arn", "arn:", "arn:aws:s3:::name", "arn:aws:s3:::name/*", "arn:aws:s3:::other/*", [],
    "arn:aws:s3:::${aws:username}", "arn:aws:s3:::${", "arn:aws:s3:::${aws:x, 'a'}", None, 5, {},
    "arn:aws:s3:::" + "*a" * 500 + "b", "\N{SNOWMAN}", ["*", "*"], "arn:${aws:username}:s3:::name",
    f"arn:aws:sqs:us-east-1:{ACCOUNT}:name", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:name",
]  # fmt: skip
CONDITIONS: list[Any] = [
    {}, [], None, "", {"StringEquals": {}}, {"StringEquals": []}, {"Nonsense": {"aws:x": "y"}},
    {"StringEquals": {"aws:userid": []}}, {"StringEquals": {"aws:userid": None}},
    {"StringEquals": {"": "x"}}, {"StringEquals": {"x": "y"}}, {"StringEquals": {"aws:x": {}}},
    {"StringLike": {"aws:userid": "*" * 200 + "a"}}, {"StringLike": {"aws:userid": "${aws:x"}},
    {"StringEquals": {"aws:userid": "${aws:username}${aws:x, 'd'}"}}, {"Null": {"aws:x": "maybe"}},
    {"NumericLessThan": {"aws:EpochTime": "abc"}}, {"NumericEquals": {"aws:EpochTime": 1e308}},
    {"NumericEquals": {"aws:EpochTime": "9" * 4000}}, {"NumericEquals": {"aws:EpochTime": "nan"}},
    {"DateLessThan": {"aws:CurrentTime": "yesterday"}}, {"DateEquals": {"aws:CurrentTime": "0"}},
    {"DateLessThan": {"aws:CurrentTime": "99999-01-01T00:00:00Z"}}, {"Bool": {"aws:x": "maybe"}},
    {"DateLessThan": {"aws:CurrentTime": "9" * 30}}, {"IpAddress": {"aws:SourceIp": "1.2.3"}},
    {"IpAddress": {"aws:SourceIp": "::1/129"}}, {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    {"ArnLike": {"aws:SourceArn": "x"}}, {"ArnEquals": {"aws:SourceArn": "arn:*"}},
    {"BinaryEquals": {"aws:x": "%"}}, {"ForAllValues:StringLike": {"aws:TagKeys": ["*"]}},
    {"ForAnyValue:Null": {"aws:TagKeys": "true"}}, {"StringEqualsIfExists": {"aws:userid": "x"}},
    {"NullIfExists": {"aws:x": "true"}}, {"StringEquals": {"aws:ResourceTag/a/b": "\N{SNOWMAN}"}},
    {"StringEquals": {"aws:userid": ["a"] * 2000}},
    {"StringEquals": {"kms:EncryptionContext:": "x"}},
]  # fmt: skip
TEXTS: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" ",
    "no JSON": b"{",
    "null": b"null",
    "a number": b"5",
    "a list": b"[]",
    "a text": b'"x"',
    "an empty object": b"{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "deep": b'{"Statement":' * 3000,
    "a long number": b'{"Version":' + b"9" * 5000 + b"}",
    "NaN": b'{"Version":NaN}',
}


def statement(resource: str = "*", **changes: Any) -> dict[str, Any]:
    """An Allow statement; a change to None leaves a null, as JSON has it."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "*",
        "Resource": resource,
        **changes,
    }


def odd_documents(action: str, resource: str, *, principal: bool = True) -> dict[str, bytes]:
    """Documents by what is odd about them, right but for that; identity policies name nobody."""
    found: dict[str, bytes] = {}
    right = statement(resource, Action=action)
    if not principal:
        del right["Principal"]

    def add(name: str, document: Any) -> None:
        found[name] = json.dumps(document).encode()

    def policy(*statements: Any, **members: Any) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": list(statements), **members}

    add("right", policy(right))
    elements = {"Principal": PRINCIPALS, "NotPrincipal": PRINCIPALS, "Action": ACTIONS}
    elements |= {"NotAction": ACTIONS, "Resource": RESOURCES, "NotResource": RESOURCES}
    elements |= {
        "Condition": CONDITIONS,
        "Effect": ["allow", None, {}],
        "Sid": ["", 5, "a b", "x" * 999],
    }
    for name, values in elements.items():
        opposite = name.removeprefix("Not")
        rest = {key: value for key, value in right.items() if key != opposite}
        for index, value in enumerate(values):
            add(f"{name} {index}", policy({**rest, name: value}))
        add(f"no {name}", policy(rest))
    add("both", policy({**right, "NotAction": "kms:*"}))
    add("a statement alone", policy() | {"Statement": right})
    add("no statement", policy())
    add("statements twice", policy({**right, "Sid": "A"}, {**right, "Sid": "A"}))
    add("statements of other types", policy(right, None, 5, [right]))
    add("many statements", policy(*[right] * 400))
    add("long", policy({**right, "Sid": "x" * 200_000}))
    for version in ("2008-10-17", "2020-01-01", 5, None):
        add(f"version {version}", policy(right, Version=version))
    add("no version", {"Statement": [right]})
    for identifier in ("x", 5, None, "\N{SNOWMAN}"):
        add(f"id {identifier}", policy(right, Id=identifier))
    add("other members", policy(right, Nonsense=1))
    text = found["right"]
    found |= TEXTS
    found["a member twice"] = text.replace(b'"Effect"', b'"Effect": "Deny", "Effect"')
    found["no UTF-8"] = text.replace(b'"Effect"', b'"Sid": "a\xff", "Effect"')
    found["half a character"] = text.replace(b'"Effect"', b'"Sid": "a\\ud800", "Effect"')
    found["a null character"] = text.replace(b'"Effect"', b'"Sid": "a\\u0000", "Effect"')
    found["after it"] = text + b" x"
    return found
