"""Who reaches the controller: principals with lambda:InvokeFunction, and nobody by other ways.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..environment import Environment
from ..frameworks import fsbp, nist
from ..resource import Resource
from ..rule import About, Settings, StackRule
from .told import NONE

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"
PERMISSION = "aws:lambda/permission:Permission"
URL = "aws:lambda/functionUrl:FunctionUrl"


def ways_in(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Addresses and statements that let others invoke the function."""
    for url in environment.siblings(function, URL, "functionName"):
        if url.text("authorizationType") != "AWS_IAM":
            yield f"{url.name} answers anybody on the internet; take it out"
        else:
            yield f"{url.name} gives it an address on the internet; take it out"
    for permission in environment.siblings(function, PERMISSION, "function"):
        principal = permission.text("principal")
        bound = [name for name in ("sourceArn", "sourceAccount") if permission.value(name)]
        if principal == "*" and not permission.text("principalOrgId"):
            yield f"{permission.name} lets everybody invoke it (principal *); name a principal"
        elif "." in principal and not bound:
            yield (
                f"{permission.name} lets {principal} invoke it for anybody; write sourceArn and "
                "sourceAccount"
            )
        elif principal.isdigit() or ":iam::" in principal:
            account = principal if principal.isdigit() else principal.split(":")[4]
            if account != environment.place(function).account:
                yield f"{permission.name} lets account {account} invoke it; take it out"


CONTROLLER_REACH = StackRule(
    About(
        "controller-reach",
        "Nobody invokes the controller but principals of the account with lambda:InvokeFunction.",
        Severity.CRITICAL,
        "Take function URLs, and permissions for everybody or other accounts, out.",
        PAGE,
        controls=(*fsbp("Lambda.1"), *nist("AC-3", "SC-7")),
    ),
    lambda environment: environment.controllers,
    NONE,
    ways_in,
)
