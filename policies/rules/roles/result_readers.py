"""Principals beside callers that read or delete results, by the API or in their log group.

Results in CloudWatch Logs are readable for whoever may read the group, without the evaluation key.
What a holder's own policies deny it does not do: that is asked of each finding.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_access import evaluation_arns
from ...analysis.identity_access import reaching
from ...framework.controls import nist
from ...framework.rule import READERS, About, Settings, StackRule
from ...model.resource import Resource

PAGE = (
    "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html"
)
EVALUATION_ACTIONS = (
    "bedrock-agentcore:DeleteBatchEvaluation",
    "bedrock-agentcore:GetBatchEvaluation",
    "bedrock-agentcore:StopBatchEvaluation",
)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
LOG_ACTIONS = (
    "logs:CreateExportTask",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:PutRetentionPolicy",
    "logs:StartLiveTail",
    "logs:StartQuery",
)


def evaluation_readers(
    key: Resource, environment: Environment, settings: Settings
) -> Iterator[str]:
    """Who may read, stop or delete evaluations under the key, and is not named in its policy."""
    policy = environment.keys.key_policy(key)
    scope = () if policy is None else tuple(dict.fromkeys(evaluation_arns(policy)))
    scope = scope or (environment.deployment.target(key).evaluations,)
    for holder, said in reaching(environment, EVALUATION_ACTIONS, scope, "its evaluations"):
        named = environment.is_named(holder, "kms:Decrypt")
        if not named and holder.text("name") not in settings.texts("readers"):
            yield f"{said}; remove it, or name it in readers"


def log_readers(group: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Who may read what the group holds, or delete it, at once or after a day."""
    target = environment.deployment.target(group)
    start = f"arn:{target.partition}:logs:{target.region}:{target.account}:log-group"
    arn = f"{start}:{group.text('name')}"
    for holder, said in reaching(environment, LOG_ACTIONS, (arn, f"{arn}:*"), "it"):
        if holder.text("name") not in settings.texts("readers"):
            yield f"{said}; remove it, or name it in readers"


EVALUATION_READERS = StackRule(
    About(
        "evaluation-readers",
        "No role, user or group of the stack but callers reads, stops or deletes evaluations.",
        Severity.HIGH,
        "Remove the actions, or name who is meant to read in the key policy or in readers.",
        PAGE,
        controls=nist("AC-3", "AC-6"),
        parameters={"readers": READERS},
    ),
    lambda environment: environment.keys.evaluation_keys,
    "no key here is one that batch evaluations use",
    evaluation_readers,
)
RESULT_READERS = StackRule(
    About(
        "result-log-readers",
        "No role, user or group of the stack but callers reads or deletes results in logs.",
        Severity.HIGH,
        "Remove the log group from the policy, or name who is meant to read in readers.",
        PAGE,
        controls=nist("AC-3", "AC-6", "AU-9"),
        parameters={"readers": READERS},
    ),
    lambda environment: environment.controllers.result_groups,
    "no log group here takes results of batch evaluations",
    log_readers,
)
