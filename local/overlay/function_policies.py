"""Lambda's permissions as statements of a policy, in the form in which Lambda stores them.

moto stores an account id or an ARN as the whole Principal, which no policy may have.
https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html,
https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html,
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.call import Answer, Call
from local.faults import AwsError
from local.policy_state import Document, PolicyState, StoredPolicy
from local.wire import Response
from policies.access import MalformedPolicyError, PolicyKind, parse_policy

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, resource-based policy
_LARGEST = 20 * 1024
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


@dataclass(frozen=True)
class _Place:
    """The policy that a call is about, and how statements are added to it and removed."""

    policy: StoredPolicy
    add: Callable[[Document], None]
    remove: Callable[[str], None]


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

    def __call__(self, call: Call, onward: Answer) -> Response:
        """Answer a call of Lambda; raises AwsError as Lambda does."""
        if call.action in ("AddPermission", "RemovePermission"):
            place = self._of_function(call)
        elif call.action in ("AddLayerVersionPermission", "RemoveLayerVersionPermission"):
            place = self._of_layer(call)
        else:
            return onward(call)
        _check_revision(call, place.policy)
        if call.action.startswith("Add"):
            return self._add(call, place)
        sid = str(call.parameters["StatementId"])
        if not any(statement["Sid"] == sid for statement in place.policy.statements):
            message = f"Statement {sid} is not found in resource policy."
            raise AwsError("ResourceNotFoundException", message, 404)
        place.remove(sid)
        return Response(204)

    def _of_function(self, call: Call) -> _Place:
        account, name = call.account, str(call.parameters["FunctionName"])
        qualifier = call.query("Qualifier")
        policy = self._policies.function(account, name, qualifier)
        if policy is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)
        return _Place(
            policy,
            lambda statement: self._policies.add_to_function(account, name, qualifier, statement),
            lambda sid: self._policies.remove_from_function(account, name, qualifier, sid),
        )

    def _of_layer(self, call: Call) -> _Place:
        account, name = call.account, str(call.parameters["LayerName"])
        version = str(call.parameters["VersionNumber"])
        policy = self._policies.layer(account, name, version)
        if policy is None:
            raise AwsError(
                "ResourceNotFoundException", f"Layer version {name}:{version} does not exist.", 404
            )
        return _Place(
            policy,
            lambda statement: self._policies.add_to_layer(account, name, version, statement),
            lambda sid: self._policies.remove_from_layer(account, name, version, sid),
        )

    def _add(self, call: Call, place: _Place) -> Response:
        given, policy = call.parameters, place.policy
        sid = str(given["StatementId"])
        if any(statement["Sid"] == sid for statement in policy.statements):
            raise AwsError(
                "ResourceConflictException",
                f"The statement id ({sid}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement.",
                409,
            )
        statement = self._statement(given, _resource(policy.arn, call.query("Qualifier")))
        _check_document({"Version": "2012-10-17", "Statement": [*policy.statements, statement]})
        place.add(statement)
        body = json.dumps({"Statement": json.dumps(statement, separators=(",", ":"))})
        return Response(201, {"content-type": "application/json"}, body.encode())

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


def _resource(arn: str, qualifier: str | None) -> str:
    named = qualifier not in (None, "$LATEST") and not arn.endswith(f":{qualifier}")
    return f"{arn}:{qualifier}" if named else arn


def _check_revision(call: Call, policy: StoredPolicy) -> None:
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
        parse_policy(document, PolicyKind.RESOURCE)
    except MalformedPolicyError as error:
        if any(".Principal" in fault.path for fault in error.faults):
            raise _invalid_principal() from None
        raise AwsError("InvalidParameterValueException", str(error)) from None


def _invalid_principal() -> AwsError:
    return AwsError(
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    )
