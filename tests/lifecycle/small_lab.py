"""The controller against moto's S3 and CloudWatch Logs and fakes of KMS and the evaluations.

What is repeated hundreds of times and is not about permissions runs here: a call costs a third of
what it costs on the local AWS, and moto keeps objects, versions and conditional writes for both.
"""

import pickle
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from components.function.aws.clients import Clients
from components.function.handler import Controller
from tests.components.function.account import REGION, Cloud, request
from tests.components.function.moto_answer import moto_answer
from tests.lifecycle.wire import Wire

TICK = "ExportBatchEvaluations"
TIMES = re.compile(r"[0-9]{8}T[0-9]{6,12}Z|[0-9-]{10}T[0-9:.]{8,15}(Z|\+00:00)")
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+-[0-9a-f]{10}\b")
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/any/aws4_request, Signature=none"


class SmallLab:
    """One environment in a fake account; every call of the controller passes a Wire.

    With `beside`, another container of that lab's function.
    """

    def __init__(self, beside: "SmallLab | None" = None) -> None:
        self.cloud = beside.cloud if beside else Cloud(Clients(REGION))
        self.environment = replace(beside.environment) if beside else self.cloud.environment("team")
        self.clients = Clients(REGION)
        made = self.clients
        for client in (made.evaluations, made.kms, made.logs, made.s3, made.sts):
            client.meta.events.unregister("before-send", botocore_stubber)
            # Nothing here checks signatures, which take a tenth of a call.
            client.meta.events.register_first("choose-signer", lambda **_: UNSIGNED)
        self.wire = Wire(self._send)
        self.wire.connect(self.clients)
        self.environment.remaining = self.wire.remaining
        self.renew()

    def _send(self, request: Any, service: str, event_name: str) -> AWSResponse:
        request.headers["Authorization"] = SIGNED
        if service == "bedrock-agentcore":
            return self.cloud.evaluations.respond(request)
        if service == "kms":
            return self.cloud.kms.respond(request)
        if service == "s3":
            return self.cloud._before_s3(request, event_name)
        return moto_answer(service, request)

    def renew(self) -> None:
        """A new container, but for the clients, which take long to make: nothing is remembered."""
        environment = self.environment
        environment.controller = Controller(environment.settings, self.clients, environment.clock)

    def invoke(self, operation: str, parameters: Any = None, **options: Any) -> dict[str, Any]:
        """Invoke the controller as Lambda does: JSON in, JSON out."""
        return self.environment.invoke(operation, parameters, options)

    def tick(self, **options: Any) -> dict[str, Any]:
        """Let the export run once, with nothing in its way."""
        self.wire.begin()
        return self.invoke(TICK, **options)["controller"]

    def settle(self) -> None:
        """Run the export twice, the second time when no run of before can go on: then it sweeps up
        what that may have left."""
        self.tick()
        self.environment.clock.forward(minutes=16)
        self.tick()

    def request(self, name: str, **members: Any) -> dict[str, Any]:
        """The least request of StartBatchEvaluation, under a token that tells the name."""
        token = f"{name.replace('_', '-')}-{'t' * 33}"
        metadata = {"sessionMetadata": [{"sessionId": "s"}]}
        return request(name, clientToken=token, evaluationMetadata=metadata, **members)

    def start(self, name: str, **members: Any) -> str:
        """Start an evaluation with nothing in the way; gives its id."""
        self.wire.begin()
        started = self.invoke("StartBatchEvaluation", self.request(name, **members))
        return started["batchEvaluationId"]

    def finish(self) -> None:
        """Let everything that runs come to its end."""
        for identifier, job in self.cloud.evaluations.jobs.items():
            if job["status"] in ("PENDING", "IN_PROGRESS", "STOPPING"):
                ended = "STOPPED" if job["status"] == "STOPPING" else "COMPLETED"
                self.cloud.evaluations.finish(identifier, ended, evaluationResults={})
                self.environment.put_results(identifier, '{"n":1}')
        self.environment.clock.ahead += timedelta(seconds=1)

    def state(self, name: str) -> dict[str, list[str]]:
        """All that is there of an evaluation's name: in the bucket, at the service, in the logs."""
        token = name.replace("_", "-")

        def plain(text: str) -> str:
            text = re.sub(r"[0-9]{8}T[0-9]{6,12}Z", "<time>", text)
            text = re.sub(rf"{name}-[0-9a-f]{{10}}", "<id>", text)
            return text.replace(token, "<token>")

        logs = self.environment.clients.logs
        streams = logs.describe_log_streams(
            logGroupName=self.environment.settings.result_log_group,
            logStreamNamePrefix=f"run-{name}-",
        )["logStreams"]
        return {
            "bucket": sorted(
                plain(key)
                for key, _ in self.environment.versions()
                if f"{name}-" in key or f"{token}-" in key
            ),
            "service": sorted(
                f"{plain(one['batchEvaluationId'])} {one['status']} {one.get('kmsKeyArn')}"
                for one in self.cloud.evaluations.jobs.values()
                if one["batchEvaluationName"] == name
            ),
            "logs": sorted(plain(stream["logStreamName"]) for stream in streams),
        }

    def left(self) -> str:
        """All that a later run finds, byte for byte, but for times and with ids by their order."""
        found = repr(
            (
                [
                    (name, one.version_id, getattr(one, "value", "delete marker"))
                    for name in self._objects
                    for one in self._objects.getlist(name)
                ],
                {
                    name: [event.message for event in stream.events]
                    for name, stream in self._streams.items()
                },
                self.cloud.evaluations.jobs,
                self.cloud.evaluations.tokens,
                self.cloud.evaluations.room,
                self.environment.clock.ahead,
            )
        )
        order: dict[str, int] = {}
        return IDS.sub(
            lambda match: f"<{order.setdefault(match[0], len(order))}>", TIMES.sub("<time>", found)
        )

    def kept(self) -> bytes:
        """All that is there now, for `restore`."""
        return pickle.dumps(
            (
                [(name, self._objects.getlist(name)) for name in self._objects],
                self._streams,
                self.cloud.evaluations.jobs,
                self.cloud.evaluations.tokens,
                self.cloud.evaluations.room,
                self.environment.clock.ahead,
            )
        )

    def restore(self, kept: bytes) -> None:
        """Put everything back to what was there, in a new container."""
        objects, streams, jobs, tokens, room, ahead = pickle.loads(kept)
        self.forget()
        for name, versions in objects:
            self._objects.setlist(name, versions)
        self._streams.update(streams)
        self.cloud.evaluations.jobs.update(jobs)
        self.cloud.evaluations.tokens.update(tokens)
        self.cloud.evaluations.room = room
        self.environment.clock.ahead = ahead
        self.renew()

    def forget(self) -> None:
        """Remove everything, so that later ticks have nothing to look through."""
        for name in list(self._objects):
            self._objects.pop(name)
        self._streams.clear()
        self.cloud.evaluations.jobs.clear()
        self.cloud.evaluations.tokens.clear()
        self.cloud.evaluations.calls.clear()
        self.cloud.evaluations.room = 1_000_000
        self.cloud.s3_calls.clear()
        self.cloud.kms.calls.clear()

    @property
    def _objects(self) -> Any:
        """moto's store of the bucket's versions."""
        return (
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
            .buckets[self.environment.settings.output_bucket]
            .keys
        )

    @property
    def _streams(self) -> dict[str, Any]:
        """moto's streams of the result log group."""
        groups = logs_backends[DEFAULT_ACCOUNT_ID][REGION].groups
        return groups[self.environment.settings.result_log_group].streams
