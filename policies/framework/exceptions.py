"""Exceptions from a rule: named, for one resource, with a reason, until a day.

They stand in the pack's configuration, under the rule that they are from:

    {"output-bucket-versioning": {"exceptions": [{"name": "SEC-812", "resource": "scratch-bucket",
        "reason": "holds what can be made again", "expires": "2027-03-31"}]}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from pulumi_policy import ReportViolation

from ..model.resource import Resource

FIELDS = ("name", "resource", "reason", "expires")
SCHEMA: dict[str, object] = {
    "type": "array",
    "default": [],
    "description": "Exceptions from the rule: name, resource (logical name or URN), reason and the "
    "last day, YYYY-MM-DD.",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": list(FIELDS),
        "properties": {name: {"type": "string", "minLength": 1} for name in FIELDS},
    },
}


@dataclass(frozen=True)
class RuleException:
    """One exception; `expires` is the last day on which it holds."""

    name: str
    resource: str
    reason: str
    expires: date

    def is_for(self, resource: Resource) -> bool:
        """Whether it is for that resource."""
        return self.resource in (resource.name, resource.urn)

    def fault(self, today: date) -> str:
        """What is wrong with it: nothing until it has expired."""
        if self.expires >= today:
            return ""
        return (
            f"{self.resource}: exception {self.name} ({self.reason}) expired on {self.expires}; "
            "mend the resource and remove the exception, or have a new one approved"
        )


def read_exceptions(config: object) -> tuple[list[RuleException], list[str]]:
    """The exceptions of a rule's configuration, and what is wrong with any that cannot be used."""
    is_list = isinstance(config, Sequence) and not isinstance(config, str)
    listed = cast("Sequence[object]", config if is_list else [config])
    found: list[RuleException] = []
    faults: list[str] = []
    for index, item in enumerate(listed):
        place = f"exceptions[{index}]"
        given = cast("dict[str, object]", item if isinstance(item, dict) else {})
        texts = [given.get(name) for name in FIELDS]
        if given.keys() != set(FIELDS) or not all(isinstance(each, str) and each for each in texts):
            expected = ", ".join(FIELDS)
            faults.append(f"{place}: expected the texts {expected}, found {item!r}")
            continue
        name, resource, reason, expires = cast("list[str]", texts)
        try:
            found.append(RuleException(name, resource, reason, date.fromisoformat(expires)))
        except ValueError:
            faults.append(f"{place}.expires: expected a day as YYYY-MM-DD, found {expires!r}")
    return found, faults


def excepted_by(
    config: Mapping[str, object], resources: Sequence[Resource], report: ReportViolation
) -> dict[str, str]:
    """The resources, by URN, that an exception holds for, and why; the others are reported."""
    found, faults = read_exceptions(config.get("exceptions", []))
    for fault in faults:
        report(fault, None)
    today = date.today()
    excepted: dict[str, str] = {}
    for exception in found:
        for resource in resources:
            if exception.is_for(resource):
                fault = exception.fault(today)
                if fault:
                    report(fault, resource.urn)
                else:
                    until = f"exception {exception.name} until {exception.expires}"
                    excepted[resource.urn] = f"{resource.name}: {until}: {exception.reason}"
    return excepted
