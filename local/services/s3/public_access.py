"""S3's blocking of public access, which moto keeps as a setting and never applies.

Since April 2023 a new bucket has all four settings on.
docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
Not applied is IgnorePublicAcls: no ACL lets anybody in here.
"""

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import ForwardAccessSession, Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.buckets import BucketState
from local.services.s3.public_policies import is_public

_SETTING_ACLS = frozenset(
    {"CopyObject", "CreateMultipartUpload", "PutBucketAcl", "PutObject", "PutObjectAcl"}
)
_PUBLIC_ACLS = frozenset({"authenticated-read", "public-read", "public-read-write"})
# docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html, predefined groups
_PUBLIC_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
_STATUS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<PolicyStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsPublic>{}</IsPublic>'
    "</PolicyStatus>"
)


class PublicAccess:
    """A layer in front of moto's S3."""

    def __init__(self, state: BucketState) -> None:
        self._state = state

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer an S3 call; raises AccessDenied for what the bucket's settings block."""
        bucket = str(call.parameters.get("Bucket", ""))
        block = self._state.public_access_block(bucket)
        policy = self._state.policy(bucket)
        if call.action == "PutBucketPolicy" and block["BlockPublicPolicy"]:
            _refuse_if(is_public(call.request.body.decode("utf-8", "replace")), call, "policies")
        if call.action in _SETTING_ACLS and block["BlockPublicAcls"]:
            _refuse_if(_sets_public_acl(call), call, "access control lists (ACLs)")
        if policy is not None and block["RestrictPublicBuckets"]:
            owner = self._state.owner(bucket)
            _refuse_if(_is_foreign(call, owner) and is_public(policy), call, "buckets")
        if call.action == "GetBucketPolicyStatus" and policy is not None:
            text = _STATUS.format(str(is_public(policy)).lower())
            return Response(200, {"content-type": "application/xml"}, text.encode())
        is_new = call.action == "CreateBucket" and not self._state.exists(bucket)
        response = next_handler(call)
        if is_new and response.status < 300:
            self._state.block_public_access(bucket)
        return response


def _refuse_if(is_so: bool, call: RequestContext, what: str) -> None:
    if is_so:
        raise AwsError(
            "AccessDenied",
            f"{call.action}: public {what} are prevented by the bucket's public access block",
            403,
        )


def _sets_public_acl(call: RequestContext) -> bool:
    headers = call.request.headers
    granted = [value for name, value in headers.items() if name.startswith("x-amz-grant-")]
    if call.action in ("PutBucketAcl", "PutObjectAcl"):
        granted.append(call.request.body.decode("utf-8", "replace"))
    return headers.get("x-amz-acl") in _PUBLIC_ACLS or any(
        group in text for text in granted for group in _PUBLIC_GROUPS
    )


def _is_foreign(call: RequestContext, owner: str | None) -> bool:
    """Whether a user or role of another account than the bucket's calls."""
    acting = call.acting
    signer = acting.principal if isinstance(acting, ForwardAccessSession) else acting
    return isinstance(signer, Principal) and signer.account != owner
