"""Roles of evaluations may do what they need and nothing beyond, and hold only known policies."""

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from ..access import Allowance
from ..callers import FUNCTION
from ..environment import Environment
from ..frameworks import fsbp, nist
from ..holders import POLICY, ROLE
from ..resource import Resource, Waiting
from ..rule import TEXTS, About, Parameter, Settings, StackRule
from ..triggers import PATHS
from ..within import beyond
from ..wording import witnessed
from .needs import caller_needs, invoker_needs

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
    for holder, policy in environment.attached(role):
        witness = beyond(policy, table)
        if witness is not None:
            request = witness.request
            service = request.folded_action.partition(":")[0]
            rows = [row for row in table if any(a.startswith(f"{service}:") for a in row.actions)]
            needed = " and ".join(
                f"{', '.join(r.actions)} on {', '.join(r.resources)}" for r in rows
            )
            yield (
                f"it {witnessed(witness).partition(' ')[2]} of {holder.name}; what it needs of "
                f"{service} is {needed or 'nothing'}"
            )


def known(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Policies of a role, or roles of what runs, that the stack does not have, so that nothing is
    known about them."""
    if role.type in RUNS_UNDER:
        path = RUNS_UNDER[role.type]
        if not environment.referred(role, path, ROLE) and role.text(path):
            yield f"{path} is {role.text(path)}, a role that is not in the stack; write one of it"
        return
    for attachment in environment.attachments(role):
        try:
            arn = attachment.text("policyArn")
        except Waiting:
            if not environment.referred(attachment, "policyArn", POLICY):
                raise
            continue
        if arn and not environment.referred(attachment, "policyArn", POLICY):
            yield f"{attachment.name} attaches {arn}, whose text is not in the stack; {WRITE}"
    for each, path in environment.lists(role):
        for arn in each.texts(path):
            if not environment.called(arn, POLICY):
                names = path if each is role else f"{each.name}: {path}"
                yield f"{names} names {arn}, whose text is not in the stack; {WRITE}"


def holders(environment: Environment) -> list[Resource]:
    """Whoever may start evaluations or invokes the controller, and what runs under such a role."""
    told = [
        function
        for function in environment.of(FUNCTION)
        if any(environment.is_told(function, key) for key in environment.evaluation_keys)
    ]
    roles = (*environment.callers, *environment.invokers)
    return list(dict.fromkeys((*roles, *told, *environment.controller_triggers)))


RUNS_UNDER = {FUNCTION: "role", **{type_: paths.role for type_, paths in PATHS.items()}}
WRITE = "write a policy of your own with what the role needs"

CALLER_ROLE_PERMISSIONS = StackRule(
    About(
        "caller-role-permissions",
        "Whoever evaluations run under is proved to do no more than they need.",
        Severity.HIGH,
        "Take the action or the resource of the witness out of the role's policy.",
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
    lambda environment: environment.callers,
    "nobody here may start batch evaluations",
    caller,
    on_holders=True,
)
INVOKER_ROLE_PERMISSIONS = StackRule(
    About(
        "invoker-role-permissions",
        "Whoever invokes the controller is proved to do nothing else.",
        Severity.HIGH,
        "Leave lambda:InvokeFunction on the controller, and sqs:SendMessage to its queues.",
        LEAST,
        controls=(*fsbp("IAM.1", "IAM.21"), *nist("AC-6")),
    ),
    lambda environment: environment.invokers,
    "nobody here invokes a controller of batch evaluations",
    invoker,
    on_holders=True,
)
ROLE_POLICIES_KNOWN = StackRule(
    About(
        "role-policies-known",
        "Roles of evaluations hold policies of the stack only.",
        Severity.HIGH,
        "Replace AWS managed and foreign policies, which others change, by one of the stack.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
        controls=nist("AC-6"),
    ),
    holders,
    "no role here starts batch evaluations or invokes their controller",
    known,
)
