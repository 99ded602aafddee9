"""Every operation of every service: nothing is done without its permissions, nor with others."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from moto.awslambda.responses import LambdaResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.kms.utils import generate_private_key
from moto.logs.responses import LogsResponse
from moto.scheduler.responses import EventBridgeSchedulerResponse
from moto.sqs.responses import SQSResponse

from local.authorization.authorizer import Authorizer
from local.authorization.required_permissions import needs_of
from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.http_messages import Request, Response
from local.aws_api.request_context import PROTOCOLS, RequestContext, read_request
from local.moto_backend.backend import MotoBackend
from local.moto_backend.credentials import IssuedCredentials
from local.moto_backend.dispatch import S3_OPERATIONS
from local.moto_backend.identities import IamState
from local.moto_backend.policies_in_force import PoliciesInForce
from local.moto_backend.state import MotoState
from local.moto_backend.unserved_operations import refuse_unserved
from local.runtime.clock import ManualClock
from policies.iam.language.action_names import known_actions, known_services
from tests.local.moto_backend.test_dispatch import KNOWN
from tests.local.requests import Sent, right_requests

PLACE = DeploymentTarget()
SERVICES = sorted(PROTOCOLS.keys() - {"bedrock-agentcore"})
# What anybody may ask, and what takes rights on each object instead.
FREE = {"GetCallerIdentity", "GetSessionToken"}
# A ciphertext that is nobody's needs no permission; KMS then says that it is nobody's.
NOBODYS = {"Decrypt", "ReEncrypt"}


class Guarded:
    """moto behind the policies alone: whatever its members are, a request is decided on."""

    def __init__(self) -> None:
        lock = threading.RLock()
        self.moto = MotoBackend(lock)
        self.moto.reset("127.0.0.1:4566")
        state, iam = MotoState(PLACE, lock), IamState(PLACE, lock)
        issued = IssuedCredentials(PLACE, lock)
        self.stored = PoliciesInForce(PLACE, state, iam, lock)
        self._decide = Authorizer(PLACE, ManualClock(1_790_000_000.0), self.stored)
        key, _ = issued.create_administrator("admin")
        self.admin = Principal(f"arn:aws:iam::{PLACE.account}:user/admin", PLACE.account, key)
        nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        key, _ = issued.create_user("guest", {"Version": "2012-10-17", "Statement": [nothing]})
        self.guest = Principal(f"arn:aws:iam::{PLACE.account}:user/guest", PLACE.account, key)
        self.reached: list[RequestContext] = []

    def give(self, **element: Any) -> None:
        """Let the guest have one statement only."""
        statement = {"Effect": "Allow", "Resource": "*", **element}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        form = {"Action": "PutUserPolicy", "UserName": "guest", "PolicyName": "guest"}
        body = urlencode({**form, "PolicyDocument": document}).encode()
        self.moto.answer(read(self.admin, "iam", Sent("", "POST", "/", {}, body)))

    def answer(self, call: RequestContext) -> Response:
        """What a call is answered, or AwsError; `reached` has it if nothing forbade it."""
        self.reached.clear()
        return self._decide(call, self._reach)

    def _reach(self, call: RequestContext) -> Response:
        self.reached.append(call)
        raise AwsError("Reached", "nothing is done here", 418)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    made = generate_private_key("RSA_2048")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.kms.models.generate_private_key", lambda _: made)
        yield Guarded()


@pytest.fixture(scope="module")
def requests_of(guarded: Guarded) -> Callable[[str], list[Sent]]:
    """requests_of(service) gives right requests about things that exist."""
    made = read(
        guarded.admin,
        "kms",
        Sent("", "POST", "/", {"x-amz-target": "TrentService.CreateKey"}, b"{}"),
    )
    key = json.loads(guarded.moto.answer(made).body)["KeyMetadata"]["KeyId"]
    aliased = json.dumps({"AliasName": "alias/name", "TargetKeyId": key}).encode()
    headers = {"x-amz-target": "TrentService.CreateAlias"}
    guarded.moto.answer(read(guarded.admin, "kms", Sent("", "POST", "/", headers, aliased)))
    guarded.moto.answer(read(guarded.admin, "s3", Sent("", "PUT", "/name", {}, b"")))
    known = {**KNOWN, "AliasName": "alias/name", "KeyId": key, "TargetKeyId": key}
    known |= {"SourceKeyId": key, "DestinationKeyId": key}

    def make(service: str) -> list[Sent]:
        return [sent for sent in right_requests(service, known) if sent.method != "OPTIONS"]

    return make


def read(who: Principal, service: str, sent: Sent) -> RequestContext:
    return read_request(who, service, PLACE, sent.method, sent.target, sent.headers, sent.body)


def needed(guarded: Guarded, call: RequestContext) -> list[str]:
    """The actions of which each must be allowed."""
    with suppress(AwsError):  # of what does not exist
        return sorted({need.action for need in needs_of(call, guarded.stored)})
    return []


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_done_without_permission(
    guarded: Guarded, requests_of: Callable[[str], list[Sent]], service: str
) -> None:
    guarded.give(Action="nonsense:None")
    for sent in requests_of(service):
        call = read(guarded.guest, service, sent)
        with suppress(AwsError):
            guarded.answer(call)
        assert not guarded.reached or call.action in FREE | NOBODYS, call.action


@pytest.mark.parametrize("service", SERVICES)
def test_each_permission_of_an_operation_is_needed_and_all_of_them_suffice(
    guarded: Guarded, requests_of: Callable[[str], list[Sent]], service: str
) -> None:
    decided = 0
    for sent in requests_of(service):
        call = read(guarded.guest, service, sent)
        actions = needed(guarded, call)
        if not actions or call.action == "DeleteObjects":
            continue
        for action in actions:
            guarded.give(NotAction=[action])
            with pytest.raises(AwsError, match="is not authorized to perform"):
                guarded.answer(call)
            assert not guarded.reached, call.action
        guarded.give(Action=actions)
        with pytest.raises(AwsError) as caught:
            guarded.answer(call)
        assert "is not authorized" not in caught.value.message, call.action
        decided += 1
    assert decided > 1


@pytest.mark.parametrize("service", [name for name in SERVICES if name in known_services()])
def test_each_permission_that_is_asked_for_is_one_that_aws_has(
    guarded: Guarded, requests_of: Callable[[str], list[Sent]], service: str
) -> None:
    for sent in requests_of(service):
        call = read(guarded.guest, service, sent)
        if service == "s3" and call.action not in S3_OPERATIONS - {"DeleteObjects"}:
            continue  # answered 501, or for each object
        unknown = [name for name in needed(guarded, call) if name.lower() not in known_actions()]
        assert not unknown, (call.action, unknown)


def form(**members: str) -> bytes:
    return urlencode({**members, "Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}).encode()


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


ROLE = f"arn:aws:iam::{PLACE.account}:role/name"
LAYER = f"arn:aws:lambda:us-east-1:{PLACE.account}:layer:name"
TARGET = {"x-amz-target": "AmazonSQS.CreateQueue"}


@pytest.mark.parametrize(
    ("service", "method", "target", "headers", "sent", "actions"),
    [
        ("s3", "PUT", "/new", {"x-amz-acl": "private"}, b"", "CreateBucket PutBucketAcl"),
        ("s3", "PUT", "/new", {"x-amz-grant-read": "x"}, b"", "CreateBucket PutBucketAcl"),
        ("s3", "PUT", "/new", {"x-amz-object-ownership": "ObjectWriter"}, b"",
         "CreateBucket PutBucketOwnershipControls"),
        ("s3", "PUT", "/new", {"x-amz-bucket-object-lock-enabled": "true"}, b"",
         "CreateBucket PutBucketObjectLockConfiguration PutBucketVersioning"),
        ("s3", "PUT", "/name/k", {"x-amz-acl": "private"}, b"", "PutObject PutObjectAcl"),
        ("s3", "PUT", "/name/k", {"x-amz-tagging": "a=b"}, b"", "PutObject PutObjectTagging"),
        ("s3", "POST", "/name/k?uploads", {"x-amz-tagging": "a=b"}, b"",
         "PutObject PutObjectTagging"),
        ("s3", "PUT", "/name/k", {"x-amz-object-lock-mode": "GOVERNANCE"}, b"",
         "PutObject PutObjectRetention"),
        ("s3", "PUT", "/name/k", {"x-amz-object-lock-legal-hold": "ON"}, b"",
         "PutObject PutObjectLegalHold"),
        ("s3", "DELETE", "/name/k", {"x-amz-bypass-governance-retention": "true"}, b"",
         "DeleteObject BypassGovernanceRetention"),
        ("s3", "PUT", "/name/k", {"x-amz-copy-source": "name/o"}, b"", "PutObject GetObject"),
        ("sqs", "POST", "/", TARGET, body(QueueName="q", tags={"a": "b"}), "CreateQueue TagQueue"),
        ("sqs", "POST", "/", {}, b"Action=CreateQueue&QueueName=q&Tag.1.Key=a&Tag.1.Value=b",
         "CreateQueue TagQueue"),
        ("iam", "POST", "/", {}, form(Action="CreateRole", RoleName="r"), "CreateRole TagRole"),
        ("iam", "POST", "/", {}, form(Action="CreateUser", UserName="u"), "CreateUser TagUser"),
        ("iam", "POST", "/", {}, form(Action="CreatePolicy", PolicyName="p"),
         "CreatePolicy TagPolicy"),
        ("lambda", "POST", "/2015-03-31/functions", {},
         body(FunctionName="f", Role=ROLE, Tags={"a": "b"}, Layers=[f"{LAYER}:1"]),
         "CreateFunction TagResource GetLayerVersion iam:PassRole"),
        ("scheduler", "POST", "/schedule-groups/g", {}, body(Tags=[{"Key": "a", "Value": "b"}]),
         "CreateScheduleGroup TagResource"),
        ("s3", "PUT", "/name?replication", {}, f"<R><Role>{ROLE}</Role></R>".encode(),
         "PutReplicationConfiguration iam:PassRole"),
        ("logs", "POST", "/", {"x-amz-target": "Logs_20140328.PutDeliveryDestination"},
         body(name="d", roleArn=ROLE), "PutDeliveryDestination iam:PassRole"),
        ("logs", "POST", "/", {"x-amz-target": "Logs_20140328.PutDestination"},
         body(destinationName="d", roleArn=ROLE, targetArn="arn:aws:kinesis:::s"),
         "PutDestination iam:PassRole"),
    ],
)  # fmt: skip
def test_what_a_request_does_beside_its_operation_needs_a_permission_too(
    guarded: Guarded, service: str, method: str, target: str, headers: Any, sent: bytes,
    actions: str,
) -> None:  # fmt: skip
    call = read(guarded.guest, service, Sent("", method, target, headers, sent))
    wanted = {name if ":" in name else f"{service}:{name}" for name in actions.split()}
    assert set(needed(guarded, call)) == wanted


# The operations that hand a role to a service.
PASSING = {
    ("lambda", "CreateFunction"),
    ("lambda", "UpdateFunctionConfiguration"),
    ("logs", "PutDeliveryDestination"),
    ("logs", "PutDestination"),
    ("s3", "PutBucketReplication"),
    ("scheduler", "CreateSchedule"),
    ("scheduler", "UpdateSchedule"),
}
# Members with a role that nobody is handed: names to look for, who asks, and IAM's own subjects.
NO_HANDING = {"iam", "sts", "kms", "bedrock-agentcore", "cloudtrail"}
RESPONSES = {
    "lambda": LambdaResponse,
    "logs": LogsResponse,
    "scheduler": EventBridgeSchedulerResponse,
    "sqs": SQSResponse,
}


def takes_role(shape: Any, seen: frozenset[str] = frozenset()) -> bool:
    if shape is None or shape.name in seen:
        return False
    if shape.type_name == "list":
        return takes_role(shape.member, seen | {shape.name})
    if shape.type_name != "structure":
        return False
    return any(
        (member.type_name == "string" and re.search("role(arn)?$", name, re.IGNORECASE))
        or takes_role(member, seen | {shape.name})
        for name, member in shape.members.items()
    )


def is_served(service: str, action: str) -> bool:
    if service == "s3":
        return action in S3_OPERATIONS
    call = RequestContext(  # of no sender: only the operation counts
        Principal("", "", ""), service, action, "", "", "", Request("", "", (), {}, b""), ""
    )
    with suppress(AwsError):
        refuse_unserved(call, lambda _: Response(200, {}, b""))
        return hasattr(RESPONSES.get(service), camelcase_to_underscores(action))
    return False


def test_whatever_hands_a_role_to_a_service_is_known() -> None:
    found = {
        (service, action)
        for service in set(SERVICES) - NO_HANDING
        for action in cast(list[str], get_service_model(service).operation_names)
        if takes_role(get_service_model(service).operation_model(action).input_shape)
        and is_served(service, action)
    }
    assert found == PASSING


@pytest.mark.parametrize(
    ("service", "method", "target", "sent", "resource"),
    [
        ("lambda", "POST", "/2018-10-31/layers/name/versions", body(LayerName="other"), LAYER),
        ("lambda", "DELETE", "/2018-10-31/layers/name/versions/1", b"", f"{LAYER}:1"),
        ("lambda", "GET", "/2018-10-31/layers/name/versions/1/policy", b"", f"{LAYER}:1"),
        ("lambda", "DELETE", "/2015-03-31/event-source-mappings/u", b"",
         f"arn:aws:lambda:us-east-1:{PLACE.account}:event-source-mapping:u"),
        ("iam", "POST", "/", b"Action=ListMFADevices",
         f"arn:aws:iam::{PLACE.account}:user/guest"),
        ("iam", "POST", "/", b"Action=UploadSSHPublicKey&UserName=name",
         f"arn:aws:iam::{PLACE.account}:user/name"),
        ("iam", "POST", "/", b"Action=DeleteSAMLProvider&SAMLProviderArn=arn:x", "arn:x"),
    ],
)  # fmt: skip
def test_a_permission_is_asked_for_on_the_resource_that_is_named(
    guarded: Guarded, service: str, method: str, target: str, sent: bytes, resource: str
) -> None:
    call = read(guarded.guest, service, Sent("", method, target, {}, sent))
    assert [need.resource for need in needs_of(call, guarded.stored)] == [resource]
