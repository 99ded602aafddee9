"""What functions run on: a runtime that AWS supports, and goes on mending.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
"""

from collections.abc import Iterator, Mapping
from datetime import date

from pulumi_policy import Severity

from ..callers import FUNCTION
from ..frameworks import fsbp, nist
from ..resource import Resource
from ..rule import About, Parameter, ResourceRule, Settings

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
UPDATES = "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig"
# The end of each runtime's support.
SUPPORTED_UNTIL: Mapping[str, date] = {
    "java17": date(2027, 6, 30),
    "java21": date(2029, 6, 30),
    "java25": date(2029, 6, 30),
    "nodejs22.x": date(2027, 4, 30),
    "nodejs24.x": date(2028, 4, 30),
    "provided.al2023": date(2029, 6, 30),
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}


def runtime(function: Resource, settings: Settings) -> Iterator[str]:
    """Whether AWS supports the runtime on the day that is asked about, and goes on mending it."""
    if function.type == UPDATES:
        if function.text("updateRuntimeOn") == "Manual":
            yield "updateRuntimeOn is Manual, so that AWS mends nothing; write Auto"
        return
    name = function.text("runtime")
    least = settings.number("minMonths")
    end = SUPPORTED_UNTIL.get(name)
    today = date.today()
    supported = ", ".join(sorted(n for n, day in SUPPORTED_UNTIL.items() if day > today))
    if end is None:
        yield f"runtime is {name}, not among those supported; write one of {supported}"
    elif (end.year - today.year) * 12 + end.month - today.month < least:
        yield f"runtime {name} is supported until {end}; write one of {supported}"


def without_runtime(resource: Resource) -> str:
    """Why nothing is to be said of a function's runtime."""
    has = resource.type == UPDATES or resource.text("runtime")
    return "" if has else "its image has the runtime"


FUNCTION_RUNTIME = ResourceRule(
    About(
        "function-runtime",
        "Functions run on a runtime that AWS supports and goes on mending.",
        Severity.MEDIUM,
        "Move to a later runtime, and leave its updates to AWS.",
        PAGE,
        mandatory=False,
        controls=(*fsbp("Lambda.2"), *nist("SI-2")),
        parameters={
            "minMonths": Parameter(
                3, "For how many months yet it has to be.", {"type": "integer", "minimum": 0}
            )
        },
    ),
    [FUNCTION, UPDATES],
    runtime,
    without_runtime,
)
