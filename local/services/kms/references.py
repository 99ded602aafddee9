"""KMS: principals in key policies and grants, the keys of aliases."""

from collections.abc import Sequence

from local.aws_api.request_context import RequestContext
from local.moto_backend.tags import key_tags
from local.services.account import Account
from local.services.reference import Members, Reference

_API = "kms/latest/APIReference/API_"
_MOST_TAGS = 50


def _grantee(call: RequestContext, members: Members, account: Account) -> str | None:
    for member in ("GranteePrincipal", "RetiringPrincipal"):
        arn = members.get(member)
        # Of a service the name is enough, of another account nothing is known here.
        if isinstance(arn, str) and arn.startswith("arn:") and not account.principal_exists(arn):
            return f"ARN does not refer to a valid principal: {arn}"
    return None


def _tags(call: RequestContext, members: Members, account: Account) -> str | None:
    kept = key_tags(account.state, call.account, call.region, str(members.get("KeyId")))
    added = {tag["TagKey"] for tag in members.get("Tags") or ()}
    return "Too many tags" if len(kept.keys() | added) > _MOST_TAGS else None


REFERENCES: Sequence[Reference] = (
    Reference(
        "kms",
        ("CreateKey", "PutKeyPolicy"),
        "Principal of the key policy",
        "exists",
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals",
        f"{_API}PutKeyPolicy.html",
    ),
    Reference(
        "kms",
        ("CreateKey", "PutKeyPolicy"),
        "Policy",
        "lets its writer change it again",
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
        f"{_API}PutKeyPolicy.html",
    ),
    Reference(
        "kms",
        ("CreateGrant",),
        "GranteePrincipal, RetiringPrincipal",
        "exist",
        "InvalidArnException",
        "ARN does not refer to a valid principal",
        f"{_API}CreateGrant.html",
        _grantee,
    ),
    Reference(
        "kms",
        ("CreateAlias", "UpdateAlias"),
        "TargetKeyId",
        "exists",
        "NotFoundException",
        "does not exist",
        f"{_API}CreateAlias.html",
    ),
    Reference(
        "kms",
        ("CreateAlias", "UpdateAlias"),
        "TargetKeyId",
        "is not pending deletion",
        "KMSInvalidStateException",
        "is pending deletion.",
        "kms/latest/developerguide/key-state.html",
    ),
    Reference(
        "kms",
        ("TagResource",),
        "Tags",
        "50 at most with those that the key has",
        "TagException",
        "Too many tags",
        "kms/latest/developerguide/tagging-keys.html",
        _tags,
    ),
)
