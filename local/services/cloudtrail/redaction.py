"""Request parameters without what no log may hold: credentials, plaintexts, messages, code.

CloudTrail leaves out what a service's model marks as sensitive, such as the password of
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html; botocore has the
same marks. What is customer data, or worth as much as a secret, and bears no mark is listed here.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, StructureShape
from moto.core.utils import get_service_model

_UNMARKED = frozenset(
    {
        *("AuthenticationCode1", "AuthenticationCode2", "TokenCode"),
        *("CiphertextBlob", "EncryptedKeyMaterial", "ImportToken", "Mac", "Plaintext", "Signature"),
        *("Code", "Content", "Environment", "ZipFile"),
        *("Input", "Message", "MessageBody", "logEvents", "queryString"),
        *("MessageAttribute", "MessageAttributes", "MessageSystemAttributes"),
        *("MessageSystemAttribute", "EncodedMessage"),
    }
)


def without_secrets(service: str, action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that may be kept, on every level; those of a form have dotted names."""
    return _kept(parameters, _UNMARKED | _marked(service, action))


def _kept(value: Any, secret: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_kept(member, secret) for member in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: _kept(member, secret)
        for name, member in value.items()
        if secret.isdisjoint(str(name).split("."))
    }


@cache
def _marked(service: str, action: str) -> frozenset[str]:
    shape: Any = get_service_model(service).operation_model(action).input_shape
    return frozenset(_names(shape, frozenset())) if shape else frozenset()


def _names(shape: Any, above: frozenset[str]) -> Iterator[str]:
    """The names, in the model and on the wire, of all sensitive members of a shape."""
    if shape.name in above:
        return
    above |= {shape.name}
    if isinstance(shape, StructureShape):
        members: Any = shape.members
        for name, member in members.items():
            if member.metadata.get("sensitive"):
                yield from (name, member.serialization.get("name", name))
            else:
                yield from _names(member, above)
    elif isinstance(shape, ListShape):
        yield from _names(shape.member, above)
    elif isinstance(shape, MapShape):
        yield from _names(shape.value, above)
