"""SQS's permissions as statements of a queue's policy.

moto stores any text for an account id, and fails on a policy whose statements have no Sid.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
"""

import re
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import queue_of
from local.moto_backend.policies import Document, PolicyState

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MOST_ACTIONS = 7
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
_MOST_STATEMENTS, _MOST_PRINCIPALS = 20, 50
# Only the owner may be given the others.
_ACTIONS = frozenset(
    {"*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl"}
    | {"ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage"}
)


class QueuePolicies:
    """A layer in front of moto's SQS."""

    def __init__(self, policies: PolicyState, partition: str) -> None:
        self._policies = policies
        self._partition = partition

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of SQS; raises AwsError as SQS does."""
        queue = queue_of(call.parameters.get("QueueUrl"))
        if call.action not in ("AddPermission", "RemovePermission") or queue is None:
            return next_handler(call)
        document = self._policies.queue(*queue)
        if document is None:
            raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")
        label = str(call.parameters.get("Label"))
        change = self._added if call.action == "AddPermission" else _removed
        arn = f"arn:{self._partition}:sqs:{call.region}:{queue[0]}:{queue[1]}"
        statements = change(call.parameters, label, document["Statement"], arn)
        named = {"Id": f"{arn}/SQSDefaultPolicy", **document, "Statement": statements}
        self._policies.keep_queue(*queue, named)
        return _empty(call)

    def _added(
        self, given: dict[str, Any], label: str, statements: list[Document], arn: str
    ) -> list[Document]:
        if not _LABEL.fullmatch(label):
            raise _invalid(label, "Label", "Can only include alphanumeric characters, - and _.")
        if any(statement.get("Sid") == label for statement in statements):
            raise _invalid(label, "Label", "Already exists.")
        accounts, actions = list(given["AWSAccountIds"]), list(given["Actions"])
        if not accounts or not actions:
            missing = "AWSAccountIds" if not accounts else "Actions"
            raise AwsError("MissingParameter", f"The request must contain the parameter {missing}.")
        for account in accounts:
            if not re.fullmatch(r"[0-9]{12}", account):
                raise _invalid(account, "PrincipalId", "Unable to verify.")
        for action in actions:
            if action not in _ACTIONS:
                reason = "Only the queue owner is allowed to invoke this action."
                raise _invalid(f"SQS:{action}", "ActionName", reason)
        if len(actions) > _MOST_ACTIONS:
            raise _over(f"{len(actions)} Actions", f"{_MOST_ACTIONS} Actions")
        if len(accounts) > _MOST_PRINCIPALS:
            raise _over(f"{len(accounts)} principals", f"{_MOST_PRINCIPALS} principals")
        if len(statements) >= _MOST_STATEMENTS:
            raise _over(f"{len(statements) + 1} statements", f"{_MOST_STATEMENTS} statements")
        roots = [f"arn:{self._partition}:iam::{account}:root" for account in accounts]
        names = [f"SQS:{action}" for action in actions]
        added = {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": roots if len(roots) > 1 else roots[0]},
            "Action": names if len(names) > 1 else names[0],
            "Resource": arn,
        }
        return [*statements, added]


def _removed(
    _given: dict[str, Any], label: str, statements: list[Document], _arn: str
) -> list[Document]:
    kept = [statement for statement in statements if statement.get("Sid") != label]
    if len(kept) == len(statements):
        raise _invalid(label, "Label", "can't find label on existing policy.")
    return kept


def _invalid(value: str, parameter: str, reason: str) -> AwsError:
    return AwsError(
        "InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. "
        f"Reason: {reason}"
    )  # fmt: skip


def _over(found: str, most: str) -> AwsError:
    return AwsError("OverLimit", f"{found} were found, maximum allowed is {most}.")


def _empty(call: RequestContext) -> Response:
    if call.protocol != "query":
        return Response(200, {"content-type": "application/x-amz-json-1.0"}, b"{}")
    name = f"{call.action}Response"
    identifier = f"<ResponseMetadata><RequestId>{call.request_id}</RequestId></ResponseMetadata>"
    space = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"'
    body = f'<?xml version="1.0"?><{name} {space}>{identifier}</{name}>'
    return Response(200, {"content-type": "text/xml"}, body.encode())
