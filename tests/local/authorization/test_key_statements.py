"""Each statement of the evaluation key's policy, left out: exactly what needs it fails."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
EVERYTHING = {
    "controller describes",
    "preflight",
    "controller starts",
    "developer starts",
    "results are shown",
    "artifact is written",
    "artifact is read",
    "list, stop and delete",
    "administration",
}


class Operations:
    """What people and services do with the key; each operation says whether it worked, or why not.

    An evaluation that ended and an artifact are there from before.
    """

    def __init__(self, world: Any) -> None:
        self.world = world
        self.count = 0
        started = world.invoke("StartBatchEvaluation", world.request("before"))
        self.evaluation = {"batchEvaluationId": started["batchEvaluationId"]}
        self.arn = started["batchEvaluationArn"]
        world.cloud.advance(60)
        self.object = f"manifests/{started['batchEvaluationId']}.json"

    def run(self) -> dict[str, str]:
        """What failed, with the reason."""
        self.count += 1
        world, failed = self.world, dict[str, str]()
        steps: dict[str, Callable[[], str]] = {
            "controller describes": self._describe,
            "preflight": self._preflight,
            "controller starts": self._start_by_controller,
            "developer starts": self._start_by_developer,
            "results are shown": self._results,
            "artifact is written": self._write,
            "artifact is read": self._read,
            "list, stop and delete": self._without_key,
            "administration": self._administer,
        }
        assert set(steps) == EVERYTHING
        for name, step in steps.items():
            try:
                reason = step()
            except ClientError as error:
                reason = str(error)
            if reason:
                failed[name] = reason
        world.cloud.advance(15)  # all end before the schedule fires again
        return failed

    def _describe(self) -> str:
        self.world.client("kms", "controller").describe_key(KeyId=self.world.key)
        return ""

    def _preflight(self) -> str:
        checked = self.world.invoke("CheckKey")["controller"]
        return "" if checked["usable"] else json.dumps(checked["missingPermissions"])

    def _start_by_controller(self) -> str:
        answer = self.world.client("lambda", "operator").invoke(
            FunctionName=self.world.outputs["controller_function_name"],
            Payload=json.dumps(
                {
                    "operation": "StartBatchEvaluation",
                    "parameters": self.world.request(f"by_controller_{self.count}"),
                }
            ),
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" not in answer:
            return ""
        return f"{payload['errorType']}: {payload['errorMessage']}"

    def _start_by_developer(self) -> str:
        self.world.client("bedrock-agentcore", "developer").start_batch_evaluation(
            **self.world.request(f"by_developer_{self.count}"), kmsKeyArn=self.world.key
        )
        return ""

    def _results(self) -> str:
        shown = self.world.client("bedrock-agentcore", "developer").get_batch_evaluation(
            **self.evaluation
        )
        return "" if "evaluationResults" in shown else shown["errorDetails"][0]

    def _write(self) -> str:
        put(self.world, "controller", f"written-{self.count}.json", self.arn)
        return ""

    def _read(self) -> str:
        self.world.client("s3", "controller").get_object(Bucket=self.world.bucket, Key=self.object)[
            "Body"
        ].read()
        return ""

    def _without_key(self) -> str:
        service = self.world.client("bedrock-agentcore", "developer")
        assert service.list_batch_evaluations()["batchEvaluations"]
        started = service.start_batch_evaluation(**self.world.request(f"no_key_{self.count}"))
        wanted = {"batchEvaluationId": started["batchEvaluationId"]}
        service.stop_batch_evaluation(**wanted)
        self.world.cloud.advance(5)
        service.delete_batch_evaluation(**wanted)
        return ""

    def _administer(self) -> str:
        self.world.client("kms").update_key_description(KeyId=self.world.key, Description="seen")
        return ""


def put(world: Any, who: str, key: str, arn: str) -> None:
    """Write an object as the controller does."""
    context = base64.b64encode(json.dumps({CONTEXT_KEY: arn}).encode()).decode()
    world.client("s3", who).put_object(
        Bucket=world.bucket,
        Key=key,
        Body=b"{}",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=world.key,
        SSEKMSEncryptionContext=context,
        BucketKeyEnabled=False,
    )


@pytest.fixture(scope="module")
def operations(world: Any) -> Operations:
    return Operations(world)


@pytest.fixture
def without(world: Any) -> Iterator[Callable[[str], None]]:
    """without(sid) takes a statement out of the key's policy, until the test ends."""
    policy = world.key_policy(world.key)

    def take(sid: str) -> None:
        kept = [one for one in policy["Statement"] if one["Sid"] != sid]
        assert len(kept) == len(policy["Statement"]) - 1
        world.put_key_policy(world.key, {**policy, "Statement": kept})

    yield take
    world.put_key_policy(world.key, policy)


def test_with_all_statements_everything_works(operations: Operations) -> None:
    assert operations.run() == {}


@pytest.mark.parametrize(
    ("sid", "expected"),
    [
        (
            "AllowCallerAccess",
            {
                "controller describes": "kms:DescribeKey",
                "preflight": "kms:DescribeKey",
                "controller starts": "AccessDeniedException.*kms:DescribeKey",
                "developer starts": "ValidationException.*DescribeKey failed for the caller",
            },
        ),
        (
            "AllowCallerCryptoOps",
            {
                "preflight": "kms:GenerateDataKey.*kms:Decrypt",
                "controller starts": "AccessDeniedException.*kms:GenerateDataKey.*kms:Decrypt",
                "developer starts": "the caller failed the kms:GenerateDataKey check.*"
                "the caller failed the kms:Decrypt check",
                "results are shown": "user/developer is not authorized to perform: kms:Decrypt",
                "artifact is written": r"AccessDenied.*kms:GenerateDataKey.*no resource-based",
                "artifact is read": r"AccessDenied.*kms:Decrypt.*no resource-based",
            },
        ),
        (
            "AllowServicePrincipalAccess",
            {
                # The caller's half is intact: only the service itself can find out.
                "controller starts": "ValidationException.*bedrock-agentcore.amazonaws.com lacks "
                "kms:GenerateDataKey .key policy AllowServicePrincipalAccess",
                "developer starts": "ValidationException.*bedrock-agentcore.amazonaws.com failed "
                "the kms:GenerateDataKey check",
                "results are shown": "AWS service: bedrock-agentcore.amazonaws.com is not "
                "authorized to perform: kms:Decrypt",
            },
        ),
    ],
    ids=["AllowCallerAccess", "AllowCallerCryptoOps", "AllowServicePrincipalAccess"],
)
def test_without_a_statement_exactly_what_needs_it_fails(
    operations: Operations, without: Callable[[str], None], sid: str, expected: dict[str, str]
) -> None:
    without(sid)
    failed = operations.run()
    assert set(failed) == set(expected), failed
    for name, reason in failed.items():
        assert re.search(expected[name], reason, re.DOTALL), (name, reason)


def test_administration_cannot_be_left_out_because_kms_refuses_the_policy(
    world: Any, without: Callable[[str], None]
) -> None:
    before = world.key_policy(world.key)
    with pytest.raises(ClientError) as caught:
        without("AllowKeyAdministration")
    error = caught.value.response["Error"]
    assert error["Code"] == "MalformedPolicyDocumentException"
    assert "will not allow you to update the key policy in the future" in error["Message"]
    assert world.key_policy(world.key) == before
