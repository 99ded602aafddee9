"""Concurrent executions of Lambda functions: the quota, and what may be reserved of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.conftest import START, Connect

ECHO = "def handler(event, context):\n    return event\n"


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> Iterator[LocalCloud]:
    """An account whose quota is the test's parameter."""
    clock = ManualClock(START)
    with LocalCloud(clock=clock, enforce=False, lambda_concurrency=request.param) as running:
        yield running


def refusal(minimum: int) -> tuple[str, str]:
    return (
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's "
        f"UnreservedConcurrentExecution below its minimum value of [{minimum}].",
    )


def reserve(connect: Connect, name: str, count: int) -> tuple[str, str]:
    try:
        connect("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=count
        )
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return ("", "")


@pytest.mark.parametrize(
    ("cloud", "count", "expected"),
    [
        (1000, 900, ("", "")),
        (1000, 901, refusal(100)),
        (1000, 1000, refusal(100)),
        (10, 0, ("", "")),
        (10, 1, refusal(10)),
        (10, 5, refusal(10)),
        (50, 1, refusal(50)),
        (104, 5, refusal(100)),
        (105, 5, ("", "")),
    ],
    indirect=["cloud"],
)
def test_a_reservation_leaves_the_account_its_unreserved_executions(
    cloud: LocalCloud,
    connect: Connect,
    function: Callable[..., str],
    count: int,
    expected: tuple[str, str],
) -> None:
    function("fn", ECHO)
    assert reserve(connect, "fn", count) == expected


@pytest.mark.parametrize("cloud", [1000], indirect=True)
def test_reservations_of_all_functions_count_and_the_last_of_each(
    cloud: LocalCloud, connect: Connect, function: Callable[..., str]
) -> None:
    arn = function("one", ECHO)
    function("two", ECHO)
    assert reserve(connect, "one", 800) == ("", "")
    assert reserve(connect, "two", 101) == refusal(100)
    assert reserve(connect, arn, 700) == ("", "")
    assert reserve(connect, "two", 101) == ("", "")
    limits = connect("lambda").get_account_settings()
    assert limits["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert limits["AccountLimit"]["UnreservedConcurrentExecutions"] == 199
    assert limits["AccountUsage"]["FunctionCount"] == 2
    connect("lambda").delete_function_concurrency(FunctionName="one")
    limits = connect("lambda").get_account_settings()
    assert limits["AccountLimit"]["UnreservedConcurrentExecutions"] == 899


@pytest.mark.parametrize("cloud", [1000], indirect=True)
def test_a_reservation_for_a_function_that_is_not_there_says_so(
    cloud: LocalCloud, connect: Connect
) -> None:
    assert reserve(connect, "none", 5000)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("cloud", [1000], indirect=True)
@pytest.mark.parametrize("count", [0, 5])
def test_a_function_says_its_reservation_also_one_of_none(
    connect: Connect, function: Callable[..., str], count: int
) -> None:
    function("fn", ECHO)
    assert "Concurrency" not in connect("lambda").get_function(FunctionName="fn")
    assert reserve(connect, "fn", count) == ("", "")
    found = connect("lambda").get_function(FunctionName="fn")["Concurrency"]
    assert found == {"ReservedConcurrentExecutions": count}


@pytest.mark.parametrize("cloud", [1], indirect=True)
def test_functions_without_reservation_share_what_is_left(
    cloud: LocalCloud, connect: Connect, function: Callable[..., str]
) -> None:
    """The one execution of the account is the outer function's, so that its own call waits."""
    nested = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    client = boto3.client('lambda')\n"
        "    try:\n"
        "        client.invoke(FunctionName='inner')\n"
        "    except client.exceptions.TooManyRequestsException as error:\n"
        "        return error.response['Reason']\n"
    )
    function("outer", nested, Environment={"Variables": {"AWS_MAX_ATTEMPTS": "1"}})
    function("inner", ECHO)
    answer: Any = connect("lambda").invoke(FunctionName="outer")
    assert answer["Payload"].read() == b'"ConcurrentInvocationLimitExceeded"'
