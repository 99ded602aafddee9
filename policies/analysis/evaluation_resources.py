"""The resources that have to be in one account and Region."""

from ..model.resource import Resource
from .environment import Environment


def together(environment: Environment) -> list[Resource]:
    """The resources that have to be in one place."""
    found = [
        *environment.keys.evaluation_keys,
        *environment.operations_keys,
        *environment.output_buckets,
        *environment.controllers.functions,
        *environment.controllers.failure_queues,
        *environment.controllers.result_groups,
        *environment.controllers.function_groups,
        *environment.controllers.triggers,
    ]
    return list(dict.fromkeys(found)) if environment.keys.evaluation_keys else []
