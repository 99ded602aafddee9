"""Resource types as the engine sees them."""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pulumi import CustomResource
from pulumi import _types as pulumi_types

from .aws_clients import Cloud
from .fields import Field

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A resource type: its declaration in pulumi_aws and its life in AWS.

    declared: the class of pulumi_aws.
    fields: the supported inputs; any other is refused by name.
    create: makes the resource with what cannot be changed later and returns its id.
    read: returns inputs and outputs as found, None when there is no such resource.
    update: given the inputs and which of them differ from what was found, makes them so. It also
        finishes a creation. None where every change replaces.
    delete: given id and last known state; a missing resource is no error.
    service: the boto3 service that is asked.
    name: the input that names it physically, None when AWS chooses.
    name_prefix: what AWS wants before each such name.
    moves: outputs that an update changes.
    """

    declared: type[CustomResource]
    fields: Mapping[str, Field]
    service: str
    create: Callable[[Cloud, Values], str]
    read: Callable[[Cloud, str], dict[str, Any] | None]
    delete: Callable[[Cloud, str, Values], None]
    update: Callable[[Cloud, str, Values, frozenset[str]], None] | None = None
    name: str | None = None
    name_prefix: str = ""
    moves: frozenset[str] = frozenset()

    @cached_property
    def token(self) -> str:
        """The type token, such as `aws:kms/key:Key`."""
        return getattr(self.declared, "pulumi_type")  # noqa: B009 (CustomResource declares none)

    @cached_property
    def inputs(self) -> type:
        """The class of pulumi_aws that declares the inputs.

        A type whose name with `Args` is also a nested type has its inputs in `…InitArgs`.
        """
        module, name = sys.modules[self.declared.__module__], self.declared.__name__
        return getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")

    @cached_property
    def outputs(self) -> frozenset[str]:
        """The names of all properties that a program can read from the resource."""
        return frozenset(pulumi_types.resource_types(self.declared))

    def with_defaults(self, inputs: Values) -> dict[str, Any]:
        """Return `inputs` with what absence means written out."""
        defaults = {k: f.default for k, f in self.fields.items() if f.default is not None}
        return {**defaults, **inputs}


def required_inputs(cls: type) -> frozenset[str]:
    """Return the wire names of the properties that an args class of pulumi_aws demands."""
    names = pulumi_types.input_type_py_to_pulumi_names(cls)
    parameters = inspect.signature(cls.__init__).parameters
    return frozenset(
        wire
        for python, wire in names.items()
        if parameters[python].default is inspect.Parameter.empty
    )
