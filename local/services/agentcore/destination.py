"""The log group and stream that results go to, made and written with the caller's permissions.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-start.html: an own
group is used as it is when it exists and made when it does not; the default group is the service's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget
from local.services.agentcore.sources import denied, missing_permission
from local.services.agentcore.start_rules import DEFAULT_RESULT_GROUP

DEFAULT_NAMESPACE = "Bedrock-AgentCore/Evaluations"
# AWS does not say what retention the service sets.
RETENTION_DAYS = 90
# AWS does not say what tag either.
TAGS = {"aws-service": "bedrock-agentcore"}
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MAX_BATCH_BYTES = 1_048_576
MAX_BATCH_EVENTS = 10_000
EVENT_OVERHEAD = 26
MAX_BATCH_MILLISECONDS = 24 * 60 * 60 * 1000

_FIELD = "outputConfig.cloudWatchConfig.logGroupName"


def output_config(request: Mapping[str, Any], evaluation_id: str) -> dict[str, Any]:
    """Return the cloudWatchConfig in force: what the request leaves out is filled in."""
    asked = (request.get("outputConfig") or {}).get("cloudWatchConfig") or {}
    destination = asked.get("resultDestination") or "DEDICATED_LOG_GROUP"
    output = {
        "logStreamName": asked.get("logStreamName") or f"run-{evaluation_id}",
        "metricsNamespace": asked.get("metricsNamespace") or DEFAULT_NAMESPACE,
        "resultDestination": destination,
    }
    if destination == "DEDICATED_LOG_GROUP":
        output["logGroupName"] = asked.get("logGroupName") or DEFAULT_RESULT_GROUP
    return output


def prepare(logs: Any, place: DeploymentTarget, account: str, output: Mapping[str, Any]) -> None:
    """Make sure that the dedicated group and its stream exist.

    The service calls CreateLogGroup each time, and IAM refuses before anything is said about a
    group that exists, so the caller needs that permission always. Retention and tag are set on the
    default group and on a group just made, never on a group of the caller's that was there. Raises
    the service's ValidationException for a missing permission.
    """
    group = output["logGroupName"]
    with _explained(
        f"Cannot verify log group {group}: ensure the execution role has logs:DescribeLogGroups"
    ):
        logs.describe_log_groups(logGroupNamePrefix=group)
    with _explained("FAS credentials do not have permission to create CloudWatch log groups"):
        new = made(logs.create_log_group, logGroupName=group)
    if new or group == DEFAULT_RESULT_GROUP:
        with _explained("FAS credentials do not have permission to set log group retention policy"):
            logs.put_retention_policy(logGroupName=group, retentionInDays=RETENTION_DAYS)
        arn = f"arn:{place.partition}:logs:{place.region}:{account}:log-group:{group}"
        with _explained("FAS credentials do not have permission to tag CloudWatch log groups"):
            logs.tag_resource(resourceArn=arn, tags=TAGS)
    with _explained("FAS credentials do not have permission to create CloudWatch log streams"):
        made(logs.create_log_stream, logGroupName=group, logStreamName=output["logStreamName"])


def write(logs: Any, group: str, stream: str, events: Sequence[Mapping[str, Any]]) -> None:
    """Put events, sorted by timestamp, into a stream, making it where it is missing.

    Raises ClientError when CloudWatch Logs refuses, RuntimeError when it drops events.
    """
    made(logs.create_log_stream, logGroupName=group, logStreamName=stream)
    for batch in batches(events):
        answer = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)
        if answer.get("rejectedLogEventsInfo"):
            raise RuntimeError(f"{group}: events were dropped: {answer['rejectedLogEventsInfo']}")


def batches(events: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Cut events, sorted by timestamp, into requests that PutLogEvents takes."""
    batch: list[Mapping[str, Any]] = []
    size = 0
    for event in events:
        weight = len(event["message"].encode()) + EVENT_OVERHEAD
        if batch and (
            size + weight > MAX_BATCH_BYTES
            or len(batch) == MAX_BATCH_EVENTS
            or event["timestamp"] - batch[0]["timestamp"] >= MAX_BATCH_MILLISECONDS
        ):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch


def made(create: Callable[..., Any], **names: str) -> bool:
    """Create a group or a stream; False when it was there already."""
    try:
        create(**names)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceAlreadyExistsException":
            raise
        return False
    return True


@contextmanager
def _explained(message: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if denied(error):
            raise missing_permission(_FIELD, message, error) from error
        raise
