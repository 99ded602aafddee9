"""Which actions and resources a statement covers."""

import pytest

from policies.iam import Policies, Request, is_authorized

GUIDE = "docs.aws.amazon.com/IAM/latest/UserGuide/"
ACTION = f"{GUIDE}reference_policies_elements_action.html"
NOT_ACTION = f"{GUIDE}reference_policies_elements_notaction.html"
RESOURCE = f"{GUIDE}reference_policies_elements_resource.html"
NOT_RESOURCE = f"{GUIDE}reference_policies_elements_notresource.html"
LIST = "docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-agentcore.html"

OBJECT = "arn:aws:s3:::b/k"


@pytest.mark.parametrize(
    ("element", "listed", "asked", "expected", "page"),
    [
        pytest.param("Action", "s3:GetObject", "s3:GetObject", True, ACTION, id="same action"),
        pytest.param("Action", "s3:GetObject", "s3:PutObject", False, ACTION, id="other action"),
        pytest.param("Action", "S3:getobject", "s3:GetObject", True, ACTION, id="no case"),
        pytest.param("Action", "s3:Get*", "s3:GetObject", True, ACTION, id="asterisk at the end"),
        pytest.param("Action", "s3:*Object", "s3:GetObject", True, ACTION, id="at the beginning"),
        pytest.param("Action", "s3:Get*", "s3:PutObject", False, ACTION, id="other prefix"),
        pytest.param("Action", "s3:?etObject", "s3:GetObject", True, ACTION, id="question mark"),
        pytest.param("Action", "s3:*", "kms:Decrypt", False, ACTION, id="other service"),
        pytest.param("Action", "*", "kms:Decrypt", True, ACTION, id="everything"),
        pytest.param("Action", "*:*", "kms:Decrypt", True, ACTION, id="everything in two parts"),
        pytest.param(
            "Action", ["s3:GetObject", "s3:PutObject"], "s3:PutObject", True, ACTION, id="list"
        ),
        pytest.param(
            "Action", "s3:GetObject", "s3:GetObjectVersion", False, ACTION, id="longer name"
        ),
        pytest.param(
            "NotAction", "iam:*", "s3:GetObject", True, NOT_ACTION, id="what is not excepted"
        ),
        pytest.param("NotAction", "iam:*", "iam:GetRole", False, NOT_ACTION, id="what is excepted"),
        pytest.param(
            "NotAction", ["iam:*", "s3:*"], "s3:GetObject", False, NOT_ACTION, id="second exception"
        ),
        pytest.param(
            "NotAction", "IAM:*", "iam:GetRole", False, NOT_ACTION, id="exception no case"
        ),
    ],
)
def test_action(policy, principal, element, listed, asked, expected, page):
    statement = {"Effect": "Allow", element: listed, "Resource": "*"}
    policies = Policies(identity=(policy("IDENTITY", statement),))
    assert (
        is_authorized(Request(principal("user/ann"), asked, OBJECT), policies).allowed is expected
    ), page


@pytest.mark.parametrize(
    ("element", "listed", "asked", "expected", "page"),
    [
        pytest.param("Resource", OBJECT, OBJECT, True, RESOURCE, id="same ARN"),
        pytest.param("Resource", "*", OBJECT, True, RESOURCE, id="everything"),
        pytest.param("Resource", "arn:aws:s3:::b/*", OBJECT, True, RESOURCE, id="asterisk"),
        pytest.param(
            "Resource", "arn:aws:s3:::b", OBJECT, False, RESOURCE, id="bucket, not object"
        ),
        pytest.param(
            "Resource",
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::b",
            False,
            RESOURCE,
            id="objects, not bucket",
        ),
        pytest.param("Resource", "arn:aws:s3:::b/?", OBJECT, True, RESOURCE, id="question mark"),
        pytest.param("Resource", "arn:aws:s3:::B/*", OBJECT, False, RESOURCE, id="case matters"),
        pytest.param(
            "Resource",
            "arn:aws:s3:::b/*/x",
            "arn:aws:s3:::b/1/2/x",
            True,
            RESOURCE,
            id="asterisk crosses slashes",
        ),
        pytest.param(
            "Resource",
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::b/a:b",
            True,
            RESOURCE,
            id="asterisk at the end crosses colons",
        ),
        pytest.param("Resource", ["arn:aws:s3:::a", OBJECT], OBJECT, True, RESOURCE, id="list"),
        pytest.param(
            "Resource",
            "arn:aws:s3:::b/*",
            "*",
            False,
            LIST,
            id="action without resource needs an asterisk",
        ),
        pytest.param("Resource", "*", "*", True, LIST, id="action without resource by an asterisk"),
        pytest.param(
            "NotResource", "arn:aws:s3:::a/*", OBJECT, True, NOT_RESOURCE, id="what is not excepted"
        ),
        pytest.param(
            "NotResource", "arn:aws:s3:::b/*", OBJECT, False, NOT_RESOURCE, id="what is excepted"
        ),
        pytest.param(
            "NotResource",
            ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
            OBJECT,
            False,
            NOT_RESOURCE,
            id="second exception",
        ),
    ],
)
def test_resource(policy, principal, element, listed, asked, expected, page):
    statement = {"Effect": "Allow", "Action": "*", element: listed}
    policies = Policies(identity=(policy("IDENTITY", statement),))
    request = Request(principal("user/ann"), "s3:GetObject", asked)
    assert is_authorized(request, policies).allowed is expected, page
