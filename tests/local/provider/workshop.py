"""Makes resources, requests and programs for the tests of the provider."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2

from local.provider.lifecycle import Naming, Provider
from local.provider.properties import ARCHIVE, ASSET, SIGNATURE, to_struct
from local.provider.resource_types import RESOURCES

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def token(name: str) -> str:
    """Return the type token of a short name such as `kms.Key`."""
    return next(token for token in RESOURCES if _short(token) == name)


def _short(token: str) -> str:
    _, module, name = token.split(":")
    return f"{module.split('/')[0]}.{name}"


def document(*actions: str, principal: dict[str, str] | None = None, resource: str = "*") -> str:
    """Return a policy document with one statement."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if principal:
        statement["Principal"] = principal
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: str) -> str:
    """Return a trust policy for a service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def code(text: str) -> dict[str, Any]:
    """Return an archive with one Python file, as it comes over the wire from the engine."""
    asset = {SIGNATURE: ASSET, "text": text, "hash": f"asset-{text}"}
    return {SIGNATURE: ARCHIVE, "assets": {"index.py": asset}, "hash": f"archive-{text}"}


@dataclass
class Workshop:
    """Makes resources of any type, and before them whatever they need."""

    provider: Provider
    made: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def make(self, kind: str, /, **changes: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Create a resource of a short type name; return id, state and checked inputs."""
        inputs = {**self.inputs(kind), **changes}
        seed = Naming(seed=b"seed")
        checked, wrong = self.provider.check(token(kind), "thing", inputs, {}, seed)
        assert not wrong, wrong
        resource_id, state = self.provider.create(token(kind), "thing", checked)
        return resource_id, state, checked

    def output(self, kind: str, output: str, /, **changes: Any) -> Any:
        """Return an output of a resource of this type that others share, `id` for its id."""
        label = f"{kind} {changes}"
        if label not in self.made:
            self.made[label] = self.make(kind, **changes)[:2]
        resource_id, state = self.made[label]
        return resource_id if output == "id" else state[output]

    def aws(self, service: str) -> Any:
        """Return a boto3 client, to look and to meddle."""
        return self.provider.cloud.client(service)

    def inputs(self, kind: str) -> dict[str, Any]:
        """Return inputs of a type that use what our stacks use."""
        return getattr(self, "_" + kind.replace(".", "_").lower())()

    def _kms_key(self) -> dict[str, Any]:
        return {
            "description": "evaluations",
            "policy": document("kms:*", principal={"AWS": ROOT}),
            "enableKeyRotation": True,
            "rotationPeriodInDays": 180,
            "deletionWindowInDays": 7,
            "tags": {"team": "evaluation"},
        }

    def _kms_alias(self) -> dict[str, Any]:
        return {"name": "alias/thing", "targetKeyId": self.output("kms.Key", "arn")}

    def _s3_bucket(self) -> dict[str, Any]:
        return {"bucket": "thing-exports", "tags": {"team": "evaluation"}}

    def _bucket(self) -> str:
        return self.output("s3.Bucket", "id")

    def _s3_bucketserversideencryptionconfiguration(self) -> dict[str, Any]:
        default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": self.output("kms.Key", "arn")}
        rule = {
            "applyServerSideEncryptionByDefault": default,
            "bucketKeyEnabled": False,
            "blockedEncryptionTypes": ["SSE-C"],
        }
        return {"bucket": self._bucket(), "rules": [rule]}

    def _s3_bucketversioning(self) -> dict[str, Any]:
        return {"bucket": self._bucket(), "versioningConfiguration": {"status": "Enabled"}}

    def _s3_bucketpublicaccessblock(self) -> dict[str, Any]:
        return {"bucket": self._bucket(), "blockPublicAcls": True, "blockPublicPolicy": True}

    def _s3_bucketownershipcontrols(self) -> dict[str, Any]:
        return {"bucket": self._bucket(), "rule": {"objectOwnership": "BucketOwnerEnforced"}}

    def _s3_bucketlifecycleconfiguration(self) -> dict[str, Any]:
        expire = {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": "evaluations/"},
            "expiration": {"days": 30},
            "noncurrentVersionExpiration": {"noncurrentDays": 5},
        }
        abort = {
            "id": "abort",
            "status": "Enabled",
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
        }
        return {"bucket": self._bucket(), "rules": [expire, abort]}

    def _s3_bucketpolicy(self) -> dict[str, Any]:
        policy = document(
            "s3:GetObject", principal={"AWS": ROOT}, resource="arn:aws:s3:::thing-exports/*"
        )
        return {"bucket": self._bucket(), "policy": policy}

    def _cloudwatch_loggroup(self) -> dict[str, Any]:
        return {"name": "/aws/lambda/thing", "retentionInDays": 7, "tags": {"team": "evaluation"}}

    def _cloudwatch_metricalarm(self) -> dict[str, Any]:
        return {
            "name": "thing",
            "namespace": "AWS/SQS",
            "metricName": "ApproximateNumberOfMessagesVisible",
            "dimensions": {"QueueName": "thing-failures"},
            "statistic": "Maximum",
            "period": 300,
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "threshold": 0,
            "comparisonOperator": "GreaterThanThreshold",
            "alarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:on-call"],
            "alarmDescription": "failures",
            "treatMissingData": "notBreaching",
            "tags": {"team": "evaluation"},
        }

    def _iam_role(self) -> dict[str, Any]:
        return {
            "name": "thing",
            "assumeRolePolicy": trust("lambda.amazonaws.com"),
            "description": "runs",
            "maxSessionDuration": 7200,
            "tags": {"team": "evaluation"},
        }

    def _iam_policy(self) -> dict[str, Any]:
        policy = document("logs:PutLogEvents", "s3:GetObject", "sqs:SendMessage")
        return {"name": "thing", "policy": policy, "description": "may", "tags": {"team": "e"}}

    def _iam_rolepolicy(self) -> dict[str, Any]:
        role = self.output("iam.Role", "name")
        return {"name": "thing", "role": role, "policy": document("sqs:SendMessage")}

    def _iam_rolepolicyattachment(self) -> dict[str, Any]:
        return {
            "role": self.output("iam.Role", "name"),
            "policyArn": self.output("iam.Policy", "arn"),
        }

    def _lambda_function(self) -> dict[str, Any]:
        # Lambda takes no dead-letter queue or destination that the role may not send to.
        self.output("iam.RolePolicyAttachment", "id")
        return {
            "name": "thing",
            "role": self.output("iam.Role", "arn"),
            "runtime": "python3.13",
            "handler": "index.handler",
            "architectures": ["arm64"],
            "code": code("def handler(event, context): return event"),
            "memorySize": 512,
            "timeout": 60,
            "environment": {"variables": {"MODE": "strict", "EMPTY": ""}},
            "tracingConfig": {"mode": "Active"},
            "reservedConcurrentExecutions": 5,
            "tags": {"team": "evaluation"},
        }

    def _lambda_functioneventinvokeconfig(self) -> dict[str, Any]:
        destination = {"destination": self.output("sqs.Queue", "arn")}
        return {
            "functionName": self.output("lambda.Function", "name"),
            "maximumEventAgeInSeconds": 3600,
            "maximumRetryAttempts": 1,
            "destinationConfig": {"onFailure": destination},
        }

    def _sqs_queue(self) -> dict[str, Any]:
        return {
            "name": "thing-failures",
            "kmsMasterKeyId": self.output("kms.Key", "arn"),
            "kmsDataKeyReusePeriodSeconds": 600,
            "messageRetentionSeconds": 1209600,
            "tags": {"team": "evaluation"},
        }

    def _sqs_queuepolicy(self) -> dict[str, Any]:
        arn = self.output("sqs.Queue", "arn")
        policy = document("sqs:SendMessage", principal={"AWS": ROOT}, resource=arn)
        return {"queueUrl": self.output("sqs.Queue", "url"), "policy": policy}

    def _scheduler_schedulegroup(self) -> dict[str, Any]:
        return {"name": "thing", "tags": {"team": "evaluation"}}

    def _scheduler_schedule(self) -> dict[str, Any]:
        role = {"name": "schedule", "assumeRolePolicy": trust("scheduler.amazonaws.com")}
        return {
            "name": "thing-export",
            "groupName": self.output("scheduler.ScheduleGroup", "name"),
            "scheduleExpression": "rate(15 minutes)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {
                "arn": self.output("lambda.Function", "arn"),
                "roleArn": self.output("iam.Role", "arn", **role),
                "input": '{"operation":"ExportBatchEvaluations"}',
                "deadLetterConfig": {"arn": self.output("sqs.Queue", "arn")},
                "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600},
            },
        }


@dataclass
class Wire:
    """The provider as the engine sees it."""

    stub: Any
    settings: dict[str, Any]
    address: str

    def configure(self) -> Any:
        """Configure this connection as the engine does, with the endpoint's settings."""
        return self.stub.Configure(
            provider_pb2.ConfigureRequest(args=to_struct(self.settings), acceptSecrets=True)
        )

    def urn(self, kind: str) -> str:
        """Return the URN of a resource of a short type name that stands below a component."""
        return f"urn:pulumi:dev::project::package:index:Parent${token(kind)}::thing"


class Program:
    """A project whose files a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "stacks").mkdir(parents=True)
        self.project("config: {}")
        self.stack("config: {aws:region: us-east-1}")
        self.main("")

    def project(self, text: str) -> None:
        head = "name: project\nruntime: python\nstackConfigDir: stacks\n"
        (self.folder / "Pulumi.yaml").write_text(head + text)

    def stack(self, text: str, name: str = "dev") -> None:
        (self.folder / "stacks" / f"Pulumi.{name}.yaml").write_text(text)

    def main(self, text: str) -> None:
        head = "import json\nimport pulumi\nimport pulumi_aws as aws\n"
        (self.folder / "__main__.py").write_text(head + text)
