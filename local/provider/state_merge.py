"""Maps between declared inputs, planned state and state read from AWS.

A state says what was found in the words of the declaration, so that spelling is never a difference.
"""

from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from .aws_clients import Cloud
from .fields import Field, changes
from .resource import ResourceType, Values


def planned(kind: ResourceType, inputs: Values) -> dict[str, Any]:
    """Return the state of a resource that is yet to be made: what AWS adds is unknown."""
    return {**dict.fromkeys(kind.outputs, UNKNOWN), **declared_only(inputs)}


def planned_update(kind: ResourceType, state: Values, olds: Values, news: Values) -> dict[str, Any]:
    """Return the state after an update that is yet to be made."""
    kept = {k: v for k, v in state.items() if k not in olds or k in news}
    tags = {"tagsAll": news.get("tags", {})} if "tagsAll" in kept else {}
    return {**kept, **tags, **dict.fromkeys(kind.moves, UNKNOWN), **declared_only(news)}


def declared_only(inputs: Values) -> dict[str, Any]:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def changed_inputs(kind: ResourceType, olds: Values, found: Values, news: Values) -> frozenset[str]:
    """Return the inputs that differ from what is there, or where nobody can look, from before."""
    return frozenset(
        key
        for key, field in kind.fields.items()
        if any(changes(field, (olds if field.unread else found).get(key), news.get(key), key))
    )


def state_of(
    cloud: Cloud, kind: ResourceType, found: Values, inputs: Values, told: Values
) -> dict[str, Any]:
    """Return what was found in the words of `inputs`; what AWS does not tell comes from `told`."""
    state = dict(found)
    for key, field in kind.fields.items():
        if field.unread:
            if key in told:
                state[key] = told[key]
        elif key in found:
            state[key] = _spelled(field, found[key], inputs.get(key))
        elif key in inputs and (field.filled or field.meaning(inputs[key]) is None):
            state[key] = inputs[key]
    if "region" in kind.outputs:
        state["region"] = cloud.region
    if "tagsAll" in kind.outputs and "tags" in state:
        state["tagsAll"] = state["tags"]
    return state


def inputs_of(kind: ResourceType, found: Values, inputs: Values, state: Values) -> dict[str, Any]:
    """Return the inputs that would declare what was found: the known ones and what drifted."""
    result = {key: value for key, value in inputs.items() if key.startswith("__")}
    for key, field in kind.fields.items():
        if field.unread:
            if key in inputs and not _moved(key, found, state):
                result[key] = inputs[key]
            continue
        # AWS always has a value of its own for these: one that it does not tell now has not moved.
        seen = inputs.get(key) if field.filled and key not in found else found.get(key)
        value = _drifted(field, seen, inputs.get(key), state.get(key))
        if value is not None:
            result[key] = value
    return result


def _moved(key: str, found: Values, state: Values) -> bool:
    """Tell whether a function's code is no longer what was uploaded."""
    hashes = state.get("codeSha256"), found.get("codeSha256")
    return key in ("code", "sourceCodeHash") and None not in hashes and hashes[0] != hashes[1]


def _drifted(field: Field, found: Any, declared: Any, before: Any) -> Any:
    """Return the value to hold as input: as declared where it still means the same."""
    if field.meaning(found) == field.meaning(declared):
        return declared
    if declared is None:
        known = field.meaning(found) == field.meaning(before)
        return None if known else found
    if isinstance(found, dict) and isinstance(declared, dict) and field.fields is not None:
        was = before if isinstance(before, dict) else {}
        inner = {
            key: _drifted(field.within(key), found.get(key), declared.get(key), was.get(key))
            for key in {**declared, **found}
        }
        return {key: value for key, value in inner.items() if value is not None}
    if isinstance(found, list) and isinstance(declared, list) and len(found) == len(declared):
        was = (
            before
            if isinstance(before, list) and len(before) == len(found)
            else [None] * len(found)
        )
        return [_drifted(field, *values) for values in zip(found, declared, was, strict=True)]
    return found


def _spelled(field: Field, found: Any, declared: Any) -> Any:
    """Return what was found, spelt as declared wherever both mean the same."""
    if declared is None:
        return found
    if field.meaning(found) == field.meaning(declared):
        return declared
    if isinstance(found, dict) and isinstance(declared, dict):
        return {k: _spelled(field.within(k), v, declared.get(k)) for k, v in found.items()}
    if isinstance(found, list) and isinstance(declared, list) and len(found) == len(declared):
        return [_spelled(field, *pair) for pair in zip(found, declared, strict=True)]
    return found
