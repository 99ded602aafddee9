"""The members of a request: those that its operation has, each of its type.

moto reads whatever member it looks for, and takes what is no text for absent; AWS does neither.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.service_model import Strictness, faults, told

Members = dict[str, Any]
_COMMON = frozenset({"Action", "Version"})


def declared(service: str, action: str, given: Members, *, form: bool = False) -> Members:
    """The members that the operation has, null ones left out; raises SerializationException.

    A form's members are texts under dotted names.
    """
    if form:
        known = _COMMON | _shapes(service, action).keys()
        return {name: value for name, value in given.items() if name.partition(".")[0] in known}
    shapes = _shapes(service, action)
    kept = {name: given[name] for name in given if name in shapes and given[name] is not None}
    wrong = [
        fault
        for name, value in kept.items()
        for fault in faults(shapes[name], value, Strictness(), name)
        if fault.type
    ]
    if wrong:
        raise AwsError("SerializationException", told(wrong))
    return kept


@cache
def _shapes(service: str, action: str) -> Mapping[str, Any]:
    """The shape of each member of a body or form, by its name on the wire.

    Members of path, query and headers are none of them: moto would let one in the body overrule.
    """
    shape: Any = get_service_model(service).operation_model(action).input_shape
    members: Mapping[str, Any] = shape.members if shape else {}
    return {
        member.serialization.get("name", name): member
        for name, member in members.items()
        if "location" not in member.serialization
    }
