"""The controller against moto's S3 and CloudWatch Logs and fakes of KMS and the evaluations.

What is repeated hundreds of times and is not about permissions runs here: a call costs a third of
what it costs on the local AWS, and moto keeps objects, versions and conditional writes for both.
"""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from components.function.clients import Clients
from components.function.handler import Controller
from tests.function.account import REGION, Cloud, request
from tests.lifecycle.wire import Wire

TICK = "ExportBatchEvaluations"


class SmallLab:
    """One environment in a fake account; every call of the controller passes a Wire.

    With `beside`, another container of that lab's function.
    """

    def __init__(self, beside: "SmallLab | None" = None) -> None:
        self.cloud = beside.cloud if beside else Cloud(Clients(REGION))
        self.environment = replace(beside.environment) if beside else self.cloud.environment("team")
        self.clients = Clients(REGION)
        for client in (self.clients.logs, self.clients.kms, self.clients.s3, self.clients.sts):
            client.meta.events.unregister("before-send", botocore_stubber)
        self.clients.evaluations.meta.events.unregister("before-send", botocore_stubber)
        self.wire = Wire(self._send)
        self.wire.connect(self.clients)
        self.environment.remaining = self.wire.remaining
        self.renew()

    def _send(self, request: Any, service: str, event_name: str) -> AWSResponse:
        if service == "bedrock-agentcore":
            return self.cloud.evaluations.respond(request)
        if service == "kms":
            return self.cloud.kms.respond(request)
        if service == "s3":
            answer = self.cloud._before_s3(request, event_name)
        else:
            answer = botocore_stubber(event_name, request)
        assert answer is not None
        return answer

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

    def forget(self) -> None:
        """Remove everything, so that later ticks have nothing to look through."""
        bucket = self.environment.settings.output_bucket
        for key, version in self.environment.versions():
            self.environment.clients.s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
        self.cloud.evaluations.jobs.clear()
        self.cloud.evaluations.tokens.clear()
        self.cloud.evaluations.calls.clear()
        self.cloud.s3_calls.clear()
        self.cloud.kms.calls.clear()
