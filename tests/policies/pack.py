"""What the engine does with a policy pack: requests made of a program's registrations, in process.

`Registration` is one resource as the engine has it; a test edits what the program registered and
has the real analyzer judge it.
"""

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast
from unittest import mock

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import (
    _NotApplicableError,  # pyright: ignore[reportPrivateUsage]
    _PolicyAnalyzerServicer,  # pyright: ignore[reportPrivateUsage]
)
from pulumi_policy.proxy import UnknownValueError

from policies.framework.rule import ResourceRule, StackRule
from policies.framework.stack_run import RUN
from policies.rules.all_rules import RULES
from tests.harness import Run

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PACK = "agentcore-batch-evaluation"


@dataclass(frozen=True)
class Registration:
    """A resource with inputs and outputs as they travel; `links` are URNs by property."""

    type: str
    urn: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    protect: bool = False
    dependencies: list[str] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    provider: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    def as_request(self) -> analyzer_pb2.AnalyzeRequest:
        """What the engine asks before it makes the resource."""
        return analyzer_pb2.AnalyzeRequest(
            type=self.type,
            urn=self.urn,
            name=self.name,
            properties=_struct(self.inputs),
            options=self._options(),
            provider=self._provider(),
        )

    def as_resource(self) -> analyzer_pb2.AnalyzerResource:
        """The resource among those of its stack."""
        return analyzer_pb2.AnalyzerResource(
            type=self.type,
            urn=self.urn,
            name=self.name,
            properties=_struct(self.outputs),
            options=self._options(),
            provider=self._provider(),
            dependencies=self.dependencies,
            propertyDependencies={
                name: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                for name, urns in self.links.items()
            },
        )

    def _options(self) -> analyzer_pb2.AnalyzerResourceOptions:
        return analyzer_pb2.AnalyzerResourceOptions(
            protect=self.protect, ignoreChanges=self.ignored
        )

    def _provider(self) -> analyzer_pb2.AnalyzerProviderResource | None:
        if self.provider is None:
            return None
        type_ = "pulumi:providers:aws"
        return analyzer_pb2.AnalyzerProviderResource(
            type=type_,
            urn=f"urn:pulumi:prod::p::{type_}::elsewhere",
            name="elsewhere",
            properties=_struct(self.provider),
        )


@dataclass(frozen=True)
class Report:
    """One message of a rule; `waits` if the rule could not be run, `mandatory` if it stops."""

    rule: str
    message: str
    mandatory: bool
    urn: str

    @property
    def waits(self) -> bool:
        """Whether the rule says that it cannot be run yet."""
        return self.message.startswith(f"can't run policy '{self.rule}'")


@dataclass
class Judgement:
    """What all rules said of a stack; which were not applicable to a resource or to the stack, with
    their reasons; and which were applied to one."""

    reports: list[Report]
    inapplicable: dict[str, set[str]]
    applied: set[str]

    def add(
        self,
        urn: str,
        rules: Iterable[ResourceRule | StackRule],
        args: ResourceValidationArgs | StackValidationArgs,
    ) -> None:
        """Add what rules say of a resource or of the stack, as the SDK words it."""
        for rule in rules:
            mandatory = rule.enforcement_level in (None, EnforcementLevel.MANDATORY)
            judge = cast("Callable[[Any, Any], Any]", rule.validate)
            try:
                judge(args, self._reporter(rule, mandatory, urn))
            except UnknownValueError as unknown:
                told = (
                    f"can't run policy '{rule.name}' from policy pack '{PACK}@v0.0.1' during "
                    f"preview: {unknown.message}"
                )
                self.reports.append(Report(rule.name, told, False, urn))
            except _NotApplicableError as reason:
                self.inapplicable.setdefault(rule.name, set()).add(reason.reason or "")
                continue
            self.applied.add(rule.name)

    def _reporter(
        self, rule: ResourceRule | StackRule, mandatory: bool, urn: str
    ) -> Callable[..., None]:
        def report(message: str, about: str | None = None) -> None:
            told = f"{rule.description}\n{message}" if message else rule.description
            self.reports.append(Report(rule.name, told, mandatory, about or urn))

        return report

    @property
    def violations(self) -> list[Report]:
        """What is reported, without what waits."""
        return [each for each in self.reports if not each.waits]

    @property
    def waiting(self) -> list[Report]:
        """What waits."""
        return [each for each in self.reports if each.waits]


def registrations(run: Run) -> list[Registration]:
    """The resources of a run, as a test may edit them."""
    return [
        Registration(
            type=each.type,
            urn=each.urn,
            inputs=copy.deepcopy(each.sent),
            outputs=copy.deepcopy(each.state if each.custom else each.sent),
            protect=each.protect,
            dependencies=sorted(each.dependencies),
            links=copy.deepcopy(each.property_dependencies),
        )
        for each in run.resources.values()
    ]


def analyzer(
    config: Mapping[str, Mapping[str, Any]] | None = None, only: str = ""
) -> _PolicyAnalyzerServicer:
    """The pack's servicer, configured by rule name; `enforcementLevel` may be among the values."""
    rules = [rule for rule in RULES if only in ("", rule.name)]
    servicer = _PolicyAnalyzerServicer(PACK, "0.0.1", [*rules], EnforcementLevel.MANDATORY)
    servicer.Configure(configuration(config or {}), None)
    return servicer


def configuration(config: Mapping[str, Mapping[str, Any]]) -> analyzer_pb2.ConfigureAnalyzerRequest:
    """A pack's configuration as the engine sends it."""
    levels = {rule.name: rule.enforcement_level for rule in RULES}
    given: dict[str, analyzer_pb2.PolicyConfig] = {}
    for name, values in config.items():
        level = values.get("enforcementLevel", levels[name])
        number = analyzer_pb2.EnforcementLevel.Value(EnforcementLevel(level).name)
        rest = {key: value for key, value in values.items() if key != "enforcementLevel"}
        given[name] = analyzer_pb2.PolicyConfig(enforcementLevel=number, properties=_struct(rest))
    return analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=given)


def judge(
    resources: Iterable[Registration],
    config: Mapping[str, Mapping[str, Any]] | None = None,
    only: str = "",
) -> Judgement:
    """What the pack, or one rule of it, says of a stack: each resource and all together.

    Without a configuration each rule is handed what the SDK made of the program once: the SDK would
    make it anew for each rule, which is most of the work. `analyzed` leaves all to the SDK.
    """
    if config is not None:
        return analyzed(resources, config, only)
    listed = list(resources)
    about_one = [rule for rule in _rules(only) if isinstance(rule, ResourceRule)]
    about_all = [rule for rule in _rules(only) if isinstance(rule, StackRule)]
    found = Judgement([], {}, set())
    each_of, all_of = _converted(listed)
    if about_one:
        for each, args in zip(listed, each_of, strict=True):
            found.add(each.urn, about_one, args)
    if about_all:
        with RUN.begun():
            found.add("", about_all, all_of)
    return found


def analyzed(
    resources: Iterable[Registration],
    config: Mapping[str, Mapping[str, Any]] | None = None,
    only: str = "",
) -> Judgement:
    """The same as the SDK's servicer answers it to the engine."""
    servicer = analyzer(config, only)
    listed = list(resources)
    asked = _rules(only)
    answers: list[tuple[str, analyzer_pb2.AnalyzeResponse]] = []
    if any(isinstance(rule, ResourceRule) for rule in asked):
        answers += [(each.urn, servicer.Analyze(each.as_request(), None)) for each in listed]
    if any(isinstance(rule, StackRule) for rule in asked):
        with RUN.begun():
            answers.append(("", servicer.AnalyzeStack(_together(listed), None)))
    found = Judgement([], {}, set())
    for urn, answer in answers:
        about = {rule.name for rule in asked if isinstance(rule, ResourceRule) is bool(urn)}
        found.applied |= about - {each.policy_name for each in answer.not_applicable}
        for each in answer.diagnostics:
            mandatory = each.enforcementLevel == analyzer_pb2.MANDATORY
            found.reports.append(Report(each.policyName, each.message, mandatory, each.urn or urn))
        for each in answer.not_applicable:
            found.inapplicable.setdefault(each.policy_name, set()).add(each.reason)
    return found


def _rules(only: str) -> list[ResourceRule | StackRule]:
    return [rule for rule in RULES if only in ("", rule.name)]


def _together(resources: Iterable[Registration]) -> analyzer_pb2.AnalyzeStackRequest:
    return analyzer_pb2.AnalyzeStackRequest(resources=[each.as_resource() for each in resources])


def _converted(
    resources: list[Registration],
) -> tuple[list[ResourceValidationArgs], StackValidationArgs]:
    """What the SDK makes of a program: what a rule about a resource is given of each, and what a
    rule about a stack is given of all."""
    each_of: list[ResourceValidationArgs] = []
    all_of: list[StackValidationArgs] = []
    keeping: list[Policy] = [
        ResourceValidationPolicy("one", "One.", lambda args, _: each_of.append(args)),
        StackValidationPolicy("together", "Together.", lambda args, _: all_of.append(args)),
    ]
    servicer = _PolicyAnalyzerServicer(PACK, "0.0.1", keeping, EnforcementLevel.MANDATORY)
    # Most resources are the same as in the program before.
    with mock.patch("pulumi_policy.policy.json_format.MessageToDict", _read):
        for each in resources:
            servicer.Analyze(each.as_request(), None)
        servicer.AnalyzeStack(_together(resources), None)
    return each_of, all_of[0]


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return _written(json.dumps(values))


@lru_cache(maxsize=4096)
def _written(text: str) -> struct_pb2.Struct:
    """The same for every edit that leaves a resource alone; messages take a copy."""
    struct = struct_pb2.Struct()
    struct.update(json.loads(text))
    return struct


_to_dict = json_format.MessageToDict


def _read(struct: struct_pb2.Struct) -> dict[str, Any]:
    return _unpacked(struct.SerializeToString(deterministic=True))


@lru_cache(maxsize=4096)
def _unpacked(data: bytes) -> dict[str, Any]:
    """What a message holds; the servicer takes a copy."""
    return _to_dict(struct_pb2.Struct.FromString(data))
