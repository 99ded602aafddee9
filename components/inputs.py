"""Values that a component may get plainly or as an Output; plain ones stay plain."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import pulumi

T = TypeVar("T")


def when_known(value: Any, build: Callable[[Any], T]) -> pulumi.Output[T]:
    """Return `build(value)` as an Output, with every Output inside `value` resolved.

    A value without Outputs is built at once: what is wrong with it stops the program before the
    first resource is registered, not somewhere on the way.
    """
    if is_plain(value):
        return pulumi.Output.from_input(cast(Any, build(value)))
    return pulumi.Output.from_input(value).apply(build)


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
