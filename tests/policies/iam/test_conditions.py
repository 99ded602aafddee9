"""Condition operators, one row for each documented behaviour."""

import pytest

from policies.iam.language.operators import OPERATORS

PAGE = (
    "docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
)
SETS = (
    "docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_condition-single-vs-multi-valued-context-keys.html"
)
KEYS = "docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html"
LOGIC = (
    "docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_condition-logic-multiple-context-keys-or-values.html"
)
KMS = "docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"

KEY = "aws:RequestTag/k"  # any key will do: operators do not look at its meaning


def _rows(page, *rows):
    return [pytest.param(*row[1:], page, id=row[0]) for row in rows]


STRINGS = _rows(
    PAGE,
    ("equal text passes StringEquals", "StringEquals", "a", "a", True),
    ("other case fails StringEquals", "StringEquals", "a", "A", False),
    ("asterisk is no wildcard in StringEquals", "StringEquals", "a*", "ab", False),
    ("asterisk is itself in StringEquals", "StringEquals", "a*", "a*", True),
    ("absent key fails StringEquals", "StringEquals", "a", None, False),
    ("one of several values suffices", "StringEquals", ["a", "b"], "b", True),
    ("none of several values fails", "StringEquals", ["a", "b"], "c", False),
    ("empty text equals empty text", "StringEquals", "", "", True),
    ("equal text fails StringNotEquals", "StringNotEquals", "a", "a", False),
    ("other text passes StringNotEquals", "StringNotEquals", "a", "b", True),
    ("one of several values fails StringNotEquals", "StringNotEquals", ["a", "b"], "b", False),
    ("absent key passes StringNotEquals", "StringNotEquals", "a", None, True),
    ("case does not matter to IgnoreCase", "StringEqualsIgnoreCase", "aB", "Ab", True),
    ("other text fails IgnoreCase", "StringEqualsIgnoreCase", "aB", "Ac", False),
    ("case does not matter to NotIgnoreCase", "StringNotEqualsIgnoreCase", "aB", "Ab", False),
    ("absent key passes NotIgnoreCase", "StringNotEqualsIgnoreCase", "aB", None, True),
    ("asterisk is no wildcard in StringNotEquals", "StringNotEquals", "a*", "ab", True),
    ("asterisk is no wildcard to NotIgnoreCase", "StringNotEqualsIgnoreCase", "a*", "AB", True),
    ("asterisk matches any characters", "StringLike", "a*z", "abcz", True),
    ("asterisk matches none", "StringLike", "a*z", "az", True),
    ("asterisk crosses slashes and colons", "StringLike", "a*z", "a:/b:z", True),
    ("question mark matches one character", "StringLike", "a?z", "abz", True),
    ("question mark does not match none", "StringLike", "a?z", "az", False),
    ("question mark does not match two", "StringLike", "a?z", "abbz", False),
    ("partial match needs wildcards", "StringLike", "b", "abc", False),
    ("StringLike minds case", "StringLike", "A*", "ab", False),
    ("none of several patterns may match", "StringNotLike", ["a*", "b*"], "ab", False),
    ("no pattern matches", "StringNotLike", ["a*", "b*"], "cb", True),
    ("asterisk is itself to IgnoreCase", "StringEqualsIgnoreCase", "a*", "AB", False),
    ("several asterisks match in order", "StringLike", "*a*b*c", "xaxbxc", True),
    ("several asterisks mind the order", "StringLike", "*a*b*c", "xbxaxc", False),
    ("text after the last asterisk ends the value", "StringLike", "*ab*ab", "abab", True),
    ("a match is not used twice", "StringLike", "*ab*ab", "ab", False),
    ("dot is no wildcard", "StringLike", "a.c*", "abcd", False),
    ("line feed is a character", "StringLike", "a*z", "a\nz", True),
    ("wildcard match fails StringNotLike", "StringNotLike", "a*", "ab", False),
    ("absent key passes StringNotLike", "StringNotLike", "a*", None, True),
)

NUMBERS = _rows(
    PAGE,
    ("equal number passes NumericEquals", "NumericEquals", "10", "10", True),
    ("decimals of equal value are equal", "NumericEquals", "1.20", "1.2", True),
    ("number without quotation marks", "NumericEquals", 10, "10", True),
    ("other number passes NumericNotEquals", "NumericNotEquals", "10", "11", True),
    ("absent key passes NumericNotEquals", "NumericNotEquals", "10", None, True),
    ("smaller passes NumericLessThan", "NumericLessThan", "1.2", "1.1", True),
    ("equal fails NumericLessThan", "NumericLessThan", "1.2", "1.2", False),
    ("numbers are not compared as texts", "NumericLessThan", "10", "9", True),
    ("equal passes NumericLessThanEquals", "NumericLessThanEquals", "10", "10", True),
    ("greater fails NumericLessThanEquals", "NumericLessThanEquals", "10", "11", False),
    ("greater passes NumericGreaterThan", "NumericGreaterThan", "10", "11", True),
    ("equal fails NumericGreaterThan", "NumericGreaterThan", "10", "10", False),
    ("equal passes NumericGreaterThanEquals", "NumericGreaterThanEquals", "10", "10", True),
    ("greater passes NumericGreaterThanEquals", "NumericGreaterThanEquals", "10", "11", True),
    ("smaller passes NumericLessThanEquals", "NumericLessThanEquals", "10", "9", True),
    ("negative numbers are ordered", "NumericLessThan", "0", "-1", True),
    ("absent key fails NumericLessThan", "NumericLessThan", "1.2", None, False),
    ("what is no number matches nothing", "NumericLessThan", "10", "few", False),
)

DATES = _rows(
    PAGE,
    (
        "same moment passes DateEquals",
        "DateEquals",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
        True,
    ),
    (
        "same moment in another zone",
        "DateEquals",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T00:00:00Z",
        True,
    ),
    ("day means its beginning", "DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("epoch seconds are a date", "DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("later moment passes DateNotEquals", "DateNotEquals", "2026-01-01", "2026-01-02", True),
    ("earlier passes DateLessThan", "DateLessThan", "2026-01-02", "2026-01-01T23:59:59Z", True),
    ("equal fails DateLessThan", "DateLessThan", "2026-01-02", "2026-01-02T00:00:00Z", False),
    ("equal passes DateLessThanEquals", "DateLessThanEquals", "2026-01-02", "2026-01-02", True),
    (
        "later passes DateGreaterThan",
        "DateGreaterThan",
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:02Z",
        True,
    ),
    ("earlier fails DateGreaterThan", "DateGreaterThan", "2026-01-01", "2025-12-31", False),
    ("equal passes DateGreaterThanEquals", "DateGreaterThanEquals", "2026-01", "2026-01-01", True),
    ("later passes DateGreaterThanEquals", "DateGreaterThanEquals", "2026", "2026-02", True),
    ("earlier passes DateLessThanEquals", "DateLessThanEquals", "2026", "2025-12-31", True),
    ("absent key fails DateGreaterThan", "DateGreaterThan", "2026-01-01", None, False),
    (
        "fractions of a second count",
        "DateLessThan",
        "2026-01-01T00:00:00.5Z",
        "2026-01-01T00:00:00.4Z",
        True,
    ),
)

OTHERS = _rows(
    PAGE,
    ("true passes Bool true", "Bool", "true", "true", True),
    ("false fails Bool true", "Bool", "true", "false", False),
    ("boolean without quotation marks", "Bool", False, "false", True),
    ("absent key fails Bool", "Bool", "false", None, False),
    ("equal bytes pass BinaryEquals", "BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("other bytes fail BinaryEquals", "BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
    ("absent key fails BinaryEquals", "BinaryEquals", "QmluYXJ5", None, False),
    ("address in the range", "IpAddress", "203.0.113.0/24", "203.0.113.255", True),
    ("first address of the range", "IpAddress", "203.0.113.0/24", "203.0.113.0", True),
    ("address before the range", "IpAddress", "203.0.113.0/24", "203.0.112.255", False),
    ("what is no address is in no range", "IpAddress", "0.0.0.0/0", "here", False),
    ("an address with a zone is in no range", "IpAddress", "fe80::/10", "fe80::1%eth0", False),
    ("what is no address is outside a range", "NotIpAddress", "10.0.0.0/8", "here", True),
    ("address outside the range", "IpAddress", "203.0.113.0/24", "203.0.114.0", False),
    ("address without prefix is one address", "IpAddress", "203.0.113.7", "203.0.113.8", False),
    (
        "host bits of a range do not matter (inferred)",
        "IpAddress",
        "203.0.113.7/24",
        "203.0.113.9",
        True,
    ),
    ("one of several ranges", "IpAddress", ["10.0.0.0/8", "203.0.113.0/24"], "10.2.3.4", True),
    (
        "IPv6 address in the range",
        "IpAddress",
        "2001:DB8:1234:5678::/64",
        "2001:db8:1234:5678::9",
        True,
    ),
    (
        "IPv6 address outside the range",
        "IpAddress",
        "2001:DB8:1234:5678::/64",
        "2001:db8::9",
        False,
    ),
    ("IPv4 and IPv6 do not mix", "IpAddress", "0.0.0.0/0", "::1", False),
    ("absent key fails IpAddress", "IpAddress", "0.0.0.0/0", None, False),
    ("address in the range fails NotIpAddress", "NotIpAddress", "10.0.0.0/8", "10.1.1.1", False),
    ("address outside passes NotIpAddress", "NotIpAddress", "10.0.0.0/8", "11.1.1.1", True),
    ("absent key passes NotIpAddress", "NotIpAddress", "10.0.0.0/8", None, True),
    ("Null true passes for an absent key", "Null", "true", None, True),
    ("Null true fails for a present key", "Null", "true", "a", False),
    ("Null false passes for a present key", "Null", "false", "a", True),
    ("Null false fails for an absent key", "Null", False, None, False),
)

ARNS = _rows(
    PAGE,
    ("equal ARN passes ArnEquals", "ArnEquals", "arn:aws:s3:::b", "arn:aws:s3:::b", True),
    ("ArnEquals knows wildcards", "ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", True),
    ("ArnLike knows wildcards", "ArnLike", "arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:1:t", True),
    (
        "wildcard stays within its segment",
        "ArnLike",
        "arn:aws:someservice:*:111122223333:finance/*",
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
        False,
    ),
    (
        "StringLike reaches over segments",
        "StringLike",
        "arn:aws:someservice:*:111122223333:finance/*",
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
        True,
    ),
    (
        "last segment may hold colons",
        "ArnLike",
        "arn:aws:logs:r:1:g:*",
        "arn:aws:logs:r:1:g:n:*",
        True,
    ),
    ("ARN operators mind case", "ArnLike", "arn:aws:s3:::B", "arn:aws:s3:::b", False),
    ("question mark in an ARN", "ArnLike", "arn:aws:s3:::b?", "arn:aws:s3:::b1", True),
    *(
        (
            f"{name} keeps a wildcard within its segment",
            name,
            "arn:aws:s:*:1:finance/*",
            "arn:aws:s:r:2:x:1:finance/doc",
            "Not" in name,
        )
        for name in ("ArnEquals", "ArnNotEquals", "ArnNotLike")
    ),
    ("match fails ArnNotEquals", "ArnNotEquals", "arn:aws:s3:::b*", "arn:aws:s3:::b1", False),
    ("other ARN passes ArnNotLike", "ArnNotLike", "arn:aws:s3:::b", "arn:aws:s3:::c", True),
    ("absent key fails ArnLike", "ArnLike", "arn:aws:s3:::b", None, False),
    ("absent key passes ArnNotEquals", "ArnNotEquals", "arn:aws:s3:::b", None, True),
    ("what is no ARN matches no ARN", "ArnLike", "arn:aws:s3:::b", "b", False),
)

IF_EXISTS = _rows(
    PAGE,
    ("IfExists passes for an absent key", "StringEqualsIfExists", "a", None, True),
    ("IfExists tests a present key", "StringEqualsIfExists", "a", "b", False),
    ("IfExists of a match passes", "StringLikeIfExists", "t1.*", "t1.micro", True),
    ("negated IfExists passes for an absent key", "StringNotEqualsIfExists", "a", None, True),
    (
        "negated IfExists tests a present key",
        "ArnNotEqualsIfExists",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b",
        False,
    ),
    (
        "NumericLessThanIfExists passes for an absent key",
        "NumericLessThanIfExists",
        "1",
        None,
        True,
    ),
    ("BoolIfExists passes for an absent key", "BoolIfExists", "true", None, True),
    ("IpAddressIfExists tests a present key", "IpAddressIfExists", "10.0.0.0/8", "11.0.0.1", False),
    (
        "DateLessThanIfExists passes for an absent key",
        "DateLessThanIfExists",
        "2026-01-01",
        None,
        True,
    ),
)

SET_OPERATORS = _rows(
    SETS,
    (
        "ForAllValues passes if each value is listed",
        "ForAllValues:StringEquals",
        ["a", "b"],
        ["b", "a"],
        True,
    ),
    (
        "ForAllValues fails if one value is not listed",
        "ForAllValues:StringEquals",
        ["a", "b"],
        ["a", "c"],
        False,
    ),
    ("ForAllValues passes for an absent key", "ForAllValues:StringEquals", "a", None, True),
    ("ForAllValues passes for an empty list", "ForAllValues:StringEquals", "a", [], True),
    ("ForAllValues passes for an empty text", "ForAllValues:StringEquals", "a", "", True),
    ("ForAllValues of wildcards", "ForAllValues:StringLike", ["a*", "b"], ["ab", "b"], True),
    (
        "ForAllValues negated fails if one value is listed",
        "ForAllValues:StringNotEquals",
        "a",
        ["a", "b"],
        False,
    ),
    (
        "ForAllValues negated passes if no value is listed",
        "ForAllValues:StringNotEquals",
        "a",
        ["c", "b"],
        True,
    ),
    (
        "ForAnyValue passes if one value is listed",
        "ForAnyValue:StringEquals",
        ["a", "b"],
        ["c", "b"],
        True,
    ),
    (
        "ForAnyValue fails if no value is listed",
        "ForAnyValue:StringEquals",
        ["a", "b"],
        ["c", "d"],
        False,
    ),
    ("ForAnyValue fails for an absent key", "ForAnyValue:StringEquals", "a", None, False),
    ("ForAnyValue fails for an empty text", "ForAnyValue:StringLike", "*", "", False),
    (
        "ForAnyValue negated passes if one value is not listed",
        "ForAnyValue:StringNotEquals",
        "a",
        ["a", "b"],
        True,
    ),
    (
        "ForAnyValue negated fails if all values are listed",
        "ForAnyValue:StringNotLike",
        "a*",
        ["a", "ab"],
        False,
    ),
    (
        "ForAnyValue negated fails for an absent key",
        "ForAnyValue:StringNotEquals",
        "a",
        None,
        False,
    ),
    (
        "ForAnyValue of ARNs",
        "ForAnyValue:ArnLike",
        "arn:aws:s3:::b*",
        ["x", "arn:aws:s3:::b1"],
        True,
    ),
    ("ForAnyValue of numbers", "ForAnyValue:NumericLessThan", "5", ["9", "4"], True),
    ("an empty text among others counts", "ForAnyValue:StringEquals", "a", ["", "a"], True),
    ("an empty text among others has to match", "ForAllValues:StringEquals", "a", ["", "a"], False),
    ("one match of several values suffices (inferred)", "StringEquals", "a", ["a", "b"], True),
    ("the match may be the second (inferred)", "StringEquals", "b", ["a", "b"], True),
    ("no match of several values fails (inferred)", "StringEquals", "c", ["a", "b"], False),
    ("a negation minds the second value (inferred)", "StringNotEquals", "a", ["b", "a"], False),
    (
        "one match of several values fails a negation (inferred)",
        "StringNotEquals",
        "a",
        ["a", "b"],
        False,
    ),
    (
        "no match of several values passes a negation (inferred)",
        "StringNotEquals",
        "a",
        ["b", "c"],
        True,
    ),
    ("an empty list is an absent key", "StringEquals", "a", [], False),
    ("Null true passes for an empty list", "Null", "true", [], True),
)


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected", "page"),
    [*STRINGS, *NUMBERS, *DATES, *OTHERS, *ARNS, *IF_EXISTS, *SET_OPERATORS],
)
def test_operator(holds, operator, wanted, found, expected, page):
    context = {} if found is None else {KEY: found}
    assert holds({operator: {KEY: wanted}}, context) is expected, page


LOGICAL = [
    pytest.param(
        {"StringEquals": {"aws:a": "1"}, "Bool": {"aws:b": "true"}},
        {"aws:a": "1", "aws:b": "false"},
        False,
        LOGIC,
        id="all operators must hold",
    ),
    pytest.param(
        {"StringEquals": {"aws:a": "1", "aws:b": "2"}},
        {"aws:a": "1", "aws:b": "3"},
        False,
        LOGIC,
        id="all keys of an operator must hold",
    ),
    pytest.param(
        {"StringEquals": {"aws:a": ["1", "2"], "aws:b": "2"}},
        {"aws:a": "2", "aws:b": "2"},
        True,
        LOGIC,
        id="values of one key are alternatives",
    ),
    pytest.param({}, {}, True, LOGIC, id="no condition always holds"),
    pytest.param(
        {"StringNotEquals": {"aws:a": "x"}, "Null": {"aws:a": "false"}},
        {},
        False,
        PAGE,
        id="Null false asks for the key that a negation does not need",
    ),
    pytest.param(
        {"StringEquals": {"AWS:SOURCEIP": "1"}},
        {"aws:SourceIp": "1"},
        True,
        KEYS,
        id="names of keys have no case",
    ),
    pytest.param(
        {"StringEquals": {"aws:RequestTag/Team": "x"}},
        {"aws:requesttag/team": "x"},
        True,
        KEYS,
        id="tag names in keys have no case",
    ),
    pytest.param(
        {"StringEquals": {"kms:EncryptionContext:AppName": "x"}},
        {"kms:EncryptionContext:appname": "x"},
        True,
        KMS,
        id="encryption context names have no case",
    ),
    pytest.param(
        {"StringEquals": {"kms:EncryptionContext:AppName": "X"}},
        {"kms:EncryptionContext:AppName": "x"},
        False,
        KMS,
        id="encryption context values have case",
    ),
    pytest.param(
        {"StringEquals": {"kms:EncryptionContext:a": "1"}},
        {"kms:EncryptionContext:a": "1", "kms:EncryptionContext:b": "2"},
        True,
        KMS,
        id="other encryption context pairs are no hindrance",
    ),
    pytest.param(
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}},
        {"kms:EncryptionContextKeys": ["a", "b"]},
        False,
        KMS,
        id="ForAllValues over the context's names forbids other pairs",
    ),
]


@pytest.mark.parametrize(("condition", "context", "expected", "page"), LOGICAL)
def test_condition_block(holds, condition, context, expected, page):
    assert holds(condition, context) is expected, page


SAMPLES = {
    # family: what is wanted, a value that fits, one that does not
    "String": ("a", "a", "b"),
    "Arn": ("arn:aws:s3:::b", "arn:aws:s3:::b", "arn:aws:s3:::c"),
    "Bool": ("true", "true", "false"),
    "Binary": ("QmluYXJ5", "QmluYXJ5", "QmluYXJ6"),
    "Numeric": ("10", "10", "11"),
    "Date": ("2026-01-01", "2026-01-01", "2026-01-02"),
    "IpAddress": ("10.0.0.0/8", "10.1.1.1", "11.1.1.1"),
}
ORDERED = {
    "LessThan": ("9", "10", "2025-01-01", "2026-01-01"),
    "LessThanEquals": ("10", "11", "2026-01-01", "2026-01-02"),
    "GreaterThan": ("11", "10", "2026-01-02", "2026-01-01"),
    "GreaterThanEquals": ("10", "9", "2026-01-01", "2025-12-31"),
}


def _sample(name):
    """What the operator wants, a value that passes it, and one that fails it."""
    for order in sorted(ORDERED, key=len, reverse=True):
        if name.endswith(order):
            passes, fails, *dates = ORDERED[order]
            wanted = SAMPLES["Date" if name.startswith("Date") else "Numeric"][0]
            return (wanted, *(dates if name.startswith("Date") else (passes, fails)))
    wanted, fits, other = SAMPLES[
        next(family for family in SAMPLES if name.replace("Not", "").startswith(family))
    ]
    return (wanted, other, fits) if "Not" in name else (wanted, fits, other)


@pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"Null"}))
def test_each_operator_with_if_exists_and_with_both_set_operators(holds, name):
    wanted, passes, fails = _sample(name)
    absent = "Not" in name

    def test(operator, *values):
        context = {} if values == (None,) else {KEY: list(values)}
        return holds({operator: {KEY: wanted}}, context)

    assert [test(name, value) for value in (passes, fails, None)] == [True, False, absent], PAGE
    name_if_exists = f"{name}IfExists"
    assert [test(name_if_exists, v) for v in (passes, fails, None)] == [True, False, True], PAGE
    every, some = f"ForAllValues:{name}", f"ForAnyValue:{name}"
    assert [test(every, passes, passes), test(every, passes, fails)] == [True, False], SETS
    assert [test(some, fails, passes), test(some, fails, fails)] == [True, False], SETS
    assert [test(every, None), test(f"{every}IfExists", None)] == [True, True], SETS
    assert [test(some, None), test(f"{some}IfExists", None)] == [False, True], SETS


def test_names_of_keys_have_case_beyond_ascii(holds):
    condition = {"StringEquals": {"kms:EncryptionContext:kind": "x"}}
    assert holds(condition, {"kms:EncryptionContext:KIND": "x"}), KMS
    assert not holds(condition, {"kms:EncryptionContext:\N{KELVIN SIGN}ind": "x"}), KMS


def test_context_takes_booleans_and_numbers(holds):
    condition = {"Bool": {"aws:SecureTransport": "true"}, "NumericEquals": {"s3:TlsVersion": "1.3"}}
    assert holds(condition, {"aws:SecureTransport": True, "s3:TlsVersion": 1.3})


def test_a_hostile_pattern_is_matched_in_linear_time(holds):
    condition = {"StringLike": {KEY: "a*" * 40 + "b"}}
    assert not holds(condition, {KEY: "a" * 2000})
