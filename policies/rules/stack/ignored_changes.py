"""Every update applies the properties that decide about access and data.

With `ignoreChanges` the engine goes on with the value of the last update, whatever is written and
whatever stands in AWS. https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_resources import together
from ...analysis.evaluation_starters import BUCKET
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource

PAGE = "https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/"
DECIDES_NOTHING = ("description", "memorySize", "scheduleExpression", "tags", "tagsAll", "timeout")


def left_alone(resource: Resource, _: Environment, __: Settings) -> Iterator[str]:
    """Properties that updates leave as they are."""
    for path in resource.ignored:
        if path.partition(".")[0].partition("[")[0] not in DECIDES_NOTHING:
            yield f"ignoreChanges names {path}; remove it, so that updates bring it"


def deciding(environment: Environment) -> list[Resource]:
    """The resources of evaluations, with the policies and settings beside them."""
    holders = (*environment.callers.all, *environment.controllers.invokers)
    found = [
        *together(environment),
        *map(environment.keys.policy_holder, environment.keys.evaluation_keys),
        *map(environment.keys.policy_holder, environment.operations_keys),
        *holders,
        *(resource for each in holders for resource, _ in environment.identities.attached(each)),
        *(resource for each in holders for resource in environment.identities.attachments(each)),
        *(
            config
            for each in environment.controllers.functions
            for config in environment.controllers.invoke_configs(each)
        ),
    ]
    found += [
        each
        for each in environment.stack.every()
        if each.type.startswith("aws:s3/")
        and any(
            bucket in environment.output_buckets
            for bucket in environment.stack.referred(each, "bucket", BUCKET)
        )
    ]
    for queue in environment.controllers.failure_queues:
        found += environment.stack.siblings(queue, "aws:sqs/queuePolicy:QueuePolicy", "queueUrl")
    return list(dict.fromkeys(found))


CHANGES_NOT_IGNORED = StackRule(
    About(
        "changes-not-ignored",
        "No update ignores changes of what decides about access and data.",
        Severity.HIGH,
        "Remove ignoreChanges, but for tags, descriptions and sizes.",
        PAGE,
        controls=nist("CM-2", "CM-6"),
    ),
    deciding,
    "nothing here belongs to batch evaluations",
    left_alone,
)
