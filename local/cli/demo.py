"""The main job from end to end on this machine: deploy, evaluate, export, and look at the proof."""

import json
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.config import Config

from local.cli import shell
from local.cli.command_error import CommandError
from local.cli.readers_table import who_can_read_what
from local.cloud import LocalCloud
from local.deploy.program import deploy
from local.deploy.resource_monitor import Step
from local.runtime.clients import isolated_session
from local.telemetry.log_delivery import load_samples, sample_ground_truth
from local.terminal import printable, shell_word, show

PROJECT = Path(__file__).parents[2]
SERVICE = "support_agent_split.DEFAULT"
EVALUATORS = (
    "Builtin.GoalSuccessRate",
    "Builtin.Correctness",
    "Builtin.Helpfulness",
    "Builtin.ToolSelectionAccuracy",
    "Builtin.ToolParameterAccuracy",
)
Credentials = tuple[str, str, str | None]
RUNNING = ("PENDING", "IN_PROGRESS", "STOPPING")
WIDTH = 30


class Demo:
    """One run against one endpoint, as a person would do it step by step."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._place = cloud.place
        self._address = cloud.address
        variables = cloud.environment()
        self._keys: Credentials = (
            variables["AWS_ACCESS_KEY_ID"],
            variables["AWS_SECRET_ACCESS_KEY"],
            None,
        )
        self._session = isolated_session(cloud.place.region)

    def run(self) -> bool:
        """Do it all, and tell whether the evaluation completed and was exported."""
        say("Deploying stack `local`: the real __main__.py, through a resource provider on boto3")
        outputs = deploy(PROJECT, "local", _created)
        for name, value in sorted(outputs.items()):
            show(f"  {name:26} {value}")

        say("Loading agent sessions that were recorded from a real Strands agent")
        loaded = load_samples(self._client("logs"), time.time())
        for service, sessions in sorted(loaded.sessions.items()):
            show(f"  {service}: {len(sessions)} sessions")

        say("Starting an encrypted evaluation through the controller, as an operator")
        self._function = outputs["controller_function_name"]
        self._operator = self._assume(outputs["operator_role_arn"])
        started = self._invoke("StartBatchEvaluation", self._request(loaded.groups[SERVICE]))
        show(f"  {started['batchEvaluationArn']}")
        show(f"  under {started['kmsKeyArn']}")
        evaluation = self._follow(started["batchEvaluationId"])

        say("Exporting it, as the schedule does every minute")
        report = self._invoke("ExportBatchEvaluations")["controller"]
        show(f"  exported: {', '.join(report['exported']) or 'by the schedule already'}")

        bucket, key = outputs["output_bucket"], outputs["evaluation_key_arn"]
        self._show_scores(evaluation)
        self._show_artifacts(bucket, key)
        self._show_key_use(key)
        say("Who can read what: proved from the policies that are in force now")
        table = who_can_read_what(self._client, outputs, started["batchEvaluationArn"])
        for line in table:
            show(f"  {line}" if line else "")
        _show_what_next()
        return evaluation["status"] in ("COMPLETED", "COMPLETED_WITH_ERRORS")

    def _request(self, log_groups: tuple[str, ...]) -> dict[str, Any]:
        return {
            "batchEvaluationName": "demo",
            "evaluators": [{"evaluatorId": evaluator} for evaluator in EVALUATORS],
            "dataSourceConfig": {
                "cloudWatchLogs": {"serviceNames": [SERVICE], "logGroupNames": list(log_groups)}
            },
            "evaluationMetadata": sample_ground_truth(),
        }

    def _follow(self, evaluation: str) -> dict[str, Any]:
        """Ask for the evaluation until it has ended, with a bar of the sessions that are done."""
        bar = Bar()
        while True:
            state = self._invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation})
            counts = state.get("evaluationResults", {})
            total = counts.get("totalNumberOfSessions", 0)
            ended = counts.get("numberOfSessionsCompleted", 0) + counts.get(
                "numberOfSessionsFailed", 0
            )
            bar.draw(state["status"], ended, total)
            if state["status"] not in RUNNING:
                return state
            time.sleep(0.3)

    def _show_scores(self, evaluation: dict[str, Any]) -> None:
        say("Scores (by stand-ins of the built-in evaluators: no model was asked)")
        show(f"  {'evaluator':34} {'average':>7}  evaluated  failed")
        rows = evaluation["evaluationResults"]["evaluatorSummaries"]
        for row in sorted(rows, key=lambda row: row["evaluatorId"]):
            average = row.get("statistics", {}).get("averageScore")
            shown = "-" if average is None else f"{average:.2f}"
            show(
                f"  {row['evaluatorId']:34} {shown:>7}  {row['totalEvaluated']:9}"
                f"  {row['totalFailed']:6}"
            )

    def _show_artifacts(self, bucket: str, key: str) -> None:
        say(f"Artifacts in s3://{bucket}, each with its encryption as S3 and CloudTrail report it")
        s3 = self._client("s3")
        contexts = self._encryption_contexts()
        for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            head = s3.head_object(Bucket=bucket, Key=entry["Key"])
            under = "our key" if head["SSEKMSKeyId"] == key else head["SSEKMSKeyId"]
            arn = f"arn:{self._place.partition}:s3:::{bucket}/{entry['Key']}"
            show(f"  {entry['Key']}")
            show(f"    {head['ContentLength']} bytes, {head['ServerSideEncryption']}, {under},")
            show(f"    context batchEvaluationArn = {contexts.get(arn, '(none)')}")

    def _encryption_contexts(self) -> dict[str, str]:
        """Return the evaluation ARN in the context of each object's data key, by object ARN."""
        found: dict[str, str] = {}
        for event in self._key_events("GenerateDataKey"):
            context = (event["requestParameters"] or {}).get("encryptionContext", {})
            evaluation = context.get("aws:bedrock-agentcore:batchEvaluationArn")
            if "aws:s3:arn" in context and evaluation:
                found[context["aws:s3:arn"]] = evaluation
        return found

    def _show_key_use(self, key: str) -> None:
        say("What CloudTrail says about the evaluation key")
        counts: dict[tuple[str, str, str], int] = {}
        for event in self._key_events():
            if key not in [resource.get("ARN") for resource in event.get("resources") or []]:
                continue
            row = (event["eventName"], _who(event["userIdentity"]), event.get("errorCode", ""))
            counts[row] = counts.get(row, 0) + 1
        for (name, who, outcome), count in sorted(counts.items()):
            show(f"  {count:3} x {name:20} {who} {outcome}".rstrip())
        show("  (DryRunOperationException is a permission check that would have succeeded)")

    def _key_events(self, name: str = "") -> Iterator[dict[str, Any]]:
        wanted = (
            {"AttributeKey": "EventName", "AttributeValue": name}
            if name
            else {"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}
        )
        pages = self._client("cloudtrail").get_paginator("lookup_events")
        for page in pages.paginate(LookupAttributes=[wanted]):
            for event in page["Events"]:
                yield json.loads(event["CloudTrailEvent"])

    def _invoke(self, operation: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        event = {"operation": operation, "parameters": parameters or {}}
        answer = self._client("lambda", self._operator).invoke(
            FunctionName=self._function, Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise CommandError(
                f"{operation}: {payload['errorType']}: {printable(payload['errorMessage'])}"
            )
        return payload

    def _assume(self, role_arn: str) -> Credentials:
        answer = self._client("sts").assume_role(RoleArn=role_arn, RoleSessionName="demo")
        got = answer["Credentials"]
        return got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]

    def _client(self, service: str, credentials: Credentials | None = None) -> Any:
        """Return a client over HTTP, as anybody outside would have one."""
        access_key_id, secret, token = credentials or self._keys
        return self._session.client(
            service,
            endpoint_url=self._address,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(s3={"addressing_style": "path"}),
        )


def say(title: str) -> None:
    """Begin a step."""
    show()
    show(f"==> {title}")


def _created(step: Step) -> None:
    show(f"  {step.action} {step.type.rpartition(':')[2]:40} {step.name}")


def _who(identity: dict[str, Any]) -> str:
    """Return the user or role of a CloudTrail identity and the service that it went through."""
    service = identity.get("invokedBy", "")
    if "arn" not in identity:
        return service
    name = identity["arn"].split("/")[1]
    return f"{name} through {service}" if service else name


class Bar:
    """A progress bar: drawn over itself on a terminal, a line for each change elsewhere."""

    def __init__(self) -> None:
        self._last = ""

    def draw(self, status: str, ended: int, total: int) -> None:
        filled = WIDTH * ended // total if total else 0
        bar = "#" * filled + "." * (WIDTH - filled)
        line = f"  [{bar}] {ended}/{total} sessions  {status:21}"
        if sys.stdout.isatty():
            show(line, before="\r", end="" if status in RUNNING else "\n")
        elif line != self._last:
            show(line.rstrip())
        self._last = line


def _show_what_next() -> None:
    say("What to type next")
    python = shell_word(shell.python())
    lines = (
        (f"cd {shlex.quote(str(PROJECT))}", ""),
        (f"{python} -m local up", "serve, deploy, and keep it for the AWS CLI or boto3"),
        (f"{python} -m local load", "in another shell with the lines of `up`: the sessions again"),
        ("make test", "run all tests"),
        ("less README.md", "how to deploy to AWS, and what was never run there"),
    )
    for command, comment in lines:
        show(f"  {command:34}  # {comment}" if comment else f"  {command}")
