"""A batch evaluation service on a manual clock, reached through boto3, over moto and a fake KMS."""

import base64
import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from moto import mock_aws

from local.aws_api.caller import (
    Caller,
    DeploymentTarget,
    ForwardAccessSession,
    Principal,
    ServicePrincipal,
)
from local.aws_api.http_messages import Request, Response
from local.runtime.clock import ManualClock
from local.services.agentcore import BatchEvaluationService
from local.services.agentcore.request_validation import operation
from local.telemetry.log_delivery import load_samples, sample_ground_truth

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp()
ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
CALLER = Principal(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/controller/run",
    ACCOUNT,
    "ASIAEXAMPLE",
    f"arn:aws:iam::{ACCOUNT}:role/controller",
)
OPERATIONS = {
    ("POST", 2): "StartBatchEvaluation",
    ("GET", 2): "ListBatchEvaluations",
    ("GET", 3): "GetBatchEvaluation",
    ("POST", 4): "StopBatchEvaluation",
    ("DELETE", 3): "DeleteBatchEvaluation",
}


@dataclass
class World:
    """What a test may change while the service runs, and what it can look at afterwards.

    denied: "caller:kms:Decrypt", "service:kms:GenerateDataKey", "caller:logs:StartQuery" …
    calls: the same spelling, in order, of all calls that the service made.
    """

    service: BatchEvaluationService
    clock: ManualClock
    caller: Principal = CALLER
    keys: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    denied: set[str] = field(default_factory=set[str])
    calls: list[str] = field(default_factory=list[str])
    contexts: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    objects: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    acting: list[Caller] = field(default_factory=list[Caller])
    answers: list[Response] = field(default_factory=list[Response])

    def advance(self, seconds: float) -> None:
        """Move the clock step by step through all that falls due."""
        end = self.clock.now() + seconds
        while (due := self.service.next_due()) is not None and due <= end:
            self.clock.move_to(max(due, self.clock.now()))
            self.service.run_due(self.clock.now())
        self.clock.move_to(end)

    def refuse(self, who: str, action: str, resource: str) -> None:
        if f"{who}:{action}" in self.denied:
            told = f"User is not authorized to perform: {action} on resource: {resource}"
            raise _error("AccessDeniedException", told, action)

    def check_key(self, arn: str, action: str) -> None:
        if arn not in self.keys:
            raise _error("NotFoundException", f"Key '{arn}' does not exist", action)
        state = self.keys[arn]["KeyState"]
        if state == "Disabled":
            raise _error("DisabledException", f"{arn} is disabled.", action)
        if state != "Enabled":
            raise _error("KMSInvalidStateException", f"{arn} is pending deletion.", action)


class Clients:
    """boto3 clients made once, whose hooks look at the present world."""

    def __init__(self) -> None:
        self.world: World | None = None
        self._made: dict[tuple[str, str], Any] = {}
        self.api = self._new("bedrock-agentcore", "api")
        self.api.meta.events.register_first("before-send.bedrock-agentcore", self._answer)
        self.logs = self._new("logs", "test")

    def client(self, service_name: str, acting: Caller) -> Any:
        assert isinstance(acting, ForwardAccessSession | ServicePrincipal)
        self._now.acting.append(acting)
        who = "caller" if isinstance(acting, ForwardAccessSession) else "service"
        if (service_name, who) not in self._made:
            client = self._new(service_name, who)
            events = client.meta.events
            events.register(f"provide-client-params.{service_name}", self._hook(service_name, who))
            if service_name == "kms":
                events.register_first("before-send.kms", self._kms(who))
            self._made[service_name, who] = client
        return self._made[service_name, who]

    @property
    def _now(self) -> World:
        assert self.world is not None
        return self.world

    def _new(self, service_name: str, who: str) -> Any:
        return boto3.client(
            service_name,
            region_name="us-east-1",
            # Nothing listens there: a hook answers before a request is sent, and moto looks away.
            endpoint_url="http://127.0.0.1:1"
            if service_name in ("bedrock-agentcore", "kms")
            else None,
            aws_access_key_id=f"AKIA{who.upper()}",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def _hook(self, service_name: str, who: str) -> Any:
        def check(params: dict[str, Any], model: Any, **_: Any) -> None:
            action = f"{service_name}:{model.name}"
            self._now.calls.append(f"{who}:{action}")
            if service_name != "kms":
                self._now.refuse(who, action, str(params.get("logGroupName") or params.get("Key")))
            if service_name == "s3":
                self._s3(model.name, params)

        return check

    def _s3(self, name: str, params: dict[str, Any]) -> None:
        world, key = self._now, params.get("Key", "")
        if name == "PutObject":
            world.objects[key] = params
        elif name == "DeleteObject":
            world.objects.pop(key, None)
        stored = world.objects.get(key, {})
        if name in ("PutObject", "GetObject") and "SSEKMSKeyId" in stored:
            context = json.loads(base64.b64decode(stored["SSEKMSEncryptionContext"]))
            world.contexts.append(context)
            action = "kms:GenerateDataKey" if name == "PutObject" else "kms:Decrypt"
            try:
                world.refuse("service", action, stored["SSEKMSKeyId"])
                world.check_key(stored["SSEKMSKeyId"], name)
            except ClientError as error:
                told = error.response["Error"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
                raise _error(f"KMS.{told['Code']}", told["Message"], name) from error  # pyright: ignore[reportTypedDictNotRequiredAccess]

    def _kms(self, who: str) -> Any:
        def answer(request: Any, **_: Any) -> AWSResponse:
            target = request.headers["X-Amz-Target"]
            name = (target if isinstance(target, str) else target.decode()).split(".")[1]
            body = json.loads(request.body)
            try:
                return _aws_response(
                    request.url, 200, {}, json.dumps(self._decide(who, name, body))
                )
            except ClientError as error:
                told = error.response["Error"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
                answer = {"__type": told["Code"], "message": told["Message"]}  # pyright: ignore[reportTypedDictNotRequiredAccess]
                return _aws_response(request.url, 400, {}, json.dumps(answer))

        return answer

    def _decide(self, who: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        world, arn = self._now, body["KeyId"]
        world.refuse(who, f"kms:{name}", arn)
        if name == "DescribeKey":
            if arn not in world.keys:
                raise _error("NotFoundException", f"Key '{arn}' does not exist", name)
            return {"KeyMetadata": {"KeyId": arn[-36:], "Arn": arn, **world.keys[arn]}}
        world.check_key(arn, name)
        assert body["DryRun"] is True
        if name == "Decrypt":
            assert body["DryRunModifiers"] == ["IGNORE_CIPHERTEXT"]
        world.contexts.append(body["EncryptionContext"])
        raise _error("DryRunOperationException", "The request would have succeeded", name)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        body = request.body or b""
        parts = Request(
            request.method,
            unquote(url.path),
            tuple(parse_qsl(url.query, keep_blank_values=True)),
            {},
            body if isinstance(body, bytes) else body.encode(),
        )
        answer = self._now.service.handle(parts, self._now.caller)
        self._now.answers.append(answer)
        if answer.status < 300:
            check_answer(parts, answer)
        return _aws_response(request.url, answer.status, dict(answer.headers), answer.body.decode())


def check_answer(request: Request, answer: Response) -> None:
    """Hold an answer against the service model: status, members, requiredness, types."""
    name = OPERATIONS[request.method, len(request.path.split("/")) - 1]
    model = operation(name)
    assert answer.status == model.http["responseCode"]
    report = ParamValidator().validate(json.loads(answer.body), model.output_shape)
    assert not report.has_errors(), report.generate_report()


def _error(code: str, message: str, name: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, name)


def _aws_response(url: str, status: int, headers: dict[str, str], body: str) -> AWSResponse:
    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield body.encode()

    return AWSResponse(url, status, headers, Raw())


@pytest.fixture(scope="session")
def clients() -> Clients:
    return Clients()


@pytest.fixture
def new_world(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that makes the world with other constructor values of the service."""
    # moto takes no log events more than two hours from the machine's own time.
    monkeypatch.setattr(
        "moto.logs.models.utcnow", lambda: datetime.fromtimestamp(NOW, UTC).replace(tzinfo=None)
    )

    def make(**options: Any) -> World:
        clock = ManualClock(NOW)
        source = random.Random(7)
        options = {
            "throttle": False,
            "new_suffix": lambda: f"{source.getrandbits(40):010x}",
        } | options
        service = BatchEvaluationService(DeploymentTarget(), clock, clients, **options)
        clients.world = World(service, clock)
        clients.world.keys[KEY] = key()
        return clients.world

    with mock_aws():
        yield make
    clients.world = None


def key(**changes: Any) -> dict[str, Any]:
    """Return the metadata of a fit key, with changes."""
    return {
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "KeyManager": "CUSTOMER",
        **changes,
    }


@pytest.fixture
def fit_key() -> Any:
    """Return the metadata of a fit key, with changes."""
    return key


@pytest.fixture
def split() -> dict[str, Any]:
    """The data source of the samples in split delivery."""
    return deepcopy(SPLIT)


@pytest.fixture
def unified() -> dict[str, Any]:
    """The data source of the samples in unified delivery."""
    return deepcopy(UNIFIED)


@pytest.fixture
def world(new_world: Any) -> World:
    return new_world()


@pytest.fixture
def api(clients: Clients, world: World) -> Any:
    """A boto3 client of bedrock-agentcore whose requests reach the world's service."""
    return clients.api


@pytest.fixture
def logs(clients: Clients, world: World) -> Any:
    return clients.logs


@pytest.fixture
def samples(logs: Any) -> Any:
    return load_samples(logs, NOW)


SPLIT = {
    "serviceNames": ["support_agent_split.DEFAULT"],
    "logGroupNames": ["/aws/bedrock-agentcore/runtimes/support_agent_split-Ab3dE6gH9k-DEFAULT"],
}
UNIFIED = {
    "serviceNames": ["support_agent_unified.DEFAULT"],
    "logGroupNames": ["/aws/bedrock-agentcore/runtimes/support_agent_unified-Ab3dE6gH9k-DEFAULT"],
}


@pytest.fixture
def start(api: Any) -> Any:
    """Start an evaluation of the split samples, with changes to the request."""

    def call(
        name: str = "nightly", source: dict[str, Any] = SPLIT, **members: Any
    ) -> dict[str, Any]:
        request = {
            "batchEvaluationName": name,
            "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
            "dataSourceConfig": {"cloudWatchLogs": source},
            **members,
        }
        return api.start_batch_evaluation(**request)

    return call


@pytest.fixture
def finished(api: Any, world: World, start: Any, samples: Any) -> Any:
    """Start an evaluation, let it end, and return GetBatchEvaluation's answer."""

    def call(name: str = "nightly", **members: Any) -> dict[str, Any]:
        identifier = start(name, **members)["batchEvaluationId"]
        world.advance(10)
        return api.get_batch_evaluation(batchEvaluationId=identifier)

    return call


@pytest.fixture
def ground_truth() -> dict[str, Any]:
    return sample_ground_truth()


@pytest.fixture
def events(logs: Any) -> Any:
    """Read the result events of an evaluation as JSON."""

    def call(answer: dict[str, Any]) -> list[dict[str, Any]]:
        place = answer["outputConfig"]["cloudWatchConfig"]
        found = logs.get_log_events(
            logGroupName=place["logGroupName"],
            logStreamName=place["logStreamName"],
            startFromHead=True,
        )["events"]
        return [json.loads(event["message"]) for event in found]

    return call
