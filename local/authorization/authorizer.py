"""The layer that lets a call through or denies it, by the policies in force."""

from dataclasses import replace
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import xmltodict

from local.authorization.condition_keys import Context, request_context, resource_context
from local.authorization.document_validation import check_documents, read_document
from local.authorization.required_permissions import needs_of
from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, ForwardAccessSession, ServicePrincipal
from local.aws_api.caller import Principal as Signer
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.required_permission import RequiredPermission
from local.moto_backend.policies_in_force import Identity, PoliciesInForce, UnreadablePolicyError
from local.runtime.clock import Clock
from local.services.s3 import permissions
from policies.iam import (
    Decision,
    Policies,
    PolicyType,
    Principal,
    Request,
    is_authorized,
    would_lock_out,
)

# docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each service's own page: the
# XML services say AccessDenied, and SQS kept that when it learnt JSON.
_ACCESS_DENIED = frozenset({"iam", "s3", "sqs", "sts"})
_JSON_STATUS = 400


class Authorizer:
    """Decides each call for whoever makes it: a user, a role's session, or a service."""

    def __init__(self, place: DeploymentTarget, clock: Clock, stored: PoliciesInForce) -> None:
        self._place = place
        self._clock = clock
        self._stored = stored

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Let a call through; raises AwsError as the service denies."""
        if self._is_own_resource(call):
            return next_handler(call)
        try:
            return self._decided(call, next_handler)
        except UnreadablePolicyError as error:
            raise _denied(call, str(error)) from None

    def _decided(self, call: RequestContext, next_handler: Answer) -> Response:
        asking = _Asking(self._place, self._clock.now(), self._stored, call)
        if call.action == "DeleteObjects":
            return _delete_objects(call, asking, self._stored, next_handler)
        for need in needs_of(call, self._stored):
            asking.require(need)
        check_documents(call, self._stored)
        if call.service == "kms" and call.action in ("CreateKey", "PutKeyPolicy"):
            asking.check_lockout()
        response = next_handler(call)
        missing = call.action in ("GetObject", "HeadObject") and response.status == 404
        if missing and call.parameters.get("Key"):
            asking.require(permissions.listing(call, self._stored))
        return response

    def _is_own_resource(self, call: RequestContext) -> bool:
        """Whether a service works in its own account, where policies of ours do not reach."""
        acting = call.acting
        if not isinstance(acting, ServicePrincipal) or acting.account == acting.source_account:
            return False
        if call.service != "s3":
            return False
        return self._stored.bucket_owner(str(call.parameters.get("Bucket"))) in (
            None,
            acting.account,
        )


class _Asking:
    """One call while it is decided: who makes it, with which policies and condition keys."""

    def __init__(
        self, place: DeploymentTarget, now: float, stored: PoliciesInForce, call: RequestContext
    ) -> None:
        self._stored = stored
        self._call = call
        acting = call.acting
        signer = acting.principal if isinstance(acting, ForwardAccessSession) else acting
        self._identity: Identity | None = None
        if isinstance(signer, Signer):
            self._identity = stored.identity(signer)
            self._principal = Principal.of(signer.arn, issuer_arn=signer.role_arn)
            if not self._identity.exists:
                raise _denied(call, f"{signer.arn}: the user or role does not exist any more")
        else:
            self._principal = Principal.service(signer.service)
        self._context: Context = request_context(call, place, self._identity, now)

    def allows(self, need: RequiredPermission) -> Decision:
        """The decision on one permission, which the call remembers."""
        request = Request(
            self._principal,
            need.action,
            need.resource,
            self._context | resource_context(need, self._stored.tags(need.resource)),
            need.owner,
        )
        resource = self._stored.resource_policy(need.action, need.resource, need.owner)
        decision = is_authorized(request, replace(self._own_policies, resource=resource))
        self._call.decisions.append(decision)
        return decision

    def require(self, need: RequiredPermission) -> None:
        """Raise the service's denial unless the permission is given."""
        decision = self.allows(need)
        if not decision.allowed:
            raise _denied(self._call, decision.message)

    def check_lockout(self) -> None:
        """Raise KMS's refusal of a key policy that its writer could not change again.

        docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
        """
        given = self._call.parameters
        if "Policy" not in given or given.get("BypassPolicyLockoutSafetyCheck"):
            return
        policy = read_document(given["Policy"], PolicyType.KEY)
        key = self._stored.key(self._call.account, str(given.get("KeyId", "")))
        arn = key["Arn"] if key else self._stored.arn(self._call, "kms", "key/new")
        lockout = would_lock_out(
            policy, self._principal, self._own_policies, key_arn=arn, context=self._context
        )
        if lockout is not None:
            raise AwsError(lockout.code, lockout.message)

    @property
    def _own_policies(self) -> Policies:
        identity = self._identity
        if identity is None:
            return Policies()
        return Policies(
            identity=identity.policies, boundary=identity.boundary, session=identity.session
        )


def _denied(call: RequestContext, message: str) -> AwsError:
    if call.service in _ACCESS_DENIED:
        return AwsError("AccessDenied", message, 403)
    status = _JSON_STATUS if call.protocol == "json" else 403
    return AwsError("AccessDeniedException", message, status)


def _delete_objects(
    call: RequestContext, asking: _Asking, stored: PoliciesInForce, next_handler: Answer
) -> Response:
    """DeleteObjects decides on each object and answers for each.

    docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    try:
        document: dict[str, Any] = xmltodict.parse(
            call.request.body, force_list=("Object",), strip_whitespace=False
        )
        objects: list[dict[str, Any]] = document["Delete"]["Object"]
        malformed = not all(_names_one(one) for one in objects)
    except (ExpatError, KeyError, TypeError, ValueError):
        malformed, document, objects = True, {}, []
    if malformed:
        raise AwsError("MalformedXML", "The XML you provided was not well-formed")
    denied: list[str] = []
    allowed: list[dict[str, Any]] = []
    for one in objects:
        key, version = str(one.get("Key")), one.get("VersionId")
        decision = asking.allows(permissions.deletion(call, stored, key, version))
        if decision.allowed:
            allowed.append(one)
        else:
            denied.append(_error(key, version, decision.message))
    # Sent on is what was decided on, and not the text, which could be read in another way.
    document["Delete"]["Object"] = allowed
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult></DeleteResult>'
    response = Response(200, {"content-type": "application/xml"}, text.encode())
    if allowed:
        body = xmltodict.unparse(document).encode()
        response = next_handler(replace(call, request=replace(call.request, body=body)))
    before, end, after = response.body.decode().rpartition("</DeleteResult>")
    headers = {k: v for k, v in response.headers.items() if k != "content-length"}
    body = f"{before}{''.join(denied)}{end}{after}".encode()
    return replace(response, headers=headers, body=body)


def _names_one(entry: Any) -> bool:
    """Whether an entry names one object, and one version at most."""
    if not isinstance(entry, dict) or not isinstance(entry.get("Key"), str):
        return False
    return isinstance(entry.get("VersionId", ""), str | None)


def _error(key: str, version: str | None, message: str) -> str:
    of_version = f"<VersionId>{escape(version)}</VersionId>" if version else ""
    return (
        f"<Error><Key>{escape(key)}</Key>{of_version}<Code>AccessDenied</Code>"
        f"<Message>{escape(message)}</Message></Error>"
    )
