"""A small AWS for the controller: moto for S3 and CloudWatch Logs, fakes for what moto lacks.

The fakes answer at the level of HTTP, so that requests and answers pass through the service models
in the deployment package.
"""

import base64
import itertools
import json
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.s3.models import s3_backends

from components.function.aws.clients import Clients
from components.function.handler import Controller
from components.function.settings import Settings
from tests.components.function.moto_answer import moto_answer

ACCOUNT = "111122223333"
REGION = "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/aaaaaaaa-1111-2222-3333-444444444444"
OTHER_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/bbbbbbbb-1111-2222-3333-444444444444"
SOURCE = "/aws/bedrock-agentcore/runtimes/agent-AbCdEf1234-DEFAULT"


REQUEST_IDS = itertools.count()


class Refusal(Exception):
    """An error answer of a fake service."""

    def __init__(self, code: str, status: int, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code, self.status, self.message, self.members = code, status, message, members


class Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def http(status: int, body: bytes, **headers: str) -> AWSResponse:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return AWSResponse("https://fake", status, fields, Raw(body))


@dataclass
class Faults:
    """Errors to come: `queue` holds what the next calls of an operation are answered with."""

    queue: dict[str, list[Refusal]] = field(default_factory=dict)

    def next(
        self, operation: str, code: str, status: int = 400, message: str = "told so", **members: Any
    ) -> None:
        refusal = Refusal(code, status, message, **members)
        self.queue.setdefault(operation, []).append(refusal)

    def raise_due(self, operation: str) -> None:
        if self.queue.get(operation):
            raise self.queue[operation].pop(0)


class FakeKms:
    """KMS with one key, as far as a preflight asks it."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.denied: set[str] = set()
        self.metadata = {
            "Arn": KEY,
            "KeyId": KEY.rpartition("/")[2],
            "KeyManager": "CUSTOMER",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
        }

    def respond(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        parameters = json.loads(request.body)
        self.calls.append((operation, parameters))
        try:
            answer = self._answer(operation, parameters)
        except Refusal as refusal:
            error = {"__type": refusal.code, "message": refusal.message}
            return http(refusal.status, json.dumps(error).encode())
        return http(200, json.dumps(answer).encode())

    def _answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.faults.raise_due(operation)
        if operation in self.denied:
            raise Refusal(
                "AccessDeniedException", 400, f"not authorized to perform kms:{operation}"
            )
        if self.metadata["KeyState"] == "NotFound":
            raise Refusal("NotFoundException", 400, "no such key")
        if operation == "DescribeKey":
            # Another key than the environment's is usable as well.
            arn = parameters["KeyId"] if self.metadata["Arn"] == KEY else self.metadata["Arn"]
            return {"KeyMetadata": {**self.metadata, "Arn": arn}}
        assert parameters["DryRun"] is True, "a preflight must not make or open data keys"
        if self.metadata["KeyState"] == "Disabled":
            raise Refusal("DisabledException", 400, "the key is disabled")
        if self.metadata["KeyState"] != "Enabled":
            raise Refusal("KMSInvalidStateException", 400, "the key is pending deletion")
        raise Refusal("DryRunOperationException", 412, "the request would have succeeded")


class FakeEvaluations:
    """The batch evaluation API: ids, statuses and errors as the service gives them.

    Jobs stand still until a test moves them. `readable` tells whether the service can use the key,
    `room` how many may be active.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, tuple[dict[str, Any], str]] = {}
        self.readable = True
        self.unreadable_get_fails = False
        self.room = 1_000_000
        self.ignored_members: set[str] = set()
        self._ids = (f"{number:010x}" for number in itertools.count(1))
        self.now = datetime.now(UTC) - timedelta(hours=1)

    # What tests do to jobs.

    def add(self, name: str, key: str | None = KEY, **members: Any) -> str:
        """Make a job as another tool would have."""
        evaluation_id = f"{name}-{next(self._ids)}"
        arn = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/{evaluation_id}"
        self.jobs[evaluation_id] = {
            "batchEvaluationId": evaluation_id,
            "batchEvaluationArn": arn,
            "batchEvaluationName": name,
            "status": "PENDING",
            "createdAt": self._time(),
            "updatedAt": self._time(),
            "dataSourceConfig": {
                "cloudWatchLogs": {"logGroupNames": [SOURCE], "serviceNames": ["a"]}
            },
            **({"kmsKeyArn": key} if key else {}),
            **members,
        }
        return evaluation_id

    def finish(self, evaluation_id: str, status: str = "COMPLETED", **members: Any) -> None:
        """End a job; its results are whatever `members` say."""
        self.jobs[evaluation_id] |= {"status": status, "updatedAt": self._time(), **members}

    def _time(self) -> str:
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # The API.

    def respond(self, request: Any, **_: Any) -> AWSResponse:
        url = urllib.parse.urlsplit(request.url)
        path = urllib.parse.unquote(url.path).removeprefix("/evaluations/batch-evaluate")
        parts = [part for part in path.split("/") if part]
        body = json.loads(request.body) if request.body else {}
        query = dict(urllib.parse.parse_qsl(url.query))
        operation = {
            ("POST", 0): "StartBatchEvaluation",
            ("GET", 0): "ListBatchEvaluations",
            ("GET", 1): "GetBatchEvaluation",
            ("POST", 2): "StopBatchEvaluation",
            ("DELETE", 1): "DeleteBatchEvaluation",
        }[request.method, len(parts)]
        self.calls.append((operation, body or query or {"batchEvaluationId": "".join(parts[:1])}))
        try:
            self.faults.raise_due(operation)
            if operation == "StartBatchEvaluation":
                answer, status = self._start(body), 202
            elif operation == "ListBatchEvaluations":
                answer, status = self._list(query), 200
            else:
                act, status = {
                    "GetBatchEvaluation": (self._get, 200),
                    "StopBatchEvaluation": (self._stop, 202),
                    "DeleteBatchEvaluation": (self._delete, 202),
                }[operation]
                answer = act(self._job(parts[0]))
        except Refusal as refusal:
            error = {"message": refusal.message, "reason": "FieldValidationFailed"}
            error |= refusal.members
            return http(refusal.status, json.dumps(error).encode(), x_amzn_errortype=refusal.code)
        return http(status, json.dumps(answer).encode())

    def _job(self, evaluation_id: str) -> dict[str, Any]:
        if evaluation_id not in self.jobs:
            raise Refusal("ResourceNotFoundException", 404, "it doesn't exist")
        return self.jobs[evaluation_id]

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        known = self.tokens.get(request["clientToken"])
        if known:
            earlier, evaluation_id = known
            if earlier != request:
                raise Refusal("ConflictException", 409, "the token was used with other parameters")
            return self._started(self.jobs[evaluation_id])
        name = request["batchEvaluationName"]
        if any(job["batchEvaluationName"] == name for job in self.jobs.values()):
            raise Refusal("ConflictException", 409, f"the name {name} is in use")
        active = ("PENDING", "IN_PROGRESS", "STOPPING")
        if sum(job["status"] in active for job in self.jobs.values()) >= self.room:
            raise Refusal("ServiceQuotaExceededException", 402, "too many active evaluations")
        kept = {key: value for key, value in request.items() if key not in self.ignored_members}
        key = kept.get("kmsKeyArn")
        evaluation_id = self.add(name, key)
        job = self.jobs[evaluation_id]
        job["dataSourceConfig"] = request["dataSourceConfig"]
        for member in ("evaluators", "insights", "description"):
            if member in request:
                job[member] = request[member]
        config = kept["outputConfig"]["cloudWatchConfig"]
        job["outputConfig"] = {
            "cloudWatchConfig": {
                "metricsNamespace": "Bedrock-AgentCore/Evaluations",
                "resultDestination": "DEDICATED_LOG_GROUP",
                **config,
                "logStreamName": f"run-{evaluation_id}",
            }
        }
        self.tokens[request["clientToken"]] = (request, evaluation_id)
        return self._started(job)

    def _started(self, job: dict[str, Any]) -> dict[str, Any]:
        hidden = ("dataSourceConfig", "evaluationResults", "insightResults", "updatedAt")
        return {name: value for name, value in job.items() if name not in hidden}

    def _get(self, job: dict[str, Any]) -> dict[str, Any]:
        if self.readable:
            return job
        if self.unreadable_get_fails:
            raise Refusal("AccessDeniedException", 403, "the key cannot be used")
        hidden = ("evaluationResults", "insightResults")
        return {name: value for name, value in job.items() if name not in hidden}

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        ids = sorted(self.jobs)
        if "nextToken" in query:
            try:
                after = json.loads(base64.b64decode(query["nextToken"]))
            except ValueError:
                raise Refusal("ValidationException", 400, "not a token of ours") from None
            ids = [each for each in ids if each > after]
        page = ids[: int(query.get("maxResults", 50))]
        hidden = ("dataSourceConfig", "outputConfig", "evaluationResults", "insightResults")
        rows = [
            {name: value for name, value in self.jobs[each].items() if name not in hidden}
            for each in page
        ]
        if page == ids:
            return {"batchEvaluations": rows}
        token = base64.b64encode(json.dumps(page[-1]).encode()).decode()
        return {"batchEvaluations": rows, "nextToken": token}

    def _stop(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["status"] not in ("PENDING", "IN_PROGRESS"):
            raise Refusal("ConflictException", 409, "not in a state that can be stopped")
        job["status"] = "STOPPING"
        return self._brief(job)

    def _delete(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["status"] in ("PENDING", "IN_PROGRESS", "STOPPING", "DELETING"):
            raise Refusal("ConflictException", 409, "must be in a terminal state")
        del self.jobs[job["batchEvaluationId"]]
        self.tokens = {
            token: known
            for token, known in self.tokens.items()
            if known[1] != job["batchEvaluationId"]
        }
        return self._brief({**job, "status": "DELETING"})

    def _brief(self, job: dict[str, Any]) -> dict[str, Any]:
        return {name: job[name] for name in ("batchEvaluationId", "batchEvaluationArn", "status")}


class Clock:
    """The time of an environment, which goes on with the system's and can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **duration: float) -> None:
        self.ahead += timedelta(**duration)


@dataclass(repr=False)
class Environment:
    """One environment with its own controller in the account."""

    settings: Settings
    controller: Controller
    clients: Clients
    clock: Clock
    remaining: Callable[[], int] = lambda: 300_000

    def invoke(
        self,
        operation: str,
        parameters: Any = None,
        options: Any = None,
        request_id: str | None = None,
    ) -> dict[str, Any]:
        """Invoke the controller as Lambda does: JSON in, JSON out."""
        event = {"operation": operation}
        if parameters is not None:
            event["parameters"] = parameters
        if options is not None:
            event["options"] = options
        context = SimpleNamespace(
            aws_request_id=request_id or f"00000000-0000-4000-8000-{next(REQUEST_IDS):012}",
            get_remaining_time_in_millis=self.remaining,
        )
        answer = self.controller.handle(json.loads(json.dumps(event)), context)
        return json.loads(json.dumps(answer, allow_nan=False))

    def start(self, name: str = "weekly", **members: Any) -> dict[str, Any]:
        return self.invoke("StartBatchEvaluation", request(name, **members))

    def export(self, **options: Any) -> dict[str, Any]:
        return self.invoke("ExportBatchEvaluations", options=options)["controller"]

    def listing(self, prefix: str = "") -> list[str]:
        """Every object in the bucket, current versions only."""
        bucket = self.settings.output_bucket
        page = self.clients.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for entry in page.get("Contents", [])]

    def versions(self, prefix: str = "") -> list[tuple[str, str]]:
        """Every version and delete marker in the bucket."""
        page = self.clients.s3.list_object_versions(
            Bucket=self.settings.output_bucket, Prefix=prefix
        )
        entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
        return sorted((entry["Key"], entry["VersionId"]) for entry in entries)

    def remove(self, *versions: tuple[str, str]) -> None:
        """Remove versions of objects, as a lifecycle rule or somebody else would."""
        named = [{"Key": key, "VersionId": version} for key, version in versions]
        self.clients.s3.delete_objects(
            Bucket=self.settings.output_bucket, Delete={"Objects": named}
        )

    def object(self, key: str, version: str | None = None) -> bytes:
        which = {"VersionId": version} if version else {}
        answer = self.clients.s3.get_object(Bucket=self.settings.output_bucket, Key=key, **which)
        return answer["Body"].read()

    def manifest(self, evaluation_id: str) -> dict[str, Any]:
        return json.loads(self.object(f"manifests/{evaluation_id}.json"))

    def put_results(self, evaluation_id: str, *messages: str, stream_name: str = "") -> None:
        """Write per-session results to the result log group, as the service does.

        Another tool may have named a stream; several of its evaluations then write to it.
        """
        stream = {
            "logGroupName": self.settings.result_log_group,
            "logStreamName": stream_name or f"run-{evaluation_id}",
        }
        with suppress(self.clients.logs.exceptions.ResourceAlreadyExistsException):
            self.clients.logs.create_log_stream(**stream)
        now = int(datetime.now(UTC).timestamp() * 1000)
        events = [{"timestamp": now, "message": message} for message in messages]
        for start in range(0, len(events), 1000):
            self.clients.logs.put_log_events(**stream, logEvents=events[start : start + 1000])


def record(evaluation_id: str, **members: Any) -> str:
    """A per-session result as the service writes it, as far as it tells whose it is."""
    arn = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/{evaluation_id}"
    job = "aws.bedrock_agentcore.evaluation_job"
    attributes = {f"{job}.arn": arn, f"{job}.run_id": evaluation_id} if evaluation_id else {}
    return json.dumps({"name": "gen_ai.evaluation.result", "attributes": attributes, **members})


def request(name: str = "weekly", **members: Any) -> dict[str, Any]:
    """The least request that starts an evaluation."""
    return {
        "batchEvaluationName": name,
        "dataSourceConfig": {
            "cloudWatchLogs": {"serviceNames": ["agent.DEFAULT"], "logGroupNames": [SOURCE]}
        },
        "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
        **members,
    }


def settings_of(name: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "partition": "aws",
        "region": REGION,
        "account": ACCOUNT,
        "environment": name,
        "evaluation_key_arn": KEY,
        "output_bucket": f"{name}-exports-{ACCOUNT}-{REGION}",
        "result_log_group": f"{name}-results",
        "metrics_namespace": "AgentCoreBatchEvaluation",
        "source_log_groups": ("aws/spans", "/aws/bedrock-agentcore/runtimes/*"),
        "name_prefixes": (),
        "allow_delete": True,
    }
    return Settings(**(values | changes))


@dataclass(repr=False)
class Cloud:
    """The account: its services, and the environments that a test makes in it."""

    clients: Clients
    kms: FakeKms = field(default_factory=FakeKms)
    evaluations: FakeEvaluations = field(default_factory=FakeEvaluations)
    s3_faults: Faults = field(default_factory=Faults)
    s3_calls: list[Any] = field(default_factory=list)

    def environment(self, name: str = "team", **changes: Any) -> Environment:
        settings = settings_of(name, **changes)
        bucket = settings.output_bucket
        s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        s3.create_bucket(bucket, REGION)
        s3.put_bucket_versioning(bucket, "Enabled")
        self.clients.logs.create_log_group(logGroupName=settings.result_log_group)
        clock = Clock()
        controller = Controller(settings, self.clients, clock)
        return Environment(settings, controller, self.clients, clock)

    def disable_key(self, state: str = "Disabled") -> None:
        """Take the key away from everybody: KMS, S3 and the service."""
        self.kms.metadata["KeyState"] = state
        self.evaluations.readable = False

    def enable_key(self) -> None:
        self.kms.metadata["KeyState"] = "Enabled"
        self.evaluations.readable = True

    def unfinish_start(self, environment: Environment, evaluation_id: str) -> None:
        """Put a start back to where its answer was lost: the record is there, the link is not."""
        link = f"evaluations/{evaluation_id}/session-metadata.json"
        token = json.loads(environment.object(link))["clientToken"]
        body = json.dumps({"parameters": self.evaluations.tokens[token][0]}).encode()
        environment.remove(*environment.versions(link))
        bucket = environment.settings.output_bucket
        record = f"requests/20260131T093000000000Z-{token}.json"
        self.clients.s3.put_object(Bucket=bucket, Key=record, Body=body)

    def connect(self, clients: Clients) -> None:
        """Route what moto lacks to the fakes, and couple S3 with the key as AWS does."""
        for client, service, hook in (
            (clients.kms, "kms", self.kms.respond),
            (clients.evaluations, "bedrock-agentcore", self.evaluations.respond),
            (clients.s3, "s3", self._before_s3),
        ):
            # Every hook is called, even when the first one answers, and moto's would raise or act.
            client.meta.events.unregister("before-send", botocore_stubber)
            client.meta.events.register(f"before-send.{service}", hook, "test-cloud")

    def disconnect(self, clients: Clients) -> None:
        for client, service in (
            (clients.kms, "kms"),
            (clients.evaluations, "bedrock-agentcore"),
            (clients.s3, "s3"),
        ):
            client.meta.events.unregister(f"before-send.{service}", unique_id="test-cloud")

    def _before_s3(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        self.s3_calls.append((operation, request))
        try:
            self.s3_faults.raise_due(operation)
            if operation in ("PutObject", "GetObject"):
                self._require_key()
        except Refusal as refusal:
            code, message = escape(refusal.code), escape(refusal.message)
            inner = f"<Code>{code}</Code><Message>{message}</Message>"
            return http(refusal.status, f"<Error>{inner}</Error>".encode())
        return moto_answer("s3", request)

    def _require_key(self) -> None:
        state = self.kms.metadata["KeyState"]
        if state != "Enabled":
            error = "DisabledException" if state == "Disabled" else "KMSInvalidStateException"
            raise Refusal(f"KMS.{error}", 400, "the key is not usable")
