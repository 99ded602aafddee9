"""The log groups of results and of controllers."""

from ..model.resource import Resource
from .environment import Environment


def groups(environment: Environment) -> list[Resource]:
    """The groups of results and of controllers."""
    found = (*environment.controllers.result_groups, *environment.controllers.function_groups)
    return list(dict.fromkeys(found))
