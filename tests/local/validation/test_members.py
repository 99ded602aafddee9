"""The members of a request: only those that the operation has, each of its type."""

import json
from typing import Any

import pytest
from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.request_context import RequestContext, read_request

ANN = Principal("arn:aws:iam::111122223333:user/ann", "111122223333", "AKIA")


def read(
    service: str, action: str, members: Any, *, method: str = "POST", target: str = "/"
) -> RequestContext:
    prefix = get_service_model(service).metadata.get("targetPrefix")
    headers = {"x-amz-target": f"{prefix}.{action}"}
    return read_request(
        ANN, service, DeploymentTarget(), method, target, headers, json.dumps(members).encode()
    )


def test_what_the_operation_lacks_and_what_is_null_is_left_out() -> None:
    members = {"KeyId": "k", "TargetKeyId": "other", "Policy": None}
    call = read("kms", "DescribeKey", members)
    assert call.parameters == json.loads(call.request.body) == {"KeyId": "k"}


def test_a_rest_path_wins_over_the_body_and_the_body_is_cleaned_too() -> None:
    members = {"FunctionName": "theirs", "Description": "d", "Nonsense": 1, "Timeout": None}
    target = "/2015-03-31/functions/mine/configuration"
    call = read("lambda", "", members, method="PUT", target=target)
    assert call.parameters == {"FunctionName": "mine", "Description": "d"}
    assert json.loads(call.request.body) == {"Description": "d"}


@pytest.mark.parametrize(
    ("service", "action", "members", "member"),
    [
        ("kms", "DescribeKey", {"KeyId": ["k"]}, "'KeyId' must be a string"),
        ("kms", "EnableKeyRotation", {"RotationPeriodInDays": "90"}, "must be an integer"),
        ("kms", "EnableKeyRotation", {"RotationPeriodInDays": True}, "must be an integer"),
        ("kms", "Encrypt", {"DryRun": "true"}, "'DryRun' must be true or false"),
        ("kms", "Encrypt", {"DryRun": 1}, "'DryRun' must be true or false"),
        ("kms", "CreateKey", {"Tags": {"TagKey": "a"}}, "'Tags' must be a list"),
        ("kms", "CreateKey", {"Tags": [{"TagKey": 1}]}, r"'Tags\[0\].TagKey' must be a string"),
        ("kms", "CreateKey", {"Tags": ["a"]}, r"'Tags\[0\]' must be an object"),
        (
            "kms",
            "Encrypt",
            {"EncryptionContext": {"a": 1}},
            "'EncryptionContext.a' must be a string",
        ),
        ("kms", "Encrypt", {"EncryptionContext": ["a"]}, "'EncryptionContext' must be an object"),
        (
            "logs",
            "PutLogEvents",
            {"logEvents": [{"timestamp": "1"}]},
            "timestamp' must be an integer",
        ),
        ("sqs", "SendMessage", {"QueueUrl": 5}, "'QueueUrl' must be a string"),
    ],
)
def test_a_member_of_another_type_is_refused(
    service: str, action: str, members: Any, member: str
) -> None:
    with pytest.raises(AwsError, match=f"SerializationException: .*{member}"):
        read(service, action, members)


def test_a_resource_belongs_to_the_account_that_its_name_says() -> None:
    other = "444455556666"
    assert read("kms", "DescribeKey", {"KeyId": "k"}).account == ANN.account
    key = f"arn:aws:kms:us-east-1:{other}:key/k"
    assert read("kms", "DescribeKey", {"KeyId": key}).account == other
    url = f"http://127.0.0.1:1/{other}/q"
    assert read("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "m"}).account == other
    target = f"/2015-03-31/functions/{other}%3Afunction%3Af"
    assert read("lambda", "", {}, method="GET", target=target).account == other
