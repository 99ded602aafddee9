"""Runtimes of which Lambda creates no function any more.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, "Block function create": the
dates that lay in the past when AWS last moved the others. AWS has postponed those of later
runtimes (python3.8, nodejs16.x, dotnet6 and on) more than once; they are let through.
"""

from local.aws_api.constraint import Members

BLOCKED = frozenset(
    {"dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "go1.x", "java8"}
    | {"nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x"}
    | {"nodejs12.x", "nodejs14.x", "provided", "python2.7", "python3.6", "python3.7"}
    | {"ruby2.5", "ruby2.7"}
)


def blocked_runtime(members: Members) -> str | None:
    """Lambda's refusal of a runtime that is no longer supported."""
    runtime = members.get("Runtime")
    if runtime not in BLOCKED:
        return None
    return (
        f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS "
        "Lambda functions. We recommend you use a supported runtime while creating or updating "
        "functions."
    )
