"""EventBridge Scheduler: roles, groups and keys of schedules.

It does not check that a target or a dead-letter queue exists, or that the role may use them: such
schedules are made and cannot deliver.
docs.aws.amazon.com/scheduler/latest/UserGuide/troubleshooting.html
"""

from collections.abc import Sequence

from local.aws_api.request_context import RequestContext
from local.services.account import Account
from local.services.reference import Members, Reference

_WRITING = ("CreateSchedule", "UpdateSchedule")
_SERVICE = "scheduler.amazonaws.com"


def _role(call: RequestContext, members: Members, account: Account) -> str | None:
    # The Scheduler names the schedule's group as the source, and not the schedule.
    group = account.arn(call, "scheduler", f"schedule-group/{members.get('GroupName', 'default')}")
    role = str((members.get("Target") or {}).get("RoleArn"))
    if account.is_assumable(_SERVICE, role, group):
        return None
    return "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


def _key(call: RequestContext, members: Members, account: Account) -> str | None:
    key = members.get("KmsKeyArn")
    if not key:
        return None
    name = f"schedule/{members.get('GroupName', 'default')}/{members.get('Name')}"
    context = {"aws:scheduler:schedule:arn": account.arn(call, "scheduler", name)}
    making = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context, "DryRun": True}
    refusal = account.ask_kms("scheduler", call.acting, "DescribeKey", {"KeyId": key})
    refusal = refusal or account.ask_kms("scheduler", call.acting, "GenerateDataKey", making)
    if refusal is None:
        return None
    return f"The KMS key {key} cannot be used. {refusal.code}: {refusal.message}"


REFERENCES: Sequence[Reference] = (
    Reference(
        "scheduler",
        _WRITING,
        "Target.RoleArn",
        "exists and trusts `scheduler.amazonaws.com`, with the group as aws:SourceArn",
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        "scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html",
        _role,
    ),
    Reference(
        "scheduler",
        _WRITING,
        "GroupName",
        "exists",
        "ResourceNotFoundException",
        "does not exist.",
        "scheduler/latest/APIReference/API_CreateSchedule.html",
        status=404,
    ),
    Reference(
        "scheduler",
        _WRITING,
        "KmsKeyArn",
        "exists, is enabled, and the caller may DescribeKey and GenerateDataKey (AWS names the "
        "permissions and not the error)",
        "ValidationException",
        "cannot be used.",
        "scheduler/latest/UserGuide/encryption-rest.html",
        _key,
    ),
)
