"""The evaluation key encrypts evaluations and their exports, and nothing else.

Whatever else it encrypts would need statements of its own in the key policy, and would be lost
with it. https://docs.aws.amazon.com/kms/latest/developerguide/best-practices.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_keys import SAYS_KEY
from ...analysis.evaluation_starters import BUCKET
from ...analysis.key_grants import granted
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import known_texts

PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/best-practices.html"
NONE = "no key here is one that batch evaluations use"
# What KMS makes belongs to the key, and buckets are looked at by themselves.
APART = ("aws:kms/", "aws:s3/")


def other_uses(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What else is encrypted under the key."""
    for resource in environment.stack.every():
        if resource.type.startswith(APART):
            continue
        for path in filter(SAYS_KEY.search, resource.props):
            named = [*environment.stack.referred(resource, path, key.type), *resource.linked(path)]
            texts = [
                each
                for each in known_texts(resource, path)
                if key in environment.stack.called(each, key.type)
            ]
            if key in named or texts:
                alias = next((f", as {each}" for each in texts if each.startswith("alias/")), "")
                yield f"{resource.name}: {path} names it{alias}; write another key"
    for bucket in environment.stack.of(BUCKET) if environment.written_buckets else []:
        if bucket not in environment.written_buckets and key in environment.keys.keys_of(bucket):
            yield f"bucket {bucket.name} is encrypted under it; write another key"


def grants(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Grants of the key."""
    for grant in granted(key, environment):
        yield f"{grant}; remove it: AgentCore uses no grants"


EVALUATION_KEY_SOLE_USE = StackRule(
    About(
        "evaluation-key-sole-use",
        "The evaluation key encrypts nothing but evaluations and their exports.",
        Severity.MEDIUM,
        "Give logs, queues, functions and other data a key of their own.",
        PAGE,
        controls=nist("SC-12", "AC-6"),
    ),
    lambda environment: environment.keys.evaluation_keys,
    NONE,
    other_uses,
)
EVALUATION_KEY_NO_GRANTS = StackRule(
    About(
        "evaluation-key-no-grants",
        "The stack makes no grants of the evaluation key.",
        Severity.HIGH,
        "Remove the Grant; the key policy is the one place that says who uses the key.",
        "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
        controls=nist("AC-6"),
    ),
    lambda environment: environment.keys.evaluation_keys,
    NONE,
    grants,
)
