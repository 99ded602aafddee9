"""What moto does is what the permissions that were asked for name, for every operation served.

Requests come as botocore writes them, and as it never would; a trace says what moto ran.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.request_context import PROTOCOLS, RequestContext, read_request
from local.moto_backend.backend import MotoBackend
from tests.local.requests import Sent, right_requests

ACCOUNT = "111122223333"
ANN = Principal(f"arn:aws:iam::{ACCOUNT}:user/ann", ACCOUNT, "AKIAIOSFODNN7EXAMPLE")
# The others are answered by our own.
SERVICES = sorted(PROTOCOLS.keys() - {"bedrock-agentcore", "cloudtrail", "cloudwatch"})
KNOWN = {
    "CopySource": "name/name",
    "QueueOwnerAWSAccountId": ACCOUNT,
    "QueueUrl": f"http://127.0.0.1/{ACCOUNT}/name",
    "logGroupIdentifier": None,
    "logGroupIdentifiers": None,
    "logGroupNames": None,
    "resourceIdentifier": None,
}
# Operations of one path and query, the first of which is out of date.
RENAMED = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
# moto's functions of S3 that are not called like the operation.
FUNCTIONS = {
    "all_buckets": "ListBuckets",
    "get_bucket_lifecycle": "GetBucketLifecycleConfiguration",
    "get_bucket_notification": "GetBucketNotificationConfiguration",
    "get_bucket_tags": "GetBucketTagging",
    "put_bucket_lifecycle": "PutBucketLifecycleConfiguration",
}
HELPERS = {"get_object"}


def operations(service: str) -> dict[str, str]:
    """The operations of a service by the names that moto's functions have."""
    model: Any = get_service_model(service)
    found = {camelcase_to_underscores(name): name for name in model.operation_names}
    return {**found, **FUNCTIONS} if service == "s3" else found


@pytest.fixture(scope="module")
def ran() -> Iterator[list[str]]:
    """The functions of moto that ran, by the operation that each is for, the first one first."""
    found: list[str] = []
    patch = pytest.MonkeyPatch()
    known = operations("s3")

    def traced(function: Callable[..., Any], operation: str) -> Callable[..., Any]:
        def run(*arguments: Any, **members: Any) -> Any:
            found.append(operation)
            try:
                return function(*arguments, **members)
            except NotImplementedError:  # refused, so that nothing was done
                found.clear()
                raise

        return run

    for owner in (S3Response, S3Backend):
        for name, function in list(owner.__dict__.items()):
            if name in known and not (owner is S3Backend and name in HELPERS):
                patch.setattr(owner, name, traced(function, known[name]))

    choose = BaseResponse.call_action

    def chosen(self: Any) -> Any:
        return traced(choose, self._get_action())(self)

    patch.setattr(BaseResponse, "call_action", chosen)
    yield found
    patch.undo()


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoBackend]:
    side = MotoBackend(threading.RLock())
    side.reset("127.0.0.1:4566")
    yield side
    side.reset("127.0.0.1")


def read(service: str, sent: Sent) -> RequestContext:
    return read_request(
        ANN, service, DeploymentTarget(), sent.method, sent.target, sent.headers, sent.body
    )


def expected(sent: Sent) -> str:
    return RENAMED.get(sent.action, sent.action)


def every_request(service: str) -> list[Sent]:
    found = list(right_requests(service, KNOWN))
    if service == "sqs":
        found += right_requests(service, KNOWN, "query")
    return [sent for sent in found if sent.method != "OPTIONS"]  # refused before it is read


@pytest.mark.parametrize("service", sorted(PROTOCOLS))
def test_each_operation_is_read_as_the_one_that_the_model_calls_so(service: str) -> None:
    for sent in every_request(service):
        assert read(service, sent).action == expected(sent)


@pytest.mark.parametrize("service", SERVICES)
def test_moto_runs_the_function_of_the_operation_or_none(
    moto: MotoBackend, ran: list[str], service: str
) -> None:
    reached: set[str] = set()
    for sent in every_request(service):
        call = read(service, sent)
        ran.clear()
        with suppress(AwsError):
            moto.answer(call)
        assert ran[:1] in ([], [call.action]), sent  # what it calls in its turn is its own business
        reached |= set(ran[:1])
    assert len(reached) > 5  # the trace sees something


# --- requests that no SDK sends ----------------------------------------------------------------

S3: Any = get_service_model("s3")
SUBRESOURCES = sorted(
    {
        name
        for operation in map(S3.operation_model, S3.operation_names)
        for name in operation.http_trait.query_args
    }
    | {"uploadId", "partNumber", "id", "annotationName", "x-id", "versionId", "unheard-of"}
)
QUERIES = [
    query
    for one in SUBRESOURCES
    for query in (one, f"{one}=", f"{one}=x", f"{one}&id=x", f"id=x&{one}", f"{one}=&uploadId=",
                  f"{one}&policy", f"uploads&{one}", f"{one}&list-type=2", f"{one}&{one}",
                  f"{one}&tagging", f"acl=1&{one}", f"{one.upper()}", f"%{ord(one[0]):x}{one[1:]}",
                  f"partNumber=1&{one}", f"key=x&{one}", f"Action=ListBuckets&{one}")
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"])
@pytest.mark.parametrize("path", ["/name", "/name/", "/name/key", "/"])
def test_moto_reads_no_other_operation_of_s3_out_of_a_query(
    moto: MotoBackend, ran: list[str], method: str, path: str
) -> None:
    for query in QUERIES:
        sent = Sent("", method, f"{path}?{query}", {}, b"")
        ran.clear()
        with suppress(AwsError):
            call = read("s3", sent)
            moto.answer(call)
            assert ran[:1] in ([], [call.action]), sent


@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("kms", "Logs_20140328.ListKeys"),
        ("kms", "AmazonSQS.ListKeys"),
        ("kms", "ListKeys"),
        ("kms", ".ListKeys"),
        ("kms", "TrentService.TrentService.ListKeys"),
        ("kms", "trentservice.ListKeys"),
        ("kms", "TrentService.CreateQueue"),
        ("sqs", "TrentService.ListQueues"),
        ("logs", "Logs.DescribeLogGroups"),
        ("cloudtrail", "v20131101.CloudTrail_20131101.LookupEvents"),
    ],
)
def test_a_target_of_another_service_is_no_operation(service: str, target: str) -> None:
    sent = Sent("", "POST", "/", {"x-amz-target": target}, b"{}")
    with pytest.raises(AwsError, match="UnknownOperationException"):
        read(service, sent)


@pytest.mark.parametrize("prefix", ["com.amazonaws.cloudtrail.v20131101.", ""])
def test_both_spellings_of_cloudtrails_target_are_known(prefix: str) -> None:
    headers = {"x-amz-target": f"{prefix}CloudTrail_20131101.LookupEvents"}
    assert read("cloudtrail", Sent("", "POST", "/", headers, b"{}")).action == "LookupEvents"


REST = ("bedrock-agentcore", "lambda", "scheduler")


def situated(service: str) -> dict[str, str]:
    """The members that requests have in path, query and headers, each with a foreign value."""
    model: Any = get_service_model(service)
    shapes = [model.operation_model(name).input_shape for name in model.operation_names]
    return {
        member.serialization.get("name", name): "theirs"
        for shape in shapes
        if shape
        for name, member in shape.members.items()
        if member.serialization.get("location")
    }


@pytest.mark.parametrize("service", REST)
def test_a_rest_request_is_written_anew_from_what_was_read(service: str) -> None:
    """A slash at the end, a parameter or a member too many do not get behind the gate."""
    theirs = situated(service)
    for sent in every_request(service):
        plain = read(service, sent)
        path, _, query = sent.target.partition("?")
        for target in (
            f"{path}/?{query}" if query else f"{path}/",
            f"{sent.target}{'&' if query else '?'}Action=DeleteFunction&x-id=DeleteFunction",
        ):
            again = read(service, replace(sent, target=target))
            assert (again.action, again.target) == (plain.action, plain.target)
            assert again.request == plain.request
        shape: Any = get_service_model(service).operation_model(plain.action).input_shape
        if service == "bedrock-agentcore" or not shape or shape.serialization.get("payload"):
            continue  # its service reads bodies by itself; an event is not read at all
        if not sent.body.startswith(b"{"):
            continue
        own, known = json.loads(sent.body), json.loads(plain.request.body)
        again = read(service, replace(sent, body=json.dumps({**theirs, **own}).encode()))
        body = json.loads(again.request.body)
        assert again.target == plain.target
        assert {name: body[name] for name in known} == known
        # What it has beside is of the operation's own body.
        places = {
            member.serialization.get("name", name): member.serialization.get("location")
            for name, member in shape.members.items()
        }
        assert all(places[name] is None for name in body)


@pytest.mark.parametrize(
    "target",
    ["/2015-03-32/functions/name", "/2014-11-13/functions/name", "/functions/name",
     "//2015-03-31/functions/name", "/2015-03-31//functions/name", "/2015-03-31/functions/",
     "/x/../2015-03-31/functions/name", "/2015-03-31/Functions/name", "/moto-api/reset"],
)  # fmt: skip
def test_another_version_or_path_of_lambda_is_no_operation(target: str) -> None:
    with pytest.raises(AwsError, match="lambda has no DELETE"):
        read("lambda", Sent("", "DELETE", target, {}, b""))


@pytest.mark.parametrize(
    "target",
    ["/schedules/name?groupName=mine&groupName=theirs",
     "/schedules/name?clientToken=a&clientToken=b",
     "/2015-03-31/functions/name?Qualifier=1&Qualifier=2"],
)  # fmt: skip
def test_a_query_parameter_is_given_once(target: str) -> None:
    service = "lambda" if "functions" in target else "scheduler"
    with pytest.raises(AwsError, match="expected once, found repeated"):
        read(service, Sent("", "DELETE", target, {}, b""))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_upload_without_a_name_is_refused(method: str) -> None:
    with pytest.raises(AwsError, match="uploadId: expected a value, found none"):
        read("s3", Sent("", method, "/name/key?uploadId=", {}, b""))


@pytest.mark.parametrize("service", ["iam", "kms", "logs", "sts"])
@pytest.mark.parametrize("path", ["/x", "//", "/?Action=DeleteUser"])
def test_an_operation_of_a_form_or_of_json_is_not_in_the_path(
    moto: MotoBackend, ran: list[str], service: str, path: str
) -> None:
    sent = next(iter(right_requests(service, KNOWN)))
    ran.clear()
    with suppress(AwsError):
        call = read(service, replace(sent, target=path))
        moto.answer(call)
        assert ran[:1] in ([], [call.action])


def test_a_queues_form_is_read_by_the_names_of_the_model() -> None:
    form = (
        "Action=SetQueueAttributes&Version=2012-11-05&ContentType=JSON"
        "&Attribute.1.Name=Policy&Attribute.1.Value=%7B%7D"
    )
    call = read("sqs", Sent("", "POST", f"/{ACCOUNT}/name", {}, form.encode()))
    assert call.parameters == {"QueueUrl": f"/{ACCOUNT}/name", "Attributes": {"Policy": "{}"}}
    assert b"ContentType" not in call.request.body
