"""A deployed environment with policies in force, and who works and who attacks in it."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws_api.caller import Caller, DeploymentTarget, ServicePrincipal
from local.cloud import LocalCloud
from local.deploy.program import deploy
from local.moto_backend.credentials import IssuedCredentials
from local.runtime.clients import isolated_session
from local.runtime.clock import ManualClock
from local.telemetry.log_delivery import load_samples
from tests.harness import ROOT
from tests.local.authorization.small_endpoint import Endpoint, running

ACCOUNT, OTHER_ACCOUNT, REGION = "111122223333", "444455556666", "us-east-1"
SERVICE = "support_agent_split.DEFAULT"
CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
START = 1_790_000_000.0
SESSION = isolated_session(REGION)
Keys = tuple[str, str, str | None]


@dataclass
class World:
    """One endpoint with stack `local` on it; clients come over HTTP unless a service acts."""

    cloud: LocalCloud
    events: Path
    outputs: dict[str, Any]
    log_groups: tuple[str, ...]
    people: dict[str, Keys]
    clients: dict[Any, Any]
    project: Path = ROOT

    @property
    def key(self) -> str:
        return self.outputs["evaluation_key_arn"]

    @property
    def bucket(self) -> str:
        return self.outputs["output_bucket"]

    def client(self, service: str, who: str = "deployer", *, plain: bool = False) -> Any:
        """A boto3 client of one of `people`; `plain` comes over the address of plain HTTP."""
        if (service, who, plain) not in self.clients:
            key, secret, token = self.people[who]
            self.clients[service, who, plain] = SESSION.client(
                service,
                endpoint_url=self.cloud.plain_address if plain else self.cloud.address,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
            )
        return self.clients[service, who, plain]

    def acting(self, service: str, acting: Caller) -> Any:
        """A client in the name of a service."""
        return self.cloud.services.client(service, acting)

    def assume(self, name: str, role: str, by: str = "deployer", **members: Any) -> None:
        """Add a session of a role to `people`."""
        sts = self.client("sts", by)
        answer = sts.assume_role(RoleArn=role, RoleSessionName=name, **members)
        self.people[name] = _keys(answer)

    def assume_as(self, name: str, role: str, service: ServicePrincipal) -> None:
        """Add a session of a role that a service assumes to `people`."""
        answer = self.acting("sts", service).assume_role(RoleArn=role, RoleSessionName=name)
        self.people[name] = _keys(answer)

    def role(self, name: str, policy: dict[str, Any] | None = None) -> str:
        """Make a role that the account may assume, with an inline policy; gives its ARN."""
        iam = self.client("iam")
        trust = allow("sts:AssumeRole", Principal={"AWS": ACCOUNT})
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        if policy is not None:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        return made["Role"]["Arn"]

    def invoke(self, operation: str, parameters: Any = None, *, fails: bool = False) -> Any:
        """Invoke the controller as the operator."""
        answer = self.client("lambda", "operator").invoke(
            FunctionName=self.outputs["controller_function_name"],
            Payload=json.dumps({"operation": operation, "parameters": parameters or {}}),
        )
        payload = json.loads(answer["Payload"].read())
        assert ("FunctionError" in answer) == fails, payload
        return payload

    def request(self, name: str) -> dict[str, Any]:
        """The least request of StartBatchEvaluation."""
        source = {"serviceNames": [SERVICE], "logGroupNames": list(self.log_groups)}
        return {
            "batchEvaluationName": name,
            "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
            "dataSourceConfig": {"cloudWatchLogs": source},
        }

    def told(self, start: int = 0) -> list[dict[str, Any]]:
        """All events since `start`, an offset in the file; data events too."""
        with self.events.open(encoding="utf-8") as file:
            file.seek(start)
            return [json.loads(line) for line in file]

    def key_policy(self, key: str) -> dict[str, Any]:
        answer = self.client("kms").get_key_policy(KeyId=key, PolicyName="default")
        return json.loads(answer["Policy"])

    def put_key_policy(self, key: str, policy: dict[str, Any]) -> None:
        self.client("kms").put_key_policy(
            KeyId=key, PolicyName="default", Policy=json.dumps(policy)
        )


def allow(action: Any, resource: Any = None, **members: Any) -> dict[str, Any]:
    """A document of one Allow statement."""
    statement = {"Effect": "Allow", "Action": action, **members}
    if resource is not None:
        statement["Resource"] = resource
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass(frozen=True)
class Denial:
    """A refused call: the error code, its message, and what the event says of the decision."""

    code: str
    message: str
    decided_by: list[str]
    near_misses: list[str]
    event: dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    events = tmp_path_factory.mktemp("events") / "events.jsonl"
    with LocalCloud(clock=ManualClock(START), events=events, plain_http=True) as cloud:
        patch = pytest.MonkeyPatch()
        with patch.context() as context:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                context.delenv(name)
            for name, value in cloud.environment().items():
                context.setenv(name, value)
            outputs = deploy(ROOT, "local")
        outsiders = IssuedCredentials(DeploymentTarget(account=OTHER_ACCOUNT), threading.RLock())
        people = {name: _user(cloud, name) for name in ("deployer", "developer")}
        people["outsider"] = (*outsiders.create_administrator("outsider"), None)
        made = World(cloud, events, outputs, (), people, {})
        made.log_groups = load_samples(made.client("logs"), START).groups[SERVICE]
        made.assume("operator", outputs["operator_role_arn"], "developer")
        function = outputs["controller_function_arn"]
        made.assume_as(
            "controller",
            outputs["controller_role_arn"],
            ServicePrincipal("lambda.amazonaws.com", ACCOUNT, function, ACCOUNT),
        )
        yield made
        for client in made.clients.values():
            client.close()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """An enforcing endpoint with one resource of each kind, all called `name`."""
    yield from running()


@pytest.fixture(scope="module")
def document() -> Callable[..., dict[str, Any]]:
    """document(action, resource, **members) is a policy of one Allow statement."""
    return allow


@pytest.fixture(scope="module")
def denial(world: World) -> Callable[..., Denial]:
    """denial(call, *arguments, **members) makes a call that must be refused, and tells why."""

    def make(call: Callable[..., Any], *arguments: Any, **members: Any) -> Denial:
        before = world.events.stat().st_size
        with pytest.raises(ClientError) as caught:
            call(*arguments, **members)
        error = caught.value.response["Error"]
        refused = [event for event in world.told(before) if "errorCode" in event]
        # The first is the innermost: KMS's own, where S3 asked it.
        event = refused[0] if refused else {}
        told = event.get("additionalEventData", {}).get("authorization", [{}])[-1]
        return Denial(
            error["Code"],
            error["Message"],
            told.get("decidedBy", []),
            told.get("nearMisses", []),
            event,
        )

    return make


def _user(cloud: LocalCloud, name: str) -> Keys:
    variables = cloud.environment(name)
    return variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], None


def _keys(answer: dict[str, Any]) -> Keys:
    given = answer["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
