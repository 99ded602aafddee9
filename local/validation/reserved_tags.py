"""Tags whose keys AWS keeps for itself, wherever a request has tags.

https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html: no key begins with `aws:`, in
any case. Error codes are of each operation's page; AWS documents the sentence of KMS and S3 only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl

from local.aws_api.constraint import Constraint, Members, values_at

_RESERVED = "The prefix aws: is reserved for AWS, found tag key {key}"
# For each service: the operations, the member, the code, the page and the message.
_TAGGED: Mapping[str, tuple[tuple[str, ...], str, str, str, str]] = {
    "cloudwatch": (
        ("PutMetricAlarm", "PutCompositeAlarm", "TagResource"),
        "Tags",
        "InvalidParameterValue",
        "AmazonCloudWatch/latest/APIReference/API_TagResource.html",
        _RESERVED,
    ),
    "iam": (
        ("CreatePolicy", "CreateRole", "CreateUser", "TagPolicy", "TagRole", "TagUser"),
        "Tags",
        "InvalidInput",
        "IAM/latest/UserGuide/id_tags.html",
        _RESERVED,
    ),
    "kms": (
        ("CreateKey", "ReplicateKey", "TagResource"),
        "Tags",
        "TagException",
        "kms/latest/APIReference/API_TagResource.html",
        "Tags that begin with aws: cannot be edited or deleted.",
    ),
    "lambda": (
        ("CreateEventSourceMapping", "CreateFunction", "TagResource"),
        "Tags",
        "InvalidParameterValueException",
        "lambda/latest/dg/configuration-tags.html",
        _RESERVED,
    ),
    "logs": (
        ("CreateLogGroup", "TagLogGroup", "TagResource"),
        "tags",
        "InvalidParameterException",
        "AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html",
        _RESERVED,
    ),
    "s3": (
        (
            "CreateMultipartUpload",
            "CopyObject",
            "PutBucketTagging",
            "PutObject",
            "PutObjectTagging",
        ),
        "Tagging",
        "InvalidTag",
        "AmazonS3/latest/API/API_PutBucketTagging.html",
        "System tags cannot be added/updated by requester",
    ),
    "scheduler": (
        ("CreateScheduleGroup", "TagResource"),
        "Tags",
        "ValidationException",
        "scheduler/latest/APIReference/API_Tag.html",
        _RESERVED,
    ),
    "sqs": (
        ("CreateQueue", "TagQueue"),
        "Tags",
        "InvalidParameterValue",
        "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html",
        _RESERVED,
    ),
    "sts": (
        ("AssumeRole",),
        "Tags",
        "ValidationError",
        "IAM/latest/UserGuide/id_session-tags.html",
        _RESERVED,
    ),
}


def _keys(members: Members) -> Iterator[str]:
    for name in ("Tags", "tags", "Tagging"):
        match members.get(name):
            case str() as query:
                yield from (key for key, _ in parse_qsl(query, keep_blank_values=True))
            case {"TagSet": tags} | list(tags):
                for member in ("Key", "TagKey"):
                    yield from map(str, values_at(tags, member))
            case dict(tags):
                yield from tags
            case _:
                pass


def _reserved(members: Members) -> str | None:
    return next((key for key in _keys(members) if key.lower().startswith("aws:")), None)


def _refusal(message: str) -> Callable[[Members], str | None]:
    def broken(members: Members) -> str | None:
        key = _reserved(members)
        return None if key is None else message.format(key=key)

    return broken


CONSTRAINTS: Sequence[Constraint] = tuple(
    Constraint(
        service, actions, member, "no key that begins with `aws:`", code, page, _refusal(message)
    )
    for service, (actions, member, code, page, message) in _TAGGED.items()
)
