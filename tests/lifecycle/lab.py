"""The controller in this process, under its role, against the local AWS with all its policies.

The deployed environment, the enforced policies, and the function's own handler and service models,
without a socket and a process for each call.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse

from components.function import settings
from components.function.aws.clients import Clients
from components.function.handler import Controller
from local.aws_api.caller import Caller
from local.cloud import LocalCloud
from local.runtime.clients import _to_botocore
from tests.lifecycle.wire import Wire

SERVICE = "support_agent_split.DEFAULT"
TICK = "ExportBatchEvaluations"


class Lab:
    """One deployed environment with its controller, and what people do with it."""

    def __init__(
        self, cloud: LocalCloud, outputs: dict[str, Any], deployer: Caller, controller: Caller
    ) -> None:
        self.cloud, self.outputs = cloud, outputs
        self._deployer = deployer

        def send(request: Any, service: str, _: str) -> AWSResponse:
            return _to_botocore(request, cloud.services._reply(request, service, controller))

        self.wire = Wire(send)
        name = outputs["controller_function_name"]
        configuration = self.client("lambda").get_function_configuration(FunctionName=name)
        variables = configuration["Environment"]["Variables"] | {"AWS_REGION": cloud.place.region}
        self.settings = settings.read(variables)
        self.log_groups: list[str] = []
        self.session_ids: list[str] = []
        self._requests = 0
        self._clients = Clients(self.settings.region)
        self.wire.connect(self._clients)
        self.renew()

    def renew(self) -> None:
        """A new container, but for the clients, which take long to make: nothing is remembered."""
        self.controller = Controller(self.settings, self._clients, self._now)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.cloud.clock.now(), UTC)

    def client(self, service: str) -> Any:
        """A boto3 client of the deployer, an administrator."""
        return self.cloud.services.client(service, self._deployer)

    def invoke(self, operation: str, parameters: Any = None, **options: Any) -> dict[str, Any]:
        """Invoke the controller as Lambda does: JSON in, JSON out."""
        self._requests += 1
        event = {"operation": operation, "parameters": parameters or {}, "options": options}
        context = SimpleNamespace(
            aws_request_id=f"00000000-0000-4000-8000-{self._requests:012}",
            get_remaining_time_in_millis=self.wire.remaining,
        )
        answer = self.controller.handle(json.loads(json.dumps(event)), context)
        return json.loads(json.dumps(answer, allow_nan=False))

    def tick(self, **options: Any) -> dict[str, Any]:
        """Let the export run once, with nothing in its way."""
        self.wire.begin()
        return self.invoke(TICK, **options)["controller"]

    def request(self, name: str, **members: Any) -> dict[str, Any]:
        """The least request of StartBatchEvaluation, under a token that tells the name."""
        source = {
            "serviceNames": [SERVICE],
            "logGroupNames": self.log_groups,
            "filterConfig": {"sessionIds": self.session_ids[:1]},
        }
        return {
            "batchEvaluationName": name,
            "clientToken": f"{name.replace('_', '-')}-{'t' * 33}",
            "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
            "dataSourceConfig": {"cloudWatchLogs": source},
            "evaluationMetadata": {"sessionMetadata": [{"sessionId": self.session_ids[0]}]},
            **members,
        }

    def start(self, name: str, **members: Any) -> str:
        """Start an evaluation with nothing in the way; gives its id."""
        self.wire.begin()
        started = self.invoke("StartBatchEvaluation", self.request(name, **members))
        return started["batchEvaluationId"]

    def finish(self) -> None:
        """Let everything that runs come to its end."""
        self.cloud.advance(15)

    def evaluations(self) -> list[dict[str, Any]]:
        """Every evaluation of the account, as the service lists it."""
        service = self.client("bedrock-agentcore")
        pages = service.get_paginator("list_batch_evaluations").paginate()
        return [one for page in pages for one in page["batchEvaluations"]]

    def objects(self, prefix: str = "") -> list[str]:
        """The keys in the bucket."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.outputs["output_bucket"], Prefix=prefix)
        return [entry["Key"] for page in found for entry in page.get("Contents", [])]

    @contextmanager
    def without(self, sid: str) -> Iterator[None]:
        """Take a statement out of the evaluation key's policy for a while."""
        kms, key = self.client("kms"), self.outputs["evaluation_key_arn"]
        policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        kept = [one for one in policy["Statement"] if one["Sid"] != sid]
        assert len(kept) == len(policy["Statement"]) - 1
        self._put_policy({**policy, "Statement": kept})
        try:
            yield
        finally:
            self._put_policy(policy)

    def _put_policy(self, policy: dict[str, Any]) -> None:
        self.client("kms").put_key_policy(
            KeyId=self.outputs["evaluation_key_arn"],
            PolicyName="default",
            Policy=json.dumps(policy),
        )
