"""One reading of what a request names, before anybody judges or answers it.

A gate that reads a queue's URL, a function's ARN or an object's source otherwise than what lies
behind it decides about one resource and lets another be touched. So each name is accepted in its
documented spellings only.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget
from local.aws_api.http_messages import Request

Members = dict[str, Any]

_ACCOUNT, _NAME = r"[0-9]{12}", r"[A-Za-z0-9_-]+"
# docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName
_FUNCTION = re.compile(
    rf"(?:(?:arn:(?P<partition>[a-z-]+):lambda:(?P<region>[a-z0-9-]+):)?(?P<account>{_ACCOUNT})"
    rf":function:)?(?P<name>{_NAME})(?::(?P<qualifier>\$LATEST|{_NAME}))?"
)
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
# sqs-queue-message-identifiers.html
_QUEUE = re.compile(rf"(?:https?://[^/?#]+)?/(?P<account>{_ACCOUNT})/(?P<name>[A-Za-z0-9_.-]+)")
# docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
_GROUP, _STREAM = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}"), re.compile(r"[^:*]{1,512}")
# docs.aws.amazon.com/kms/latest/developerguide/find-cmk-id-arn.html
_KEY = re.compile(
    rf"(?:arn:[a-z-]+:kms:[a-z0-9-]+:{_ACCOUNT}:)?(?:key/(?P<id>{_NAME})|alias/[A-Za-z0-9/_-]+)"
    rf"|(?P<bare>{_NAME})"
)
_KEYS = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")


def read_names(
    service: str,
    action: str,
    members: Members,
    request: Request,
    place: DeploymentTarget,
    signer: str,
) -> tuple[Members, Request, str]:
    """Members and request with one reading each, and the account that owns what they name.

    `signer` is the account of who asks. Raises AwsError in the service's own words.
    """
    match service:
        case "kms":
            return members, request, _read_keys(members, signer)
        case "lambda":
            return members, request, _read_function(members, place, signer)
        case "logs":
            return _read_groups(members, place), request, signer
        case "sqs":
            return _read_queue(action, members, request, signer)
        case "s3":
            return members, _read_objects(request), signer
        case _:
            return members, request, signer


def function_name(text: str) -> tuple[str, str]:
    """Name and qualifier (empty without one) of a function in one of its spellings."""
    found = _FUNCTION.fullmatch(text)
    return (found["name"], found["qualifier"] or "") if found else (text, "")


def queue_of(url: object) -> tuple[str, str] | None:
    """Account and name in a queue's URL."""
    found = _QUEUE.fullmatch(url) if isinstance(url, str) else None
    return (found["account"], found["name"]) if found else None


def copy_source(request: Request) -> tuple[str, str, str | None] | None:
    """Bucket, key and version from which a request copies, None when it copies nothing.

    docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html, x-amz-copy-source
    """
    given = request.headers.get("x-amz-copy-source")
    if given is None:
        return None
    path, _, query = given.partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    versions = parse_qs(query, keep_blank_values=True)
    version = versions.pop("versionId", [None])
    if not bucket or not key or versions or len(version) > 1 or version == [""]:
        raise AwsError(
            "InvalidArgument",
            "x-amz-copy-source: expected bucket/key, or bucket/key?versionId=id, URL-encoded, "
            f"found {given!r}",
        )
    return bucket, key, version[0]


def _read_keys(members: Members, signer: str) -> str:
    for member in _KEYS:
        name = members.get(member)
        if name is None:
            continue
        found = _KEY.fullmatch(name)
        # An id is an id only by itself or in an ARN: key/ID is not documented.
        if found is None or (found["id"] and not name.startswith("arn:")):
            raise AwsError("NotFoundException", f"Invalid keyId {name!r}")
    arn = str(members.get("KeyId", "")).split(":")
    return arn[4] if len(arn) == 6 else signer


def _read_function(members: Members, place: DeploymentTarget, signer: str) -> str:
    name = members.get("FunctionName") or members.get("Resource")
    if name is None:
        return signer
    found = _FUNCTION.fullmatch(name)
    if found is None:
        raise AwsError(
            "ValidationException",
            f"FunctionName: expected a name, ACCOUNT:function:NAME or an ARN, found {name!r}",
        )
    if found["region"] not in (None, place.region):
        raise AwsError(
            "ResourceNotFoundException",
            f"Functions from '{found['region']}' are not reachable in this region "
            f"('{place.region}')",
            404,
        )
    return found["account"] or signer


def _read_queue(
    action: str, members: Members, request: Request, signer: str
) -> tuple[Members, Request, str]:
    if action in ("CreateQueue", "GetQueueUrl"):
        return members, request, members.get("QueueOwnerAWSAccountId") or signer
    url = members.get("QueueUrl") or (request.path if request.path != "/" else None)
    if url is None:
        return members, request, signer
    found = queue_of(url)
    if found is None:
        raise AwsError("InvalidAddress", f"QueueUrl: expected …/ACCOUNT/NAME, found {url!r:.120}")
    return {**members, "QueueUrl": url}, request, found[0]


def _read_groups(members: Members, place: DeploymentTarget) -> Members:
    """Names in place of identifiers, which may be ARNs."""
    read = dict(members)
    one = [read.pop(name) for name in ("logGroupIdentifier", "resourceIdentifier") if name in read]
    several = read.pop("logGroupIdentifiers", None)
    if one:
        one += [read["logGroupName"]] if "logGroupName" in read else []
        read["logGroupName"] = _group(one[0], place)
    if several is not None:
        read["logGroupNames"] = [_group(each, place) for each in several]
    if len(one) > 1 or (several is not None and "logGroupNames" in members):
        raise _invalid("log groups: expected them by name or by identifier, found both")
    for name in [read.get("logGroupName"), *read.get("logGroupNames", ())]:
        if name is not None and not _GROUP.fullmatch(name):
            raise _invalid(f"logGroupName: expected letters, digits and ._-/#, found {name!r:.80}")
    stream = read.get("logStreamName")
    if stream is not None and not _STREAM.fullmatch(stream):
        raise _invalid(f"logStreamName: expected no : and no *, found {stream!r:.80}")
    return read


def _group(identifier: str, place: DeploymentTarget) -> str:
    start = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:"
    return identifier.removeprefix(start).removesuffix(":*")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _read_objects(request: Request) -> Request:
    names = [name for name, _ in request.query]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise AwsError("InvalidArgument", f"{', '.join(repeated)}: expected once, found repeated")
    source = copy_source(request)
    if source is None:
        return request
    bucket, key, version = source
    text = quote(f"{bucket}/{key}") + (f"?versionId={quote(version)}" if version else "")
    return replace(request, headers={**request.headers, "x-amz-copy-source": text})
