"""The condition keys that AWS supplies with a request.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.aws_api.caller import DeploymentTarget, ForwardAccessSession, Principal, ServicePrincipal
from local.aws_api.request_context import RequestContext
from local.aws_api.required_permission import RequiredPermission
from local.moto_backend.policies_in_force import Identity

Context = dict[str, str | list[str]]
_FORM_TAG, _FORM_KEYS = "Tags.member.", "TagKeys.member."


def request_context(
    call: RequestContext, place: DeploymentTarget, identity: Identity | None, now: float
) -> Context:
    """The keys of a call, whatever permission is asked for.

    Transport and address are known for direct calls only: of calls between services AWS hides them
    (docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html). HTTP on the main
    address stands for TLS 1.3, because that is how local clients come.
    """
    acting = call.acting
    context: Context = {
        **_moment(call.region, now),
        "aws:ViaAWSService": str(isinstance(acting, ForwardAccessSession)).lower(),
    }
    if isinstance(acting, Principal):
        context["aws:SecureTransport"] = str(call.secure).lower()
        context["aws:SourceIp"] = "127.0.0.1"
        context["aws:UserAgent"] = call.header("user-agent") or ""
        if call.service == "s3":
            context["s3:signatureversion"] = "AWS4-HMAC-SHA256"
            if call.secure:
                context["s3:TlsVersion"] = "1.3"
    if isinstance(acting, ServicePrincipal):
        context |= service_context(acting, place, now)
    if isinstance(acting, ForwardAccessSession) and call.service == "kms":
        context["kms:ViaService"] = _regional(acting.via, place)
    if identity is not None:
        context["aws:userid"] = identity.unique_id
        context |= {f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()}
    tags = _request_tags(call)
    context |= {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if keys := [*tags, *_removed_tags(call)]:
        context["aws:TagKeys"] = keys
    return context


def service_context(service: ServicePrincipal, place: DeploymentTarget, now: float) -> Context:
    """The keys of a call that a service makes for itself.

    A service has one principal, regional or not, and lists all its names in a condition key.
    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
    aws:PrincipalServiceNamesList
    """
    name, _, suffix = service.service.partition(".")
    regional = suffix.startswith(f"{place.region}.")
    others = [f"{name}.{suffix.partition('.')[2]}"] if regional else []
    return {
        **_moment(place.region, now),
        "aws:ViaAWSService": "false",
        "aws:SourceAccount": service.source_account,
        "aws:SourceArn": service.source_arn,
        "aws:PrincipalServiceNamesList": [service.service, *others],
    }


def _moment(region: str, now: float) -> Context:
    return {
        "aws:RequestedRegion": region,
        "aws:CurrentTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
    }


def resource_context(need: RequiredPermission, tags: Mapping[str, str]) -> Context:
    """The keys of one permission: its own, and the tags of its resource."""
    context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    if need.action.startswith("iam:"):
        context |= {f"iam:ResourceTag/{key}": value for key, value in tags.items()}
    return context | dict(need.context)


def _regional(service: str, place: DeploymentTarget) -> str:
    """A service's name as kms:ViaService has it, with the Region.

    docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html, kms:ViaService
    """
    name, _, suffix = service.partition(".")
    if suffix.startswith(f"{place.region}."):
        return service
    return f"{name}.{place.region}.{suffix}"


def _removed_tags(call: RequestContext) -> list[str]:
    """The keys of the tags that a request would take away."""
    given = call.parameters
    listed: Any = given.get("TagKeys") or given.get("tagKeys") or []
    queried = [value for name, value in call.request.query if name.lower() == "tagkeys"]
    return [*listed, *queried, *(given[name] for name in given if name.startswith(_FORM_KEYS))]


def _request_tags(call: RequestContext) -> Mapping[str, str]:
    """The tags that a request would set, in whichever form the service takes them."""
    given: Any = call.parameters.get("Tags") or call.parameters.get("tags")
    if isinstance(given, dict):
        return {str(key): str(value) for key, value in given.items()}
    if isinstance(given, list):
        return {
            str(tag.get("TagKey", tag.get("Key"))): str(tag.get("TagValue", tag.get("Value")))
            for tag in given
            if isinstance(tag, dict)
        }
    found: dict[str, str] = {}
    for name, key in call.parameters.items():
        if name.startswith(_FORM_TAG) and name.endswith(".Key"):
            found[str(key)] = str(call.parameters.get(f"{name.removesuffix('Key')}Value", ""))
    return found
