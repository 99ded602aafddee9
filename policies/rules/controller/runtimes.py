"""Lambda runtimes that still receive security patches.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
"""

from collections.abc import Iterator, Mapping
from datetime import date

from pulumi_policy import Severity

from ...analysis.evaluation_starters import FUNCTION
from ...framework.controls import fsbp, nist
from ...framework.rule import About, Parameter, ResourceRule, Settings
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
UPDATES = "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig"
READ_ON = date(2026, 12, 1)
"""The day on which the table below was last compared with what is known of AWS's page."""
# The day on which AWS deprecates each runtime: from then on it gets no security patches.
DEPRECATED_ON: Mapping[str, date] = {
    "dotnet10": date(2028, 11, 14),
    "dotnet6": date(2024, 12, 20),
    "dotnet8": date(2026, 11, 10),
    "dotnetcore3.1": date(2023, 4, 3),
    "go1.x": date(2024, 1, 8),
    "java11": date(2027, 6, 30),
    "java17": date(2027, 6, 30),
    "java21": date(2029, 6, 30),
    "java25": date(2029, 6, 30),
    "java8": date(2024, 1, 8),
    "java8.al2": date(2027, 6, 30),
    "nodejs12.x": date(2023, 3, 31),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "nodejs22.x": date(2027, 4, 30),
    "nodejs24.x": date(2028, 4, 30),
    "provided": date(2024, 1, 8),
    "provided.al2": date(2026, 7, 31),
    "provided.al2023": date(2029, 6, 30),
    "python3.10": date(2026, 10, 31),
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
    "python3.6": date(2022, 7, 18),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
    "ruby3.3": date(2027, 3, 31),
    "ruby3.4": date(2028, 3, 31),
}


def runtime(function: Resource, settings: Settings) -> Iterator[str]:
    """Whether AWS supports the runtime on the day that is asked about, and goes on mending it."""
    if function.type == UPDATES:
        if function.text("updateRuntimeOn") == "Manual":
            yield "updateRuntimeOn is Manual, so that AWS mends nothing; write Auto"
        return
    name = function.text("runtime")
    least = settings.number("minMonths")
    end = DEPRECATED_ON.get(name)
    today = date.today()
    supported = ", ".join(sorted(n for n, day in DEPRECATED_ON.items() if day > today))
    if end is None:
        yield (
            f"runtime is {name}, which the pack's table of {READ_ON} does not have; make sure on "
            f"{PAGE} that AWS supports it, or write one of {supported}"
        )
    elif end <= today:
        yield f"runtime {name} is deprecated since {end}; write one of {supported}"
    elif (end.year - today.year) * 12 + end.month - today.month < least:
        yield f"runtime {name} is supported until {end}; write one of {supported}"


def without_runtime(resource: Resource) -> str:
    """Why nothing is to be said of a function's runtime."""
    has = resource.type == UPDATES or resource.text("runtime")
    return "" if has else "its image has the runtime"


FUNCTION_RUNTIME = ResourceRule(
    About(
        "function-runtime",
        "Functions use a Lambda runtime that still receives security patches.",
        Severity.MEDIUM,
        "Use a later runtime, and leave its updates to AWS.",
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
