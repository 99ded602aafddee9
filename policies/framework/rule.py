"""A rule: one idea about resources, with the words and references that Pulumi shows.

A rule on resources judges each as it is registered, before it is made; a rule on the stack judges
resources together, at the end of a preview and of an update.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from ..analysis.environment import Environment
from ..iam import UnprovableError, printable
from ..model.pulumi_resources import read_resource
from ..model.resource import Resource, Waiting
from ..model.stack import plain_type
from . import exceptions
from .controls import Control
from .exceptions import excepted_by
from .stack_run import RUN


@dataclass(frozen=True)
class Parameter:
    """A value that configuration may change. The engine fills in defaults, and so does the code."""

    default: object
    description: str
    schema: Mapping[str, object]

    def as_schema(self) -> dict[str, object]:
        """The parameter in the rule's configuration schema."""
        return {**self.schema, "default": self.default, "description": self.description}


TEXTS: Mapping[str, object] = {"type": "array", "items": {"type": "string"}}
"""The schema of a list of texts."""

EPHEMERAL_STACKS = Parameter(
    ["local", "dev"],
    "Names, or patterns with *, of stacks whose data may be lost.",
    TEXTS,
)


@dataclass(frozen=True)
class Settings:
    """A rule's parameters as configured."""

    config: Mapping[str, object]
    defaults: Mapping[str, Parameter]

    def value(self, name: str) -> object:
        """The configured value or the default."""
        return self.config.get(name, self.defaults[name].default)

    def number(self, name: str) -> int:
        """A number; they arrive as floats."""
        return int(cast("float", self.value(name)))

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        return list(cast("Sequence[str]", self.value(name)))

    def is_ephemeral(self, resource: Resource) -> bool:
        """Whether the resource's stack is one whose data may be lost."""
        patterns = self.texts("ephemeralStacks")
        return any(fnmatchcase(resource.stack, pattern) for pattern in patterns)


@dataclass(frozen=True)
class About:
    """What a rule says of itself. `mandatory` rules guard against loss of data or access."""

    name: str
    description: str
    severity: Severity
    remediation: str
    url: str
    mandatory: bool = True
    controls: tuple[Control, ...] = ()
    parameters: Mapping[str, Parameter] | None = None

    @property
    def level(self) -> EnforcementLevel:
        """The enforcement level."""
        return EnforcementLevel.MANDATORY if self.mandatory else EnforcementLevel.ADVISORY

    @property
    def defaults(self) -> Mapping[str, Parameter]:
        """The parameters by name."""
        return self.parameters or {}

    def check_names(self, config: Mapping[str, object], report: ReportViolation) -> None:
        """Report what is configured and no parameter: Pulumi checks the values of those alone."""
        known = (*self.defaults, "exceptions")
        for name in config:
            if name not in known:
                report(f"configuration: expected {' or '.join(known)}, found {name}", None)

    def as_arguments(self) -> dict[str, Any]:
        """The same for Pulumi, which takes one framework a policy: the others become tags."""
        properties = {name: each.as_schema() for name, each in self.defaults.items()}
        return {
            "name": self.name,
            "description": self.description,
            "enforcement_level": self.level,
            "config_schema": PolicyConfigSchema({**properties, "exceptions": exceptions.SCHEMA}),
            "display_name": self.name.replace("-", " ").capitalize(),
            "severity": self.severity,
            "framework": self.controls[0].as_policy_framework() if self.controls else None,
            "tags": [str(control) for control in self.controls],
            "remediation_steps": self.remediation,
            "url": self.url,
        }


Check = Callable[[Resource, Settings], Iterator[str]]
StackCheck = Callable[[Resource, Environment, Settings], Iterator[str]]

# Almost every program has policies that only an update will know, and any may let evaluations
# start: the one rule that is about that waits for them, and not each that follows from it.
FIRST = "evaluation-callers"


class ResourceRule(ResourceValidationPolicy):
    """A rule on each resource of some types that `inapplicable` gives no reason to leave out."""

    def __init__(
        self,
        about: About,
        types: Iterable[str],
        check: Check,
        inapplicable: Callable[[Resource], str] = lambda _: "",
    ) -> None:
        super().__init__(**about.as_arguments())  # pyright: ignore[reportUnknownMemberType]
        self.about = about
        self.types = frozenset(types)
        self.elsewhere = f"is about {', '.join(sorted(map(short_type, self.types)))}"
        self.check = check
        self.inapplicable = inapplicable

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        """Judge one resource."""
        report = _printing(report_violation)
        if args.resource_type not in self.types:
            args.not_applicable(self.elsewhere)
        resource = read_resource(args)
        reason = self.inapplicable(resource)
        if reason:
            args.not_applicable(reason)
        config = args.get_config()
        self.about.check_names(config, report)
        excepted = excepted_by(config, [resource], report)
        if excepted:
            args.not_applicable(excepted[resource.urn])
        for message in _messages(self.check(resource, Settings(config, self.about.defaults))):
            report(f"{resource.name}: {message}", None)

    def judge(self, resource: Resource) -> tuple[str, ...] | None:
        """What it waits for about a resource with its defaults; None if it has nothing to judge."""
        try:
            if plain_type(resource.type) not in self.types or self.inapplicable(resource):
                return None
            list(_messages(self.check(resource, Settings({}, self.about.defaults))))
        except Waiting as wait:
            return wait.messages
        return ()


class StackRule(StackValidationPolicy):
    """A rule on some resources of a stack together with what belongs to them; `none` is the reason
    not to apply where there are none. One `on_holders` is about all that policies of its subjects
    allow; one `on_documents` about a document that can be judged alone, before it is made."""

    def __init__(
        self,
        about: About,
        subjects: Callable[[Environment], Sequence[Resource]],
        none: str,
        check: StackCheck,
        *,
        on_holders: bool = False,
        on_documents: bool = False,
    ) -> None:
        super().__init__(**about.as_arguments())  # pyright: ignore[reportUnknownMemberType]
        self.about = about
        self.subjects = subjects
        self.none = none
        self.check = check
        self.on_holders = on_holders
        self.on_documents = on_documents

    def validate(self, args: StackValidationArgs, report_violation: ReportViolation) -> None:
        """Judge the stack; what waits for an update does not keep the rest from being judged."""
        if RUN.is_of_one and not self.on_documents:
            args.not_applicable("is about more than one document")
        report = _printing(report_violation)
        environment = RUN.environment(args.resources)
        undecided = environment.undecided()
        subjects, waiting = self._subjects(environment, undecided)
        if not subjects and not waiting:
            RUN.record(self.name, None)
            more = f"; {FIRST} waits for what may show some: {'; '.join(undecided)}"
            args.not_applicable(f"{self.none}{more if undecided else ''}")
        config = args.get_config()
        self.about.check_names(config, report)
        excepted = excepted_by(config, subjects, report)
        settings = Settings(config, self.about.defaults)
        for subject in subjects:
            if subject.urn in excepted:
                continue
            try:
                for message in _messages(self.check(subject, environment, settings)):
                    report(f"{subject.name}: {message}", subject.urn)
            except Waiting as wait:
                waiting += wait.messages
        waiting += environment.stack.noted()
        RUN.record(self.name, tuple(dict.fromkeys(waiting)))
        if waiting:
            raise Waiting(*map(printable, waiting))
        if len(excepted) == len(subjects):
            args.not_applicable("; ".join(excepted.values()))

    def _subjects(
        self, environment: Environment, undecided: Iterable[str]
    ) -> tuple[Sequence[Resource], list[str]]:
        """What it is about, and what it waits for to know that."""
        subjects = self.subjects(environment)
        waiting = [each for each in environment.stack.noted() if each not in undecided]
        if self.about.name == FIRST or (self.on_holders and environment.keys.evaluation_keys):
            waiting += undecided
        return subjects, waiting

    def judge(self, environment: Environment, undecided: Iterable[str]) -> tuple[str, ...] | None:
        """What it waits for in a stack with its defaults; None if it has nothing to judge."""
        environment.stack.noted()
        subjects, waiting = self._subjects(environment, undecided)
        for subject in subjects:
            try:
                check = self.check(subject, environment, Settings({}, self.about.defaults))
                list(_messages(check))
            except Waiting as wait:
                waiting += wait.messages
        waiting += environment.stack.noted()
        return tuple(dict.fromkeys(waiting)) if subjects or waiting else None


def _printing(report: ReportViolation) -> ReportViolation:
    """Report on one line of printable text: messages repeat names and values of the program."""
    return lambda message, urn: report(printable(message), urn)


def _messages(found: Iterator[str]) -> Iterator[str]:
    """What a check found, with what it could not prove: nothing passes without a proof."""
    try:
        yield from found
    except UnprovableError as error:
        yield f"nothing is proved about it: {error}; write it without policy variables"


def short_type(type_: str) -> str:
    """`kms.Key` of `aws:kms/key:Key`."""
    module, _, name = type_.removeprefix("aws:").partition(":")
    return f"{module.partition('/')[0]}.{name}"


READERS = Parameter(
    [],
    "Names of roles, users and groups of the stack that may.",
    TEXTS,
)
