"""Rules on the policy of each evaluation key."""

from collections.abc import Callable, Iterator

from ..analysis.environment import Environment
from ..analysis.evaluation_key_policy import NONE, KeyPolicy, read
from ..model.resource import Resource
from .rule import About, Settings, StackRule

KeyCheck = Callable[[KeyPolicy, Settings], Iterator[str]]


def key_rule(about: About, check: KeyCheck) -> StackRule:
    """A rule on the policy of each evaluation key.

    It is one on the stack: no policy shows by itself that its key is for evaluations.
    """

    def judge(key: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
        policy = read(key, environment)
        if policy is None:
            return
        found = list(check(policy, settings))
        for message in found:
            yield f"{policy.where}{message}"
        if not found:
            policy.wait_for_region(key.name)

    return StackRule(
        about,
        lambda environment: environment.keys.evaluation_keys,
        NONE,
        judge,
        on_documents=True,
    )
