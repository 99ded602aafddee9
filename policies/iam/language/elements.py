"""Reading the elements of a statement: principals, actions, resources and conditions.

Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html,
reference_policies_grammar.html
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from .conditions import Condition, Wanted, parse_wanted
from .document_errors import Fault
from .operators import parse_operator
from .patterns import Chosen, Pattern, parse_pattern
from .policy_types import RULES, PolicyType, Rules
from .principals import Named, Principals, Sort, parse_named

_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?-]+")


class ElementReader:
    """Reads elements of one document and gathers the faults as it goes.

    `variables` is whether the document's version has policy variables.
    """

    def __init__(self, kind: PolicyType, name: str) -> None:
        self.kind = kind
        self.name = name
        self.rules: Rules = RULES[kind]
        self.faults: list[Fault] = []
        self.remarks: list[Fault] = []
        self.variables = False

    def fault(self, path: str, expected: str, found: object, rule: str = "") -> None:
        self.faults.append(Fault(path, expected, shown(found), rule))

    def one_of(
        self, path: str, statement: Mapping[object, object], element: str
    ) -> tuple[str, object, bool] | None:
        """Path, value and negation of an element or its Not form, if there is exactly one."""
        negated = f"Not{element}"
        present = [name for name in (element, negated) if name in statement]
        if len(present) == 1:
            return f"{path}.{present[0]}", statement[present[0]], present[0] == negated
        place, expected = f"{path}.{element}", f"{element} or {negated}"
        if present:
            self.fault(place, f"{expected}, not both", "both")
        elif self.rules.missing_has_no_effect and element != "Principal":
            fault = Fault(place, f"{expected}; without it the statement has no effect", "nothing")
            self.remarks.append(fault)
        else:
            self.fault(place, expected, "nothing")
        return None

    def principals(self, path: str, statement: Mapping[object, object]) -> Principals | None:
        if not self.rules.has_principal:
            for name in ("Principal", "NotPrincipal"):
                if name in statement:
                    self.fault(f"{path}.{name}", f"no {name} in this document", statement[name])
            return None
        found = self.one_of(path, statement, "Principal")
        if found is None:
            return None
        place, value, negated = found
        if value == "*":
            return Principals(frozenset({Named(Sort.ANYBODY, "*")}), negated)
        names = as_mapping(value)
        if not names:
            self.fault(place, "* or an object of AWS, Service, Federated, CanonicalUser", value)
            return None
        return Principals(frozenset(self.names(place, names)), negated)

    def names(self, path: str, value: Mapping[object, object]) -> Iterator[Named]:
        sorts = {sort.value: sort for sort in Sort if sort is not Sort.ANYBODY}
        for member, listed in value.items():
            sort = sorts.get(member) if isinstance(member, str) else None
            if sort is None:
                self.fault(f"{path}.{shown(member)}", f"one of {', '.join(sorts)}", member)
                continue
            for place, text in self.texts(f"{path}.{sort.value}", listed):
                named = parse_named(sort, text)
                if isinstance(named, str):
                    self.fault(place, named, text)
                else:
                    yield named

    def actions(self, path: str, statement: Mapping[object, object]) -> Chosen | None:
        found = self.one_of(path, statement, "Action")
        if found is None:
            return None
        place, value, negated = found
        patterns: list[Pattern] = []
        for spot, text in self.texts(place, value):
            prefix = text.partition(":")[0].lower()
            if not _ACTION.fullmatch(text):
                self.fault(spot, "* or service:Action, wildcards in the action only", text)
            elif not self.rules.accepts(prefix):
                self.fault(spot, f"an action of {', '.join(self.rules.services)}", text)
            else:
                patterns.append(parse_pattern(text, variables=False, folded=True))
        return Chosen(tuple(patterns), negated)

    def resources(self, path: str, statement: Mapping[object, object]) -> Chosen | None:
        if not self.rules.has_resource:
            for name in ("Resource", "NotResource"):
                if name in statement:
                    self.fault(f"{path}.{name}", f"no {name} in this document", statement[name])
            return None
        found = self.one_of(path, statement, "Resource")
        if found is None:
            return None
        place, value, negated = found
        patterns: list[Pattern] = []
        for spot, text in self.texts(place, value):
            if text != "*" and not text.startswith("arn:"):
                self.fault(spot, "an ARN or *", text)
            elif self.variables and "${" in ":".join(text.split(":", 5)[:5]):
                self.fault(spot, "policy variables after the fifth colon only", text)
            else:
                pattern = self.pattern(spot, text)
                patterns.extend([pattern] if pattern is not None else [])
        return Chosen(tuple(patterns), negated)

    def pattern(self, path: str, text: str) -> Pattern | None:
        try:
            return parse_pattern(text, variables=self.variables)
        except ValueError as error:
            self.fault(path, str(error), text)
            return None

    def conditions(self, path: str, value: object) -> Iterator[Condition]:
        operators = as_mapping(value)
        if operators is None:
            self.fault(path, "an object of operators", value)
            return
        for name, keys in operators.items():
            if not isinstance(name, str) or parse_operator(name) is None:
                self.fault(f"{path}.{shown(name)}", "a condition operator", name)
            elif (tests := as_mapping(keys)) is None:
                self.fault(f"{path}.{name}", "an object of condition keys", keys)
            else:
                for key, wanted in tests.items():
                    if not isinstance(key, str) or ":" not in key.strip(":"):
                        expected = "a condition key such as aws:SourceArn"
                        self.fault(f"{path}.{name}.{shown(key)}", expected, key)
                    elif (condition := self.condition(path, name, key, wanted)) is not None:
                        yield condition

    def condition(self, path: str, name: str, key: str, value: object) -> Condition | None:
        parsed = parse_operator(name)
        if parsed is None:
            return None
        operator, each, if_exists = parsed
        texts: list[str] = []
        wanted: list[Wanted] = []
        for place, text in self.texts(f"{path}.{name}.{key}", value, scalars=True):
            expected = operator.family.value
            try:
                parsed_value = parse_wanted(operator, text, variables=self.variables)
            except ValueError as error:
                parsed_value, expected = None, str(error)
            if parsed_value is None:
                self.fault(place, expected, text)
            else:
                texts.append(text)
                wanted.append(parsed_value)
        return Condition(name, key, tuple(texts), operator, each, if_exists, tuple(wanted))

    def texts(
        self, path: str, value: object, *, scalars: bool = False
    ) -> Iterator[tuple[str, str]]:
        """Place and text of each value; one value may stand without a list around it."""
        listed = as_sequence(value)
        if listed is not None and not listed:
            self.fault(path, "one value or more", value)
        for index, item in enumerate(listed if listed is not None else [value]):
            place = path if listed is None else f"{path}[{index}]"
            text = _text(item) if scalars else (item if isinstance(item, str) else None)
            if text is None:
                self.fault(place, "a text, a number or true/false" if scalars else "a text", item)
            else:
                yield place, text


def as_mapping(value: object) -> Mapping[object, object] | None:
    """The value if it is a JSON object."""
    return cast("Mapping[object, object]", value) if isinstance(value, Mapping) else None


def as_sequence(value: object) -> Sequence[object] | None:
    """The value if it is a JSON array."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else None


def _text(value: object) -> str | None:
    """The text of a value in a condition; quotation marks are optional for numbers and booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return json.dumps(value)


def shown(value: object) -> str:
    """A value in few words."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except (RecursionError, ValueError):  # of deep nesting, and of numbers with too many digits
        text = f"a {type(value).__name__} too large to show"
    return text if len(text) <= 120 else f"{text[:117]}..."
