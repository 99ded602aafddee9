"""Principals that invoke the controller: by lambda:InvokeFunction only.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.controllers import PERMISSION
from ...analysis.environment import Environment
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...analysis.triggers import PIPE
from ...framework.controls import fsbp, nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import account_in, known_text

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"
POLICY = "aws:lambda/resourcePolicy:ResourcePolicy"
SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
URL = "aws:lambda/functionUrl:FunctionUrl"
INVOKE = "lambda:InvokeFunction"
# Services that pass on what others send them.
FRONTS = ("apigateway", "cognito-idp", "edgelambda", "elasticloadbalancing", "iot", "lex", "sns")


def ways_in(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Addresses and statements that let others invoke the function."""
    for url in _about(function, environment, URL, "functionName"):
        if url.text("authorizationType") != "AWS_IAM":
            yield f"{url.name} answers anybody on the internet; remove it"
        else:
            yield f"{url.name} gives it an address on the internet; remove it"
    for source in _about(function, environment, SOURCE, "functionName"):
        origin = known_text(source, "eventSourceArn") or "a source of events"
        yield f"{source.name} invokes it for whoever writes to {origin}; remove it"
    for pipe in environment.stack.of(PIPE):
        if function in environment.triggers.invoked_by(pipe):
            origin = known_text(pipe, "source") or "its source"
            yield f"{pipe.name} invokes it for whoever writes to {origin}; remove it"
    for policy in _about(function, environment, POLICY, "resourceArn"):
        yield f"{policy.name} is a policy of its own that decides who invokes it; remove it"
    for permission in _about(function, environment, PERMISSION, "function"):
        fault = permission_fault(permission, environment.deployment.account(function))
        if fault:
            yield f"{permission.name} lets {fault}"


def _about(
    function: Resource, environment: Environment, type_: str, path: str
) -> Iterator[Resource]:
    """The resources of a type that name the function, or an alias or version of it."""
    linked = environment.stack.siblings(function, type_, path)
    of_it = re.compile(rf"(.*:)?{re.escape(function.text('name'))}(:[\w$-]+)?")
    for each in environment.stack.of(type_):
        if each in linked or of_it.fullmatch(known_text(each, path)):
            yield each


def permission_fault(permission: Resource, account: str) -> str:
    """Whom else than principals of the account a permission lets do what, and what to write."""
    principal, action = permission.text("principal"), permission.text("action")
    if action.lower() != INVOKE.lower():
        return f"{principal} {action}; write {INVOKE}, or remove it"
    if principal == "*":
        whom = permission.text("principalOrgId") or "everybody"
        return f"{whom} invoke it (principal *); name a principal of account {account}"
    if ":" in principal or principal.isdigit():
        of = principal if principal.isdigit() else account_in(principal)
        return "" if of == account else f"account {of} invoke it; remove it"
    if principal.partition(".")[0] in FRONTS:
        return f"{principal} invoke it for whoever calls that; remove it"
    named = permission.text("sourceAccount") or account_in(permission.text("sourceArn"))
    if not named:
        return f"{principal} invoke it for anybody; write sourceArn and sourceAccount {account}"
    foreign = {named, account_in(permission.text("sourceArn"))} - {"", account}
    return f"{principal} invoke it for account {foreign.pop()}; write {account}" if foreign else ""


CONTROLLER_REACH = StackRule(
    About(
        "controller-reach",
        "Only principals of the account with lambda:InvokeFunction can invoke the controller.",
        Severity.CRITICAL,
        "Remove function URLs, and permissions for everybody or other accounts.",
        PAGE,
        controls=(*fsbp("Lambda.1"), *nist("AC-3", "SC-7")),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    ways_in,
)
