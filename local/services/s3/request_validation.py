"""S3 requests checked against the model: arguments in query and headers, and XML documents.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import re
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.request_context import RequestContext
from local.aws_api.request_input import STRICT, converted, members
from local.aws_api.service_model import Fault, faults, told

# S3's model calls the document of these optional, which it is not.
_WITH_DOCUMENT = frozenset(
    {
        "CompleteMultipartUpload",
        "PutBucketLifecycle",
        "PutBucketLifecycleConfiguration",
        "RestoreObject",
    }
)


# Codes of arguments with an error of their own; every other one is an InvalidArgument.
_CODES = {
    "ServerSideEncryption": "InvalidEncryptionAlgorithmError",
    "StorageClass": "InvalidStorageClass",
}
# Where S3 takes what is no date for no condition, and forms the value of other members itself.
_UNCHECKED = ("timestamp", "blob", "map", "list", "structure")


def check_s3(call: RequestContext) -> dict[str, Any]:
    """Give the members of a request, those of its document too.

    Raises what S3 answers to an argument or a document that its operation does not allow.
    """
    shape: Any = get_service_model("s3").operation_model(call.action).input_shape
    if shape is None:
        return {}
    given = members(call, shape)
    for name, value in given.items():
        member = shape.members[name]
        if member.type_name in _UNCHECKED:
            continue
        if found := list(faults(member, value, STRICT, name)):
            raise AwsError(_CODES.get(name, "InvalidArgument"), told(found))
    source = call.header("x-amz-copy-source")
    if source is not None and not re.fullmatch(r"/?[^/]+/.+", source, re.DOTALL):
        raise AwsError(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        )
    return given | _document(call, shape)


def _document(call: RequestContext, shape: Any) -> dict[str, Any]:
    """Give what a request's document says, under the name of its member.

    Raises MalformedXML for one that is not the document of its operation.
    """
    payload = shape.serialization.get("payload")
    if payload is None or shape.members[payload].type_name != "structure":
        return {}
    member = shape.members[payload]
    needed = payload in shape.required_members or call.action in _WITH_DOCUMENT
    if not call.request.body and not needed:
        return {}
    try:
        document = xmltodict.parse(call.request.body)
    except (ExpatError, ValueError, RecursionError):
        document = {}
    root = member.serialization.get("name", payload)
    found, value = [Fault("", "")], None
    if [name.rpartition(":")[2] for name in document] == [root]:
        content = next(iter(document.values()))
        value = _element(member, content)
        found = list(faults(member, value, STRICT))
    if found:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    return {payload: value}


def _element(shape: Any, content: Any) -> Any:
    """Return what an element says, by its shape's names; texts in the type that they spell."""
    kind = shape.type_name
    if kind == "list":
        entries = content if isinstance(content, list) else [content]
        if not shape.serialization.get("flattened"):
            name = shape.member.serialization.get("name", "member")
            inner = content.get(name, []) if isinstance(content, dict) else []
            entries = inner if isinstance(inner, list) else [inner]
        return [_element(shape.member, entry) for entry in entries]
    if kind == "structure":
        if content is None:
            return {}
        if not isinstance(content, dict):
            return content
        values: dict[str, Any] = {}
        for name, member in shape.members.items():
            sent = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                sent = f"@{sent}"  # the grantee's type in ACLs, which xmltodict names so
            if sent in content:
                values[name] = _element(member, content[sent])
        return values
    if isinstance(content, dict):
        content = content.get("#text")  # an element with attributes
    return converted(shape, content or "") if isinstance(content, str | None) else content
