"""Lambda's permissions as statements of a policy, in the form in which Lambda stores them.

moto stores an account id or an ARN as the whole Principal, which no policy may have.
https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html,
https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html,
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import function_name
from local.moto_backend.policies import Document, PolicyState, StoredPolicy
from policies.iam import MalformedPolicyError, PolicyType, parse_policy

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, resource-based policy
_LARGEST = 20 * 1024
_JSON = {"content-type": "application/json"}
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")
_CONDITIONS = (
    ("ArnLike", "AWS:SourceArn", "SourceArn"),
    ("StringEquals", "AWS:SourceAccount", "SourceAccount"),
    ("StringEquals", "aws:PrincipalOrgID", "PrincipalOrgID"),
    ("StringEquals", "aws:PrincipalOrgID", "OrganizationId"),
    ("StringEquals", "lambda:EventSourceToken", "EventSourceToken"),
    ("StringEquals", "lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
    ("Bool", "lambda:InvokedViaFunctionUrl", "InvokedViaFunctionUrl"),
)


_OF_FUNCTIONS = frozenset({"AddPermission", "GetPolicy", "RemovePermission"})
_OF_LAYERS = frozenset(
    {"AddLayerVersionPermission", "GetLayerVersionPolicy", "RemoveLayerVersionPermission"}
)


class FunctionPolicies:
    """A layer in front of moto's Lambda.

    `exists` tells whether an IAM principal's ARN, account id or `*` is known.
    """

    def __init__(
        self, policies: PolicyState, partition: str, exists: Callable[[str], bool]
    ) -> None:
        self._policies = policies
        self._partition = partition
        self._exists = exists

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of Lambda; raises AwsError as Lambda does."""
        if call.action in _OF_FUNCTIONS:
            policy = self._of_function(call)
        elif call.action in _OF_LAYERS:
            policy = self._of_layer(call)
        else:
            return next_handler(call)
        if call.action.startswith("Get"):
            return _shown(policy)
        _check_revision(call, policy)
        if call.action.startswith("Add"):
            return self._add(call.parameters, policy)
        sid = str(call.parameters["StatementId"])
        if not any(statement["Sid"] == sid for statement in policy.statements):
            message = f"Statement {sid} is not found in resource policy."
            raise AwsError("ResourceNotFoundException", message, 404)
        self._policies.remove(policy, sid)
        return Response(204)

    def _of_function(self, call: RequestContext) -> StoredPolicy:
        name = str(call.parameters["FunctionName"])
        bare, qualifier = function_name(name)
        qualifier = qualifier or call.query("Qualifier") or ""
        policy = self._policies.function(call.account, bare, qualifier or None)
        if policy is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)
        return policy

    def _of_layer(self, call: RequestContext) -> StoredPolicy:
        name, version = str(call.parameters["LayerName"]), str(call.parameters["VersionNumber"])
        policy = self._policies.layer(call.account, name, version)
        if policy is None:
            raise AwsError(
                "ResourceNotFoundException", f"Layer version {name}:{version} does not exist.", 404
            )
        return policy

    def _add(self, given: dict[str, Any], policy: StoredPolicy) -> Response:
        sid = str(given["StatementId"])
        if any(statement["Sid"] == sid for statement in policy.statements):
            raise AwsError(
                "ResourceConflictException",
                f"The statement id ({sid}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement.",
                409,
            )
        statement = self._statement(given, policy.arn)
        _check_document(_document([*policy.statements, statement]))
        self._policies.add(policy, statement)
        body = json.dumps({"Statement": json.dumps(statement, separators=(",", ":"))})
        return Response(201, _JSON, body.encode())

    def _statement(self, given: dict[str, Any], resource: str) -> Document:
        statement: Document = {
            "Sid": str(given["StatementId"]),
            "Effect": "Allow",
            "Principal": self._principal(str(given["Principal"])),
            "Action": str(given["Action"]),
            "Resource": resource,
        }
        condition: dict[str, dict[str, str]] = {}
        for operator, key, member in _CONDITIONS:
            if member in given:
                value = given[member]
                text = str(value).lower() if isinstance(value, bool) else str(value)
                condition.setdefault(operator, {})[key] = text
        return {**statement, "Condition": condition} if condition else statement

    def _principal(self, text: str) -> str | dict[str, str]:
        if text == "*":
            return text
        if _SERVICE.fullmatch(text):
            return {"Service": text}
        if re.fullmatch(r"[0-9]{12}", text):
            return {"AWS": f"arn:{self._partition}:iam::{text}:root"}
        if text.startswith("arn:") and self._exists(text):
            return {"AWS": text}
        raise _invalid_principal()


def _document(statements: Sequence[Document]) -> Document:
    return {"Version": "2012-10-17", "Id": "default", "Statement": list(statements)}


def _shown(policy: StoredPolicy) -> Response:
    if not policy.statements:
        message = "The resource you requested does not exist."
        raise AwsError("ResourceNotFoundException", message, 404)
    text = json.dumps(_document(policy.statements), separators=(",", ":"))
    body = json.dumps({"Policy": text, "RevisionId": policy.revision})
    return Response(200, _JSON, body.encode())


def _check_revision(call: RequestContext, policy: StoredPolicy) -> None:
    revision = call.parameters.get("RevisionId") or call.query("RevisionId")
    if revision is not None and revision != policy.revision:
        raise AwsError(
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId. Call the GetPolicy "
            "API to retrieve the latest RevisionId for your resource.",
            412,
        )


def _check_document(document: Document) -> None:
    """Raise Lambda's errors for a policy that would be too long, or could not be read."""
    size = len(json.dumps(document, separators=(",", ":")))
    if size > _LARGEST:
        raise AwsError(
            "PolicyLengthExceededException",
            f"The final policy size ({size}) is bigger than the limit ({_LARGEST}).",
        )
    try:
        parse_policy(document, PolicyType.RESOURCE)
    except MalformedPolicyError as error:
        if any(".Principal" in fault.path for fault in error.faults):
            raise _invalid_principal() from None
        raise AwsError("InvalidParameterValueException", str(error)) from None


def _invalid_principal() -> AwsError:
    return AwsError(
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    )
