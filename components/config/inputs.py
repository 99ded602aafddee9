"""Arguments of components: their names, and values that may be Outputs; plain ones stay plain."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import pulumi

from .errors import InvalidInput, InvalidInputs, UnknownInput

T = TypeVar("T")


class _Secret:
    def __repr__(self) -> str:
        return "a secret"


SECRET = _Secret()
"""Stands in errors for a value that is encrypted, in a stack file or as an Output."""


def argument_errors(args: Any, declared: type, component: str) -> list[InvalidInput]:
    """Return what is wrong with arguments before their values are looked at.

    `declared` is the TypedDict of `component`. A name must be one of its fields, a required field
    must be there, and a field that is no `pulumi.Input` takes no Output: names and the set of
    resources follow from it.
    """
    if not isinstance(args, Mapping):
        return [InvalidInput("args", f"the arguments of {component} as a dictionary", args)]
    given = cast(Mapping[str, Any], args)
    # Pulumi spells `Output[T]` as a text inside of `Input`.
    fields = get_type_hints(declared, localns={"Output": pulumi.Output, "T": Any})
    kind = f"argument of {component}"
    required = cast(frozenset[str], getattr(declared, "__required_keys__"))  # noqa: B009
    return [
        *(UnknownInput(kind, name, fields) for name in given if name not in fields),
        *(
            InvalidInput(name, "a value, as it is required", None)
            for name in fields
            if name in required and given.get(name) is None
        ),
        *(
            needs_plain_value(name, value)
            for name, value in given.items()
            if name in fields and not takes_outputs(fields[name]) and not is_plain(value)
        ),
    ]


def needs_plain_value(name: str, value: Any) -> InvalidInput:
    """Return the error of an Output where resources and their names follow from the value."""
    return InvalidInput(name, "a plain value, as names and resources follow from it", value)


def takes_outputs(hint: Any) -> bool:
    """Tell whether a type is a `pulumi.Input`."""
    return get_origin(hint) is pulumi.Output or any(
        get_origin(choice) is pulumi.Output for choice in get_args(hint)
    )


def when_known(value: Any, build: Callable[[Any], T]) -> pulumi.Output[T]:
    """Return `build(value)` as an Output, with every Output inside `value` resolved.

    A value without Outputs is built at once: what is wrong with it stops the program before the
    first resource is registered, not somewhere on the way. Errors do not repeat a secret.
    """
    if is_plain(value):
        return pulumi.Output.from_input(cast(Any, build(value)))
    resolved = pulumi.Output.from_input(value)
    secret = pulumi.Output.from_input(resolved.is_secret())

    def built(both: tuple[Any, bool]) -> T:
        try:
            return build(both[0])
        except (InvalidInput, InvalidInputs) as error:
            if not both[1]:
                raise
            errors = error.errors if isinstance(error, InvalidInputs) else (error,)
            raise InvalidInputs(
                [InvalidInput(error.name, error.expected, SECRET) for error in errors]
            ) from None

    return pulumi.Output.all(resolved, secret).apply(lambda both: built((both[0], both[1])))


def is_plain(value: Any) -> bool:
    """Tell whether a value is known while the program runs, down to its last element."""
    if isinstance(value, pulumi.Output | Awaitable):
        return False
    if isinstance(value, Mapping):
        return all(is_plain(item) for item in cast(Mapping[Any, Any], value).values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(is_plain(item) for item in cast(Sequence[Any], value))
    return True


def made_from(value: Any) -> pulumi.ResourceOptions:
    """Return options under which a resource waits for whatever `value` is made from.

    For a resource that has no input in which to repeat the value.
    """
    sources = pulumi.Output.from_input(value).apply(lambda _: None)
    return pulumi.ResourceOptions(depends_on=cast(Any, [sources]))


def also(first: str, others: Any) -> Any:
    """Return a list of `first` and the elements of `others`, which may be an Output of a list."""
    if isinstance(others, Sequence):
        return [first, *cast(Sequence[Any], others)]
    return pulumi.Output.from_input(others).apply(lambda known: [first, *known])
