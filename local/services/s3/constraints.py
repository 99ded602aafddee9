"""S3: limits of arguments that its model does not state, but for those of lifecycle rules."""

import re
from collections.abc import Sequence

from local.aws_api.constraint import Constraint, Members, refused_when, values_at
from local.services.s3.lifecycle_constraints import LIFECYCLE

_API = "AmazonS3/latest/API/API_"
_MALFORMED = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)
_IN_ANSWER = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
)
_WRITING = ("CompleteMultipartUpload", "CopyObject", "PutObject")
_STORING = (
    *("CopyObject", "CreateMultipartUpload", "GetObject", "HeadObject", "PutObject", "UploadPart"),
    *("CompleteMultipartUpload", "DeleteObject"),
)


def _condition(members: Members) -> bool:
    given = members.get("IfNoneMatch")
    return given is not None and given != "*"


def _long_key(members: Members) -> bool:
    return len(str(members.get("Key", "")).encode()) > 1024


def _owner(members: Members) -> bool:
    given = [members.get(name) for name in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner")]
    return any(one is not None and not re.fullmatch("[0-9]{12}", str(one)) for one in given)


def _many_objects(members: Members) -> bool:
    return len((members.get("Delete") or {}).get("Objects") or ()) > 1000


def _key_without_kms(members: Members) -> bool:
    rules = (members.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or ()
    defaults = [(rule or {}).get("ApplyServerSideEncryptionByDefault") or {} for rule in rules]
    return any(
        one.get("KMSMasterKeyID") and not str(one.get("SSEAlgorithm")).startswith("aws:kms")
        for one in defaults
    )


def _metadata(members: Members) -> bool:
    return sum(len(f"{k}{v}".encode()) for k, v in (members.get("Metadata") or {}).items()) > 2048


def _negative(members: Members) -> bool:
    return any(
        isinstance(value, int) and value < 0
        for name in ("MaxKeys", "MaxParts", "MaxUploads")
        for value in values_at(members, name)
    )


def _part(members: Members) -> bool:
    return not all(1 <= number <= 10_000 for number in values_at(members, "PartNumber"))


def _copied_range(members: Members) -> bool:
    given = members.get("CopySourceRange")
    found = re.fullmatch("bytes=([0-9]+)-([0-9]+)", str(given))
    return given is not None and (found is None or int(found[1]) > int(found[2]))


def _header_of_answer(members: Members) -> str | None:
    """A header that a request sets in its answer, which HTTP cannot carry."""
    for name in _IN_ANSWER:
        text = str(members.get(f"Response{name}") or "")
        if any(ord(each) > 255 for each in text):
            return "Header value cannot be represented using ISO-8859-1."
        if any(each in text for each in "\r\n\0"):
            return f"Response{name}: expected a header value without line breaks."
    return None


def _no_status(members: Members) -> bool:
    return not (members.get("VersioningConfiguration") or {}).get("Status")


def _not_one_rule(members: Members) -> bool:
    rules = (members.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    return len(rules) != 1


def _no_website(members: Members) -> bool:
    website = members.get("WebsiteConfiguration") or {}
    return not (website.get("IndexDocument") or website.get("RedirectAllRequestsTo"))


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "s3",
        _WRITING,
        "If-None-Match",
        "`*`, and no ETag",
        "NotImplemented",
        f"{_API}PutObject.html",
        refused_when(
            _condition, "A header you provided implies functionality that is not implemented"
        ),
        501,
    ),
    Constraint(
        "s3",
        _STORING,
        "Key",
        "1,024 bytes",
        "KeyTooLongError",
        "AmazonS3/latest/userguide/object-keys.html",
        refused_when(_long_key, "Your key is too long"),
    ),
    Constraint(
        "s3",
        ("CopyObject", "CreateMultipartUpload", "PutObject"),
        "Metadata",
        "2 KB in all",
        "MetadataTooLarge",
        "AmazonS3/latest/userguide/UsingMetadata.html",
        refused_when(_metadata, "Your metadata headers exceed the maximum allowed metadata size"),
    ),
    Constraint(
        "s3",
        ("*",),
        "x-amz-expected-bucket-owner",
        "the 12 digits of an account",
        "InvalidBucketOwnerAWSAccountID",
        "AmazonS3/latest/API/ErrorResponses.html",
        refused_when(
            _owner,
            "The value of the expected bucket owner parameter must be an AWS Account ID",
        ),
    ),
    Constraint(
        "s3",
        ("DeleteObjects",),
        "Delete.Objects",
        "1,000",
        "MalformedXML",
        f"{_API}DeleteObjects.html",
        refused_when(
            _many_objects,
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        ),
    ),
    Constraint(
        "s3",
        ("PutBucketEncryption",),
        "KMSMasterKeyID",
        "with aws:kms or aws:kms:dsse only",
        "InvalidArgument",
        f"{_API}ServerSideEncryptionByDefault.html",
        refused_when(
            _key_without_kms,
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
            "aws:kms:dsse",
        ),
    ),
    Constraint(
        "s3",
        ("ListMultipartUploads", "ListObjectVersions", "ListObjects", "ListObjectsV2", "ListParts"),
        "max-keys, max-parts, max-uploads",
        "0 or more",
        "InvalidArgument",
        f"{_API}ListObjectsV2.html",
        refused_when(_negative, "Argument maxKeys must be an integer between 0 and 2147483647"),
    ),
    Constraint(
        "s3",
        ("GetObject", "HeadObject", "UploadPart", "UploadPartCopy"),
        "partNumber",
        "1 to 10,000",
        "InvalidArgument",
        f"{_API}UploadPart.html",
        refused_when(_part, "Part number must be an integer between 1 and 10000, inclusive"),
    ),
    Constraint(
        "s3",
        ("UploadPartCopy",),
        "x-amz-copy-source-range",
        "bytes=FIRST-LAST",
        "InvalidArgument",
        f"{_API}UploadPartCopy.html",
        refused_when(
            _copied_range,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first "
            "and last are the zero-based offsets of the first and last bytes to copy",
        ),
    ),
    Constraint(
        "s3",
        ("GetObject", "HeadObject"),
        "response-cache-control, -content-disposition, -encoding, -language, -type",
        "ISO 8859-1, one line",
        "InvalidArgument",
        f"{_API}GetObject.html",
        _header_of_answer,
    ),
    Constraint(
        "s3",
        ("PutBucketVersioning",),
        "VersioningConfiguration.Status",
        "Enabled or Suspended",
        "IllegalVersioningConfigurationException",
        f"{_API}PutBucketVersioning.html",
        refused_when(_no_status, "The Versioning element must be specified"),
    ),
    Constraint(
        "s3",
        ("PutBucketEncryption",),
        "ServerSideEncryptionConfiguration.Rules",
        "exactly one",
        "MalformedXML",
        f"{_API}PutBucketEncryption.html",
        refused_when(_not_one_rule, _MALFORMED),
    ),
    Constraint(
        "s3",
        ("PutBucketWebsite",),
        "WebsiteConfiguration",
        "IndexDocument or RedirectAllRequestsTo",
        "MalformedXML",
        f"{_API}PutBucketWebsite.html",
        refused_when(_no_website, _MALFORMED),
    ),
    *LIFECYCLE,
)
