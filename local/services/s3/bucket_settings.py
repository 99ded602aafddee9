"""S3's settings of buckets that moto forgets or ignores.

Owner: docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
Encryption: docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
SSE-C: docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
Lifecycle: docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from dataclasses import replace
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import copy_source
from local.moto_backend.buckets import BucketState

_MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"
_SIZES = ("all_storage_classes_128K", "varies_by_storage_class")
_CUSTOMER_ALGORITHM = "x-amz-server-side-encryption-customer-algorithm"
# Every new bucket has this rule, and since April 2026 blocks SSE-C.
_DEFAULT_RULE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>'
    "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
    "</Rule></ServerSideEncryptionConfiguration>"
)


class BucketSettings:
    """A layer in front of moto's S3."""

    def __init__(self, state: BucketState) -> None:
        self._state = state
        self._blocked: dict[str, list[str]] = {}
        self._minimum_size: dict[str, str] = {}

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer an S3 call; raises AwsError as S3 does."""
        bucket = call.parameters.get("Bucket", "")
        self._check_owner(bucket, call.header("x-amz-expected-bucket-owner"))
        if (source := copy_source(call.request)) is not None:
            self._check_owner(source[0], call.header("x-amz-source-expected-bucket-owner"))
        if call.header(_CUSTOMER_ALGORITHM) and "SSE-C" in self._blocked_types(bucket):
            raise AwsError(
                "AccessDenied", "SSE-C is blocked by the bucket's encryption configuration", 403
            )
        if call.action == "PutBucketEncryption":
            return self._put_encryption(call, bucket, next_handler)
        response = next_handler(call)
        if call.action == "GetBucketEncryption":
            return self._get_encryption(bucket, response)
        if call.action in ("DeleteBucket", "DeleteBucketEncryption") and response.status < 300:
            self._blocked.pop(bucket, None)
        if call.action in ("DeleteBucket", "DeleteBucketLifecycle") and response.status < 300:
            self._minimum_size.pop(bucket, None)
        if call.action.endswith("BucketLifecycleConfiguration") and response.status < 300:
            return self._lifecycle(call, bucket, response)
        return response

    def _check_owner(self, bucket: str, expected: str | None) -> None:
        owner = self._state.owner(bucket)
        if expected is not None and owner is not None and owner != expected:
            raise AwsError("AccessDenied", "Access Denied", 403)

    def _blocked_types(self, bucket: str) -> list[str]:
        return self._blocked.get(bucket, ["SSE-C"])

    def _put_encryption(self, call: RequestContext, bucket: str, next_handler: Answer) -> Response:
        blocked = _blocked_in(call.request.body)
        response = next_handler(call)
        if response.status < 300 and blocked is not None:
            self._blocked[bucket] = blocked
        return response

    def _get_encryption(self, bucket: str, response: Response) -> Response:
        text = response.body.decode()
        if response.status == 404 and "ServerSideEncryptionConfigurationNotFoundError" in text:
            response, text = Response(200, {"content-type": "application/xml"}), _DEFAULT_RULE
        if response.status >= 300:
            return response
        types = "".join(
            f"<EncryptionType>{t}</EncryptionType>" for t in self._blocked_types(bucket)
        )
        text = text.replace(
            "</Rule>", f"<BlockedEncryptionTypes>{types}</BlockedEncryptionTypes></Rule>"
        )
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        return replace(response, headers=headers, body=text.encode())

    def _lifecycle(self, call: RequestContext, bucket: str, response: Response) -> Response:
        given = call.header(_MINIMUM_SIZE)
        if call.action.startswith("Put"):
            self._minimum_size[bucket] = given if given in _SIZES else _SIZES[0]
        size = self._minimum_size.get(bucket, _SIZES[0])
        return replace(response, headers={**response.headers, _MINIMUM_SIZE: size})


def _blocked_in(body: bytes) -> list[str] | None:
    """The blocked types in a request; None when it says nothing about them."""
    try:
        document: dict[str, Any] = xmltodict.parse(
            body, force_list=("Rule", "EncryptionType"), strip_whitespace=True
        )
        rules = document["ServerSideEncryptionConfiguration"]["Rule"]
    except (ExpatError, KeyError, TypeError):
        raise AwsError("MalformedXML", "The XML you provided was not well-formed") from None
    for rule in rules:
        if rule and rule.get("BlockedEncryptionTypes"):
            types = [str(one) for one in rule["BlockedEncryptionTypes"]["EncryptionType"]]
            if not set(types) <= {"NONE", "SSE-C"}:
                raise AwsError("MalformedXML", f"EncryptionType: expected NONE or SSE-C: {types}")
            return types
    return None
