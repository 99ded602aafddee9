"""The permissions and trust policies of the controller, operator and schedule roles."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..config.deployment_target import DeploymentTarget
from ..config.names import Names
from . import actions
from .key_policies import evaluation_patterns
from .statements import Document, document, one_or_many, sorted_values


def _trust(sid: str, principal: Document, condition: Document | None = None) -> Document:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    return document(statement if condition is None else {**statement, "Condition": condition})


def controller_trust(target: DeploymentTarget) -> Document:
    """Let Lambda take the controller's role, for functions of this account only.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    return _trust(
        "AllowLambda",
        {"Service": "lambda.amazonaws.com"},
        {"StringEquals": {"aws:SourceAccount": target.account}},
    )


def schedule_trust(names: Names) -> Document:
    """Let EventBridge Scheduler take the schedule's role, for our schedule group only.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    names the group's ARN, not the schedule's, as the source.
    """
    target = names.target
    group = target.arn("scheduler", f"schedule-group/{names.schedule_group}")
    return _trust(
        "AllowScheduler",
        {"Service": "scheduler.amazonaws.com"},
        {"StringEquals": {"aws:SourceAccount": target.account, "aws:SourceArn": group}},
    )


def operator_trust(target: DeploymentTarget, operators: Sequence[str]) -> Document:
    """Let the operators take their role; without any, IAM policies of the account decide."""
    return _trust("AllowOperators", {"AWS": sorted_values(operators or [target.account_principal])})


def controller_policy(
    names: Names,
    name_prefixes: Sequence[str],
    source_log_groups: Sequence[str],
    allow_delete: bool,
) -> Document:
    """Return what the controller's role may do.

    It holds no KMS action (the key policies name the role) and no PassRole (a batch evaluation runs
    under its caller: there is no role to hand over).
    """
    target = names.target
    in_region = {"StringEquals": {"aws:RequestedRegion": target.region}}
    patterns = evaluation_patterns(name_prefixes, ())
    evaluations = [target.evaluation_arn(pattern) for pattern in patterns]
    results = _log_group_arns(target, [names.result_log_group])
    bucket = target.bucket_arn(names.bucket)
    writing = sorted((*actions.RESULT_LOG_WRITING, *(["logs:DeleteLogStream"] * allow_delete)))
    return document(
        _allow("AllowStartAndList", actions.EVALUATION_START, ["*"], Condition=in_region),
        _allow("AllowEvaluations", actions.EVALUATION_CONTROL, evaluations),
        _allow("AllowLogGroupSearch", ("logs:DescribeLogGroups",), ["*"], Condition=in_region),
        _allow(
            "AllowLogReading",
            actions.LOG_READING,
            [*_log_group_arns(target, source_log_groups), *results],
        ),
        _allow("AllowResultLogs", writing, results),
        _allow(
            "AllowFunctionLogs",
            actions.FUNCTION_LOG_WRITING,
            _log_group_arns(target, [names.function_log_group]),
        ),
        _allow("AllowExportListing", actions.EXPORT_LISTING, [bucket]),
        _allow("AllowExportObjects", actions.EXPORT_OBJECTS, [f"{bucket}/*"]),
        _allow(
            "AllowFailureReports",
            ("sqs:SendMessage",),
            [target.arn("sqs", names.failure_queue)],
        ),
        _allow("AllowTracing", actions.TRACING, ["*"], Condition=in_region),
    )


def operator_policy(names: Names) -> Document:
    """Let operators invoke the controller, and nothing else."""
    return document(_allow("AllowController", ("lambda:InvokeFunction",), [_function(names)]))


def schedule_policy(names: Names) -> Document:
    """Let the schedule invoke the controller and report what it could not deliver."""
    return document(
        _allow("AllowController", ("lambda:InvokeFunction",), [_function(names)]),
        _allow(
            "AllowFailureReports",
            ("sqs:SendMessage",),
            [names.target.arn("sqs", names.schedule_failure_queue)],
        ),
    )


def _function(names: Names) -> str:
    return names.target.arn("lambda", f"function:{names.function}")


def _log_group_arns(target: DeploymentTarget, log_groups: Sequence[str]) -> list[str]:
    """Return the ARNs of log groups given by name or by prefix (`…*`).

    Tagging takes a group's ARN without `:*`, every other action with it:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    arns = [target.log_group_arn(group) for group in log_groups]
    return [form for arn in arns for form in ((arn,) if arn.endswith("*") else (arn, f"{arn}:*"))]


def _allow(sid: str, action: Sequence[str], resource: Iterable[str], **more: Any) -> Document:
    """Return an Allow statement of an identity policy."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": one_or_many(action),
        "Resource": sorted_values(resource),
        **more,
    }
