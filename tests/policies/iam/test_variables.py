"""Policy variables in resources and conditions."""

import pytest

from policies.iam import Policies, Request, is_authorized

PAGE = "docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"
SETS = (
    "docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_condition-single-vs-multi-valued-context-keys.html"
)
HOME = "arn:aws:s3:::home/"


@pytest.mark.parametrize(
    ("resource", "asked", "context", "expected", "page"),
    [
        pytest.param("${aws:username}/*", "ann/x", {}, True, PAGE, id="user name in a resource"),
        pytest.param("${aws:username}/*", "bob/x", {}, False, PAGE, id="another user's name"),
        pytest.param("${AWS:UserName}/*", "ann/x", {}, True, PAGE, id="variables have no case"),
        pytest.param(
            "${aws:PrincipalTag/team}",
            "blue",
            {"aws:PrincipalTag/team": "blue"},
            True,
            PAGE,
            id="tag as a variable",
        ),
        pytest.param(
            "${aws:PrincipalTag/team}",
            "blue",
            {},
            False,
            PAGE,
            id="variable without value matches nothing",
        ),
        pytest.param(
            "${aws:PrincipalTag/team, 'none'}",
            "none",
            {},
            True,
            PAGE,
            id="default stands in for an absent value",
        ),
        pytest.param(
            "${aws:PrincipalTag/team, 'none'}",
            "blue",
            {"aws:PrincipalTag/team": "blue"},
            True,
            PAGE,
            id="value wins over the default",
        ),
        pytest.param(
            "${aws:PrincipalTag/team, ''}x",
            "x",
            {},
            True,
            PAGE,
            id="default may be empty",
        ),
        pytest.param("a${*}", "a*", {}, True, PAGE, id="escaped asterisk is itself"),
        pytest.param("a${*}", "ab", {}, False, PAGE, id="escaped asterisk is no wildcard"),
        pytest.param("a${?}", "ab", {}, False, PAGE, id="escaped question mark is no wildcard"),
        pytest.param("a${?}", "a?", {}, True, PAGE, id="escaped question mark is itself"),
        pytest.param("a${$}{b}", "a${b}", {}, True, PAGE, id="escaped dollar sign is itself"),
        pytest.param("a$b", "a$b", {}, True, PAGE, id="lone dollar sign is itself"),
        pytest.param(
            "${aws:PrincipalTag/team}",
            "blue",
            {"aws:PrincipalTag/team": "*"},
            False,
            PAGE,
            id="asterisk in a value is no wildcard",
        ),
        pytest.param(
            "${aws:TagKeys}",
            "a",
            {"aws:TagKeys": ["a", "b"]},
            False,
            SETS,
            id="key with several values is no variable",
        ),
        pytest.param(
            "${aws:username}-${aws:PrincipalAccount}",
            "ann-111122223333",
            {},
            True,
            PAGE,
            id="several variables",
        ),
    ],
)
def test_in_a_resource(policy, principal, resource, asked, context, expected, page):
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": HOME + resource}
    request = Request(principal("user/ann"), "s3:GetObject", HOME + asked, context)
    decision = is_authorized(request, Policies(identity=(policy("IDENTITY", statement),)))
    assert decision.allowed is expected, page


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        pytest.param(
            {"StringEquals": {"s3:prefix": "${aws:username}"}},
            {"s3:prefix": "ann"},
            True,
            id="StringEquals",
        ),
        pytest.param(
            {"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}},
            {"s3:prefix": "home/ann/x"},
            True,
            id="StringLike among other values",
        ),
        pytest.param(
            {"StringLike": {"s3:prefix": ["", "home/${aws:PrincipalTag/t}/*"]}},
            {"s3:prefix": ""},
            True,
            id="other values match beside one without value",
        ),
        pytest.param(
            {"StringEqualsIgnoreCase": {"s3:prefix": "${aws:username}"}},
            {"s3:prefix": "ANN"},
            True,
            id="StringEqualsIgnoreCase",
        ),
        pytest.param(
            {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::${aws:username}*"}},
            {"aws:SourceArn": "arn:aws:s3:::ann-1"},
            True,
            id="ArnLike",
        ),
        pytest.param(
            {"StringNotEquals": {"aws:RequestTag/t": "${aws:PrincipalTag/t}"}},
            {"aws:RequestTag/t": "a", "aws:PrincipalTag/t": "b"},
            True,
            id="StringNotEquals",
        ),
        pytest.param(
            {"StringNotEquals": {"aws:RequestTag/t": "${aws:PrincipalTag/t}"}},
            {"aws:RequestTag/t": "a"},
            False,
            id="a negation fails for a variable without value",
        ),
    ],
)
def test_in_a_condition(holds, condition, context, expected):
    assert holds(condition, context) is expected, PAGE


def test_older_versions_have_no_variables(holds):
    condition = {"StringEquals": {"s3:prefix": "${aws:username}"}}
    assert not holds(condition, {"s3:prefix": "ann"}, version="2008-10-17"), PAGE
    assert holds(condition, {"s3:prefix": "${aws:username}"}, version="2008-10-17"), PAGE


def test_a_resource_exception_with_a_variable_without_value_makes_the_statement_void(
    policy, principal
):
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "NotResource": f"{HOME}${{aws:PrincipalTag/t}}",
    }
    request = Request(principal("user/ann"), "s3:GetObject", f"{HOME}x")
    decision = is_authorized(request, Policies(identity=(policy("IDENTITY", statement),)))
    assert not decision.allowed, PAGE
