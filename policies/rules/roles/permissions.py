"""Roles of evaluations may do what they need and nothing beyond, and hold only known policies."""

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_starters import FUNCTION
from ...analysis.identities import GROUP, POLICY, ROLE, USER
from ...analysis.least_privilege import beyond
from ...analysis.managed_policies import managed
from ...analysis.role_allowances import caller_needs, invoker_needs
from ...analysis.triggers import PATHS
from ...analysis.wording import allowed_by
from ...framework.controls import fsbp, nist
from ...framework.rule import TEXTS, About, Parameter, Settings, StackRule
from ...iam import Allowance
from ...model.resource import Resource, Waiting

PAGE = (
    "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html"
)
LEAST = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"


def caller(role: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """What a caller's role may do that evaluations and their export do not need."""
    table = caller_needs(environment, role, settings.texts("sourceLogGroups"))
    yield from _beyond(role, environment, table)


def invoker(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What an invoker may do beyond invoking the controller."""
    yield from _beyond(role, environment, invoker_needs(environment, role))


def _beyond(role: Resource, environment: Environment, table: Sequence[Allowance]) -> Iterator[str]:
    for holder, policy in environment.identities.attached(role):
        counterexample = beyond(policy, table)
        if counterexample is not None:
            request = counterexample.request
            service = request.folded_action.partition(":")[0]
            rows = [row for row in table if any(a.startswith(f"{service}:") for a in row.actions)]
            needed = " and ".join(
                f"{', '.join(r.actions)} on {', '.join(r.resources)}" for r in rows
            )
            yield (
                f"{allowed_by(counterexample, who='it')} of {holder.name}; what it needs of "
                f"{service} is {needed or 'nothing'}"
            )


def known(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Policies of a role, or roles of what runs, that the stack does not have, so that nothing is
    known about them."""
    if role.type in RUNS_UNDER:
        path = RUNS_UNDER[role.type]
        if not environment.stack.referred(role, path, ROLE) and role.text(path):
            yield f"{path} is {role.text(path)}, a role that is not in the stack; write one of it"
        return
    for where, arn in _from_elsewhere(role, environment):
        yield f"{where} {arn}, whose text is not in the stack; {WRITE}"


def readable(holder: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Policies of anybody else whose text is neither in the stack nor among those of AWS that are
    known: what they allow is not judged by any rule."""
    for where, arn in _from_elsewhere(holder, environment):
        if managed(arn) is None:
            yield (
                f"{where} {arn}, whose text is not known here, so that nothing is said of what it "
                f"allows; {WRITE_OWN}"
            )


def _from_elsewhere(holder: Resource, environment: Environment) -> Iterator[tuple[str, str]]:
    """Where a policy is named that the stack does not have, and its ARN."""
    for attachment in environment.identities.attachments(holder):
        try:
            arn = attachment.text("policyArn")
        except Waiting:
            if not environment.stack.referred(attachment, "policyArn", POLICY):
                raise
            continue
        if arn and not environment.stack.referred(attachment, "policyArn", POLICY):
            yield f"{attachment.name} attaches", arn
    for each, path in environment.identities.lists(holder):
        for arn in each.texts(path):
            if not environment.stack.called(arn, POLICY):
                yield f"{path if each is holder else f'{each.name}: {path}'} names", arn


def others(environment: Environment) -> list[Resource]:
    """Roles, users and groups that neither start evaluations nor invoke the controller."""
    ours = (*environment.callers.all, *environment.controllers.invokers)
    return [each for each in environment.stack.of(ROLE, USER, GROUP) if ours and each not in ours]


def holders(environment: Environment) -> list[Resource]:
    """Whoever may start evaluations or invokes the controller, and what runs under such a role."""
    functions = [
        function
        for function in environment.stack.of(FUNCTION)
        if any(
            environment.starters.has_in_environment(function, key)
            for key in environment.keys.evaluation_keys
        )
    ]
    roles = (*environment.callers.all, *environment.controllers.invokers)
    return list(dict.fromkeys((*roles, *functions, *environment.controllers.triggers)))


RUNS_UNDER = {FUNCTION: "role", **{type_: paths.role for type_, paths in PATHS.items()}}
WRITE = "write a policy of your own with what the role needs"
WRITE_OWN = "write a policy of the stack with what it needs"

CALLER_ROLE_PERMISSIONS = StackRule(
    About(
        "caller-role-permissions",
        "Evaluation roles have least privilege.",
        Severity.HIGH,
        "Remove the action or the resource of the counterexample from the role's policy.",
        PAGE,
        controls=(*fsbp("IAM.1", "IAM.21"), *nist("AC-6")),
        parameters={
            "sourceLogGroups": Parameter(
                ["aws/spans", "/aws/bedrock-agentcore/runtimes/*"],
                "Names, or prefixes ending in *, of the log groups whose sessions are evaluated.",
                TEXTS,
            )
        },
    ),
    lambda environment: environment.callers.all,
    "nobody here may start batch evaluations",
    caller,
    on_holders=True,
)
INVOKER_ROLE_PERMISSIONS = StackRule(
    About(
        "invoker-role-permissions",
        "Roles that invoke the controller can do nothing else.",
        Severity.HIGH,
        "Leave lambda:InvokeFunction on the controller, and sqs:SendMessage to its queues.",
        LEAST,
        controls=(*fsbp("IAM.1", "IAM.21"), *nist("AC-6")),
    ),
    lambda environment: environment.controllers.invokers,
    "nobody here invokes a controller of batch evaluations",
    invoker,
    on_holders=True,
)
ROLE_POLICIES_KNOWN = StackRule(
    About(
        "role-policies-known",
        "Evaluation roles have only policies of the stack.",
        Severity.HIGH,
        "Replace AWS managed and foreign policies, which others change, by one of the stack.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
        controls=nist("AC-6"),
    ),
    holders,
    "no role here starts batch evaluations or invokes their controller",
    known,
)
OTHER_POLICIES_KNOWN = StackRule(
    About(
        "other-policies-known",
        "What other roles, users and groups of the stack may do is known.",
        Severity.LOW,
        "Replace policies of other accounts, and those of AWS that are newer than the pack, by "
        "one of the stack.",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
        mandatory=False,
        controls=nist("AC-6", "CA-7"),
    ),
    others,
    "no other role, user or group here, or nobody starts evaluations",
    readable,
)
