"""Checks that the resource which a call changes exists: AWS reports that error first."""

from local.aws_api.request_context import RequestContext
from local.aws_api.request_parsing import queue_of
from local.services.account import Account
from local.services.reference import Members


def is_there(call: RequestContext, members: Members, account: Account) -> bool:
    """Whether a call makes a resource, or changes one that exists."""
    state = account.state
    match call.service, call.action:
        case "lambda", action if not action.startswith("Create"):
            name = members.get("FunctionName") or members.get("Resource")
            return state.function(call.account, str(name)) is not None
        case "scheduler", action:
            group = members.get("GroupName") or "default"
            if group not in state.schedule_groups():
                return False
            made = {(one["GroupName"], one["Name"]) for one in state.schedules()}
            return action == "CreateSchedule" or (group, members.get("Name")) in made
        case "s3", _:
            return state.bucket_owner(str(members.get("Bucket"))) is not None
        case "sqs", "SetQueueAttributes":
            queue = queue_of(members.get("QueueUrl"))
            return queue is not None and state.queue_arn(*queue) is not None
        case "iam", "UpdateAssumeRolePolicy":
            return account.iam.find(call.account, "Role", str(members["RoleName"])) is not None
        case _:
            return True
