"""The table of Lambda runtimes: what is said on a day, and nothing of what it does not have."""

from datetime import date
from unittest import mock

import pytest

from policies.analysis.evaluation_starters import FUNCTION
from policies.rules.controller import runtimes
from policies.rules.controller.runtimes import DEPRECATED_ON, FUNCTION_RUNTIME, PAGE
from tests.policies.test_rules import validate


def messages(name: str, day: date) -> list[str]:
    """What the rule says of a runtime on a day."""
    with mock.patch.object(runtimes, "date", mock.Mock(today=lambda: day)):
        return validate(FUNCTION_RUNTIME, FUNCTION, {"runtime": name})


@pytest.mark.parametrize("name", ["dotnet10", "java25", "nodejs24.x", "python3.14", "ruby3.4"])
def test_a_runtime_that_is_supported_for_long_passes(name: str) -> None:
    assert messages(name, date(2026, 12, 1)) == []


@pytest.mark.parametrize("name", DEPRECATED_ON)
def test_each_runtime_is_reported_from_three_months_before_its_day_on(name: str) -> None:
    end = DEPRECATED_ON[name]
    assert messages(name, date(end.year - 1, end.month, 1)) == []
    (soon,) = messages(name, date(end.year, end.month, 1)) or [""]
    assert f"runtime {name} is {'deprecated since' if end.day == 1 else 'supported until'}" in soon
    (gone,) = messages(name, date(end.year + 1, end.month, 1))
    assert f"runtime {name} is deprecated since {end}" in gone


def test_a_runtime_that_the_table_does_not_have_is_not_called_unsupported() -> None:
    (message,) = messages("python3.19", date(2026, 12, 1))
    assert "python3.19, which the pack's table of" in message
    assert PAGE in message
    assert "support" not in message.partition(";")[0]
