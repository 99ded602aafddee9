"""The person whom the endpoint knows beside the deployer: somebody who evaluates agents."""

from typing import Any

from local.aws_api.caller import DeploymentTarget

_EVALUATIONS = ("DeleteBatchEvaluation", "GetBatchEvaluation", "StopBatchEvaluation")
_READING = ("FilterLogEvents", "GetLogEvents", "GetQueryResults", "StartQuery")
_WRITING = (
    "CreateLogGroup",
    "CreateLogStream",
    "PutLogEvents",
    "PutRetentionPolicy",
    "TagResource",
)
# By the names that an environment gives its log groups.
_OPERATIONS_LOGS = ("*-results", "/aws/lambda/*-controller")


def developer_policy(place: DeploymentTarget) -> dict[str, Any]:
    """What AWS documents as the least for a caller, and the way to operator roles and results.

    docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html; Start and
    List take no resource, and TagResource belongs to the same chain of calls. Use of the keys is
    not here: the key policies give it to the settings `callers` and `operationsReaders`, and the
    last statements let a reader come to what is under the operations key.
    """

    def arn(service: str, resource: str) -> str:
        region = "" if service == "iam" else place.region
        return f"arn:{place.partition}:{service}:{region}:{place.account}:{resource}"

    def groups(*prefixes: str) -> list[str]:
        return [arn("logs", f"log-group:{prefix}*") for prefix in prefixes]

    evaluations = "/aws/bedrock-agentcore/evaluations/"
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(
                "AllowStartAndList",
                "bedrock-agentcore",
                ("ListBatchEvaluations", "StartBatchEvaluation"),
                "*",
            ),
            _allow(
                "AllowEvaluations",
                "bedrock-agentcore",
                _EVALUATIONS,
                arn("bedrock-agentcore", "batch-evaluate/*"),
            ),
            _allow("AllowLogGroupSearch", "logs", ("DescribeLogGroups",), "*"),
            _allow(
                "AllowLogReading",
                "logs",
                _READING,
                groups("aws/spans", "/aws/bedrock-agentcore/runtimes/", evaluations),
            ),
            _allow("AllowResultLogs", "logs", _WRITING, groups(evaluations)),
            _allow(
                "AllowOperationsLogs",
                "logs",
                _READING,
                [arn("logs", f"log-group:{group}:*") for group in _OPERATIONS_LOGS],
            ),
            _allow(
                "AllowFailedRequests",
                "sqs",
                ("DeleteMessage", "GetQueueUrl", "ReceiveMessage"),
                arn("sqs", "*-failures"),
            ),
            _allow(
                "AllowOperatorRoles",
                "sts",
                ("AssumeRole",),
                arn("iam", f"role/*-operator-{place.region}"),
            ),
        ],
    }


def _allow(
    sid: str, service: str, actions: tuple[str, ...], resource: str | list[str]
) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": resource,
    }
