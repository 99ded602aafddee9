"""The resources that have to be in one account and Region."""

from ..model.resource import Resource
from .environment import Environment


def together(environment: Environment) -> list[Resource]:
    """The resources that have to be in one place."""
    found = [
        *environment.evaluation_keys,
        *environment.operations_keys,
        *environment.output_buckets,
        *environment.controllers,
        *environment.failure_queues,
        *environment.result_groups,
        *environment.function_groups,
        *environment.controller_triggers,
    ]
    return list(dict.fromkeys(found)) if environment.evaluation_keys else []
