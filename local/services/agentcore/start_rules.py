"""The rules on StartBatchEvaluation that the documentation gives and the service model cannot.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html and
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-start.html. Where
the local endpoint leaves something out, or AWS does not say, the rule's comment says so.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local.aws_api.service_model import Fault
from local.aws_api.timestamps import moment
from local.services.agentcore.evaluators.builtin import CATALOGUE, FAILURE_ANALYSIS

RESERVED_GROUPS = "/aws/bedrock-agentcore/evaluations/"
DEFAULT_RESULT_GROUP = f"{RESERVED_GROUPS}batch-evaluations/results/default"
MAX_LOG_NAME = 512

_LOGS = "dataSourceConfig.cloudWatchLogs"
_OUTPUT = "outputConfig.cloudWatchConfig"


def rule_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield each broken rule; members of a wrong type are left to the model's own check."""
    yield from _source_faults(request)
    yield from _evaluator_faults(request)
    yield from _output_faults(request)
    yield from _metadata_faults(request)
    yield from _dataset_faults(request)


def _source_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    source = _object(request, "dataSourceConfig")
    if source.get("onlineEvaluationConfigSource") is not None:
        # Online evaluation is not part of the local endpoint.
        yield Fault(
            "dataSourceConfig.onlineEvaluationConfigSource",
            "is not supported by the local endpoint: use cloudWatchLogs",
        )
    if not isinstance(source.get("cloudWatchLogs"), dict):
        return
    logs = _object(source, "cloudWatchLogs")
    # An empty logGroupNames is the member's default and means that none was given.
    given = [name for name in ("logGroupNames", "logGroupNamePrefixes") if logs.get(name)]
    if len(given) != 1:
        yield Fault(
            _LOGS,
            "must have exactly one of logGroupNames and logGroupNamePrefixes, found "
            + (" and ".join(given) or "neither"),
        )
    window = _object(_object(logs, "filterConfig"), "timeRange")
    start, end = _moment(window.get("startTime")), _moment(window.get("endTime"))
    if start is not None and end is not None and start >= end:
        yield Fault(f"{_LOGS}.filterConfig.timeRange", "must have a startTime before its endTime")


def _evaluator_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    evaluators, insights = _objects(request, "evaluators"), _objects(request, "insights")
    # AWS does not say what a request with neither gets. It would have nothing to do.
    if not evaluators and not insights:
        yield Fault("evaluators", "must name at least one evaluator")
    seen: set[str] = set()
    for index, evaluator in enumerate(evaluators):
        identifier, path = evaluator.get("evaluatorId"), f"evaluators[{index}].evaluatorId"
        if not isinstance(identifier, str):
            continue
        if identifier in seen:
            yield Fault(path, f"names {identifier} a second time")
        elif identifier.startswith("ThirdParty."):
            yield Fault(path, f"{identifier} is not supported by the local endpoint")
        elif identifier not in CATALOGUE and identifier != FAILURE_ANALYSIS:
            yield Fault(path, f"names an evaluator that does not exist: {identifier}")
        seen.add(identifier)
    for index, insight in enumerate(insights):
        if isinstance(insight.get("insightId"), str):
            yield Fault(
                f"insights[{index}].insightId",
                f"is not supported by the local endpoint: use evaluator {FAILURE_ANALYSIS}",
            )


def _output_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    output = _object(_object(request, "outputConfig"), "cloudWatchConfig")
    group, namespace = output.get("logGroupName"), output.get("metricsNamespace")
    if isinstance(group, str) and group:
        if group.startswith(RESERVED_GROUPS) and group != DEFAULT_RESULT_GROUP:
            yield Fault(f"{_OUTPUT}.logGroupName", f"must not lie under {RESERVED_GROUPS}")
        if output.get("resultDestination") == "SOURCE_LOG_GROUP":
            yield Fault(
                f"{_OUTPUT}.logGroupName",
                "must be left out when resultDestination is SOURCE_LOG_GROUP",
            )
        # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
        if len(group) > MAX_LOG_NAME:
            yield Fault(
                f"{_OUTPUT}.logGroupName",
                f"must have at most {MAX_LOG_NAME} characters, found {len(group)}",
            )
    stream = output.get("logStreamName")
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
    if isinstance(stream, str) and len(stream) > MAX_LOG_NAME:
        yield Fault(
            f"{_OUTPUT}.logStreamName",
            f"must have at most {MAX_LOG_NAME} characters, found {len(stream)}",
        )
    if isinstance(namespace, str) and namespace.startswith("AWS/"):
        yield Fault(f"{_OUTPUT}.metricsNamespace", "must not begin with AWS/")


def _metadata_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, entry in enumerate(
        _objects(_object(request, "evaluationMetadata"), "sessionMetadata")
    ):
        session_id = entry.get("sessionId")
        if isinstance(session_id, str) and session_id in seen:
            # Two ground truths for one session cannot both be right.
            yield Fault(
                f"evaluationMetadata.sessionMetadata[{index}].sessionId",
                f"names {session_id} a second time",
            )
        if isinstance(session_id, str):
            seen.add(session_id)


def _dataset_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    if request.get("datasetExecutionConfig") is None:
        return
    # Running a dataset needs an agent on AgentCore Runtime, which is no part of the local endpoint.
    yield Fault("datasetExecutionConfig", "is not supported by the local endpoint")
    if request.get("insights"):
        yield Fault("insights", "must be left out when datasetExecutionConfig is given")
    if _object(request, "dataSourceConfig").get("onlineEvaluationConfigSource") is not None:
        yield Fault(
            "dataSourceConfig.onlineEvaluationConfigSource",
            "must be left out when datasetExecutionConfig is given",
        )


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _objects(parent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = parent.get(name)
    if not isinstance(value, list):
        return []
    return [entry if isinstance(entry, dict) else {} for entry in value]


def _moment(text: Any) -> float | None:
    try:
        return moment(text) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None
