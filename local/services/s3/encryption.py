"""S3 with KMS: each SSE-KMS object has a data key, made on PUT and decrypted on GET.

moto stores the names of algorithm and key and asks nobody. Here KMS is asked, in the name of
whoever calls S3, with the encryption context that S3 adds to.
docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import xmltodict

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Caller, DeploymentTarget
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import copy_source
from local.moto_backend.buckets import BucketState
from local.services.key_use import KeyRefusal, ServiceKeys

_HEADER = "x-amz-server-side-encryption"
_KEY = f"{_HEADER}-aws-kms-key-id"
_CONTEXT = f"{_HEADER}-context"
_BUCKET_KEY = f"{_HEADER}-bucket-key-enabled"
_CUSTOMER = f"{_HEADER}-customer-algorithm"
_WRITES = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})
_PARTS = frozenset({"UploadPart", "UploadPartCopy"})
_REFUSALS = {
    "DisabledException": ("KMS.DisabledException", 400),
    "InvalidCiphertextException": ("KMS.InvalidCiphertextException", 400),
    "InvalidKeyUsageException": ("KMS.InvalidKeyUsageException", 400),
    "KMSInvalidStateException": ("KMS.KMSInvalidStateException", 400),
    "NotFoundException": ("KMS.NotFoundException", 400),
    "AccessDeniedException": ("AccessDenied", 403),
}


@dataclass(frozen=True)
class Sealed:
    """How an object is encrypted: key, encryption context, encrypted data key.

    `context` is what KMS is asked with, S3's own pair included; `given` is the header as it came.
    """

    key_arn: str
    context: Mapping[str, str]
    data_key: str
    given: str | None
    bucket_key: bool


class ObjectEncryption:
    """A layer in front of moto's S3. `kms` answers KMS calls, by the same way as any other."""

    def __init__(self, state: BucketState, place: DeploymentTarget, kms: Answer) -> None:
        self._state = state
        self._place = place
        self._keys = ServiceKeys("s3", place, kms)
        self._objects: dict[tuple[str, str, str], Sealed] = {}
        self._uploads: dict[str, Sealed] = {}

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer an S3 call; raises AwsError as S3 does."""
        if call.action in _WRITES:
            return self._write(call, next_handler)
        if call.action in ("GetObject", "HeadObject"):
            return self._read(call, next_handler)
        if call.action in _PARTS or call.action == "CompleteMultipartUpload":
            return self._continue(call, next_handler)
        return next_handler(call)

    def _write(self, call: RequestContext, next_handler: Answer) -> Response:
        if call.action == "CopyObject":
            self._open_source(call)
        if call.header(_CUSTOMER) or not self._state.owner(call.parameters["Bucket"]):
            return next_handler(call)
        headers = dict(call.request.headers)
        sealed = self._seal(call)
        if sealed is None:
            headers[_HEADER] = "AES256"
            headers.pop(_KEY, None)
        else:
            headers |= {_HEADER: "aws:kms", _KEY: sealed.key_arn}
        # moto would take over the bucket's choice where the request makes its own.
        headers[_BUCKET_KEY] = str(sealed is not None and sealed.bucket_key).lower()
        response = next_handler(replace(call, request=replace(call.request, headers=headers)))
        if response.status >= 300:
            return response
        where = _where(call, response)
        if call.action == "CreateMultipartUpload":
            found = xmltodict.parse(response.body)["InitiateMultipartUploadResult"]
            if sealed is not None:
                self._uploads[found["UploadId"]] = sealed
        elif sealed is None:
            self._objects.pop(where, None)
        else:
            self._objects[where] = sealed
        described = _described(response, sealed)
        if sealed is None or sealed.given is None:
            return described
        return replace(described, headers={**described.headers, _CONTEXT: sealed.given})

    def _read(self, call: RequestContext, next_handler: Answer) -> Response:
        if call.header(_HEADER) or call.header(_KEY) or call.header(_CONTEXT):
            raise AwsError(
                "InvalidArgument", f"{_HEADER} header is not supported for this operation."
            )
        response = next_handler(call)
        if response.status >= 300:
            return response
        sealed = self._objects.get(_where(call, response))
        if sealed is None:
            return response
        # HEAD opens nothing, unless the checksum is asked for, which is encrypted too.
        if call.action == "GetObject" or call.header("x-amz-checksum-mode"):
            self._open(call.acting, sealed)
        return _described(response, sealed)

    def _continue(self, call: RequestContext, next_handler: Answer) -> Response:
        """Parts and the end of a multipart upload, whose data key was made when it began."""
        upload = call.query("uploadId") or ""
        sealed = self._uploads.get(upload)
        if call.action == "UploadPartCopy":
            self._open_source(call)
        if sealed is not None:
            self._open(call.acting, sealed)
        response = next_handler(call)
        if call.action == "CompleteMultipartUpload" and response.status < 300:
            where = _where(call, response)
            self._objects.pop(where, None)
            if sealed is not None:
                self._objects[where] = self._uploads.pop(upload)
        return _described(response, sealed) if sealed and response.status < 300 else response

    def _seal(self, call: RequestContext) -> Sealed | None:
        """Have a data key made for a new object; None when S3's own keys encrypt it."""
        default = self._state.encryption(call.parameters["Bucket"])
        algorithm = call.header(_HEADER)
        key = call.header(_KEY)
        if algorithm is None and key is None:
            algorithm, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
        if key is not None and algorithm != "aws:kms":
            raise AwsError("InvalidArgument", f"{_KEY}: expected only with aws:kms")
        if algorithm not in (None, "AES256", "aws:kms"):
            raise AwsError("InvalidEncryptionAlgorithmError", f"{_HEADER}: found {algorithm}")
        if algorithm != "aws:kms":
            return None
        given = call.header(_CONTEXT)
        wanted = call.header(_BUCKET_KEY)
        bucket_key = default["BucketKeyEnabled"] if wanted is None else wanted.lower() == "true"
        context = _context(given, self._arn(call, bucket_key), bucket_key)
        # aws:kms without a key means the AWS managed key, never the bucket's own default.
        members = {"KeyId": key or "alias/aws/s3", "KeySpec": "AES_256"}
        answer = self._ask(
            call.acting, "GenerateDataKey", {**members, "EncryptionContext": context}
        )
        return Sealed(answer["KeyId"], context, answer["CiphertextBlob"], given, bucket_key)

    def _open(self, acting: Caller, sealed: Sealed) -> None:
        self._ask(
            acting,
            "Decrypt",
            {
                "CiphertextBlob": sealed.data_key,
                "KeyId": sealed.key_arn,
                "EncryptionContext": sealed.context,
            },
        )

    def _open_source(self, call: RequestContext) -> None:
        source = copy_source(call.request)
        if source is None:
            return
        bucket, key, version = source
        version = version or self._state.current_version(bucket, key)
        sealed = self._objects.get((bucket, key, version))
        if sealed is not None:
            self._open(call.acting, sealed)

    def _arn(self, call: RequestContext, bucket_key: bool) -> str:
        bucket = f"arn:{self._place.partition}:s3:::{call.parameters['Bucket']}"
        return bucket if bucket_key else f"{bucket}/{call.parameters['Key']}"

    def _ask(self, acting: Caller, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Call KMS as S3 does on behalf of its own caller; raises AwsError under S3's code."""
        try:
            return self._keys.ask(acting, action, members)
        except KeyRefusal as refusal:
            own = (f"KMS.{refusal.code}", refusal.status)
            code, status = _REFUSALS.get(refusal.code, own)
            raise AwsError(code, refusal.message, status) from None


def _context(given: str | None, arn: str, bucket_key: bool) -> dict[str, str]:
    """The encryption context of an object; raises InvalidArgument for a malformed one.

    One bucket key serves many objects, so that nothing of an object's own can be bound to it.
    """
    pairs: Any = {}
    if given is not None:
        try:
            pairs = json.loads(base64.b64decode(given, validate=True))
        except ValueError:
            pairs = None
        if not isinstance(pairs, dict) or not all(isinstance(v, str) for v in pairs.values()):
            raise AwsError(
                "InvalidArgument", f"{_CONTEXT}: expected Base64 of a JSON object of strings"
            )
    return {"aws:s3:arn": arn} if bucket_key else {**pairs, "aws:s3:arn": arn}


def _where(call: RequestContext, response: Response) -> tuple[str, str, str]:
    version = response.headers.get("x-amz-version-id") or call.query("versionId") or "null"
    return call.parameters["Bucket"], call.parameters["Key"], version


def _described(response: Response, sealed: Sealed | None) -> Response:
    """The answer with the headers by which S3 tells how an object is encrypted."""
    headers = {k: v for k, v in response.headers.items() if k != _BUCKET_KEY}
    if sealed is None:
        headers.setdefault(_HEADER, "AES256")
        return replace(response, headers=headers)
    headers |= {_HEADER: "aws:kms", _KEY: sealed.key_arn}
    if sealed.bucket_key:
        headers[_BUCKET_KEY] = "true"
    return replace(response, headers=headers)
