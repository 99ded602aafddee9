"""The members of a request: those that its operation has, each of its type.

moto reads whatever member it looks for, and takes what is no text for absent; AWS does neither.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.core.utils import get_service_model

from local.faults import AwsError

Members = dict[str, Any]
_COMMON = frozenset({"Action", "Version"})
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "list": (list,),
    "structure": (dict,),
    "map": (dict,),
}


def declared(service: str, action: str, given: Members, *, form: bool = False) -> Members:
    """The members that the operation has, null ones left out; raises SerializationException.

    A form's members are texts under dotted names; SQS's older ones differ from the model's.
    """
    if form:
        if service == "sqs":
            return given
        known = _COMMON | _shapes(service, action).keys()
        return {name: value for name, value in given.items() if name.partition(".")[0] in known}
    shapes = _shapes(service, action)
    kept = {name: given[name] for name in given if name in shapes and given[name] is not None}
    for name, value in kept.items():
        _check(name, value, shapes[name])
    return kept


def _check(name: str, value: Any, shape: Any) -> None:
    kind = shape.type_name
    flag = isinstance(value, bool)  # which to Python is a number too
    if flag != (kind == "boolean") or not isinstance(value, _TYPES[kind]):
        raise AwsError("SerializationException", f"{name}: expected {kind}, found {value!r:.80}")
    if kind == "list":
        for entry in value:
            _check(f"{name}[]", entry, shape.member)
    elif kind == "map":
        for entry in value.values():
            _check(f"{name}{{}}", entry, shape.value)
    elif kind == "structure":
        for member, entry in value.items():
            if member in shape.members and entry is not None:
                _check(f"{name}.{member}", entry, shape.members[member])


@cache
def _shapes(service: str, action: str) -> Mapping[str, Any]:
    """The shape of each member of an operation's input, by its name on the wire."""
    shape: Any = get_service_model(service).operation_model(action).input_shape
    members: Mapping[str, Any] = shape.members if shape else {}
    return {member.serialization.get("name", name): member for name, member in members.items()}
