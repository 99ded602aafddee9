"""Runs a Pulumi program under a recording monitor: no engine, no network, the real SDK."""

import asyncio
import contextvars
import json
import runpy
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pulumi
import yaml
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

ROOT = Path(__file__).parents[1]
PROJECT = "agentcore-batch-evaluation"
ACCOUNT = "111122223333"
REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/PlatformDeployment/me"
KEY_ID = "1234abcd-12ab-34cd-56ef-{:012d}"


@dataclass(frozen=True)
class Resource:
    """One registration as the monitor got it; `sent` and `state` are inputs and outputs as they
    travel, with the markers of what is unknown."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    parent: str
    protect: bool
    retain_on_delete: bool
    dependencies: frozenset[str]
    custom: bool
    sent: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Run:
    """What a program registered, asked its providers for, and exported.

    `asked` has the function and the provider's reference, which is empty for the default one.
    """

    resources: dict[str, Resource] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def one(self, type_: str, name: str = "") -> Resource:
        """Return the only resource of a type whose logical name ends in `name`."""
        found = [r for r in self.resources.values() if r.type == type_ and r.name.endswith(name)]
        assert len(found) == 1, f"{type_} {name}: {[r.name for r in found]}"
        return found[0]

    def types(self) -> dict[str, int]:
        """Count the custom resources by type."""
        counts: dict[str, int] = {}
        for resource in self.resources.values():
            if resource.custom:
                counts[resource.type] = counts.get(resource.type, 0) + 1
        return counts

    def leads_to(self, start: Resource, goal: Resource) -> bool:
        """Tell whether `start` waits for `goal`, directly or through others."""
        seen: set[str] = set()
        open_ = list(start.dependencies)
        while open_:
            urn = open_.pop()
            if urn == goal.urn:
                return True
            if urn not in seen and urn in self.resources:
                seen.add(urn)
                open_ += self.resources[urn].dependencies
        return False


class Refused(grpc.RpcError):
    """What the engine answers a question that its provider could not answer."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._text


class Cloud(mocks.Mocks):
    """Answers for the provider: names as given, ids and ARNs as AWS forms them."""

    def __init__(
        self, partition: str, preview: bool, key: Mapping[str, Any], caller: str = CALLER
    ) -> None:
        self.partition, self.region, self.preview = partition, REGIONS[partition], preview
        self.key, self.caller = key, caller
        self.keys = 0

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getPartition:getPartition": {"partition": self.partition},
            "aws:index/getRegion:getRegion": {"region": self.region},
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": ACCOUNT,
                "arn": self.caller,
            },
            "aws:kms/getKey:getKey": {
                "keyState": "Enabled",
                "keySpec": "SYMMETRIC_DEFAULT",
                "keyUsage": "ENCRYPT_DECRYPT",
                "keyManager": "CUSTOMER",
                "multiRegion": False,
                **self.key,
            },
        }
        if args.token == "aws:kms/getKey:getKey" and "refused" in self.key:
            raise Refused(self.key["refused"])
        return answers[args.token], []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.typ.startswith("aws:"):
            return None, dict(args.inputs)
        state = dict(args.inputs)
        if args.resource_id:  # a read of what exists already
            return args.resource_id, {"arn": args.resource_id, "policy": self.key["policy"]}
        computed = self._computed(args)
        return self._id(args, computed), {**state, **computed}

    def _computed(self, args: mocks.MockResourceArgs) -> dict[str, Any]:
        here = f"{self.region}:{ACCOUNT}"
        name = args.inputs.get("name", args.name)
        arns = {
            "aws:iam/role:Role": f"iam::{ACCOUNT}:role/{name}",
            "aws:iam/policy:Policy": f"iam::{ACCOUNT}:policy/{name}",
            "aws:lambda/function:Function": f"lambda:{here}:function:{name}",
            "aws:sqs/queue:Queue": f"sqs:{here}:{name}",
            "aws:cloudwatch/logGroup:LogGroup": f"logs:{here}:log-group:{name}",
            "aws:scheduler/schedule:Schedule": f"scheduler:{here}:schedule/{name}",
        }
        if args.typ == "aws:kms/key:Key":
            self.keys += 1
            key_id = KEY_ID.format(self.keys)
            values = {"arn": f"arn:{self.partition}:kms:{here}:key/{key_id}", "keyId": key_id}
        elif args.typ in arns:
            values = {"arn": f"arn:{self.partition}:{arns[args.typ]}"}
        else:
            values = {}
        if args.typ == "aws:sqs/queue:Queue":
            values["url"] = f"https://sqs.{self.region}.amazonaws.com/{ACCOUNT}/{name}"
        return {key: rpc.UNKNOWN for key in values} if self.preview else values

    def _id(self, args: mocks.MockResourceArgs, computed: Mapping[str, Any]) -> str:
        return rpc.UNKNOWN if self.preview else computed.get("arn", f"{args.name}-id")


class RecordingMonitor(mocks.MockMonitor):
    """Records what mocks cannot see: options, edges, exports; refuses a second use of a URN."""

    def __init__(self, cloud: Cloud, run: Run) -> None:
        super().__init__(cloud)
        self.run = run

    def _record(self, request: Any, answer: Any, inputs: Any, outputs: Any, custom: bool) -> None:
        urn = answer.urn
        if urn in self.run.resources:
            raise AssertionError(f"registered twice: {urn}")
        self.run.resources[urn] = Resource(
            type=request.type,
            name=request.name,
            urn=urn,
            inputs=rpc.deserialize_properties(inputs, keep_unknowns=True),
            parent=request.parent,
            protect=getattr(request, "protect", False),
            retain_on_delete=getattr(request, "retainOnDelete", False),
            dependencies=frozenset(request.dependencies),
            custom=custom,
            sent=json_format.MessageToDict(inputs),
            state=json_format.MessageToDict(outputs),
            property_dependencies={
                name: sorted(each.urns)
                for name, each in getattr(request, "propertyDependencies", {}).items()
            },
        )

    def Invoke(self, request: Any) -> Any:
        self.run.asked.append((request.tok, request.provider))
        return super().Invoke(request)

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        self._record(request, answer, request.object, answer.object, request.custom)
        return answer

    def ReadResource(self, request: Any) -> Any:
        answer = super().ReadResource(request)
        self._record(request, answer, request.properties, answer.properties, False)
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:
        # A component at the top has `pulumi:pulumi:Stack$` in front of its type.
        if request.urn.split("::")[-2] == "pulumi:pulumi:Stack":
            self.run.exports = json_format.MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)


class RecordingEngine(mocks.MockEngine):
    """Keeps the warnings that a program logs."""

    def __init__(self, run: Run) -> None:
        super().__init__(None)
        self.run = run

    def Log(self, request: Any) -> Any:
        if request.severity == engine_pb2.WARNING:
            self.run.warnings.append(request.message)
        return super().Log(request)


def run_program(
    program: Callable[[], Any],
    *,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    preview: bool = False,
    partition: str = "aws",
    key: Mapping[str, Any] | None = None,
    caller: str = CALLER,
    into: list[Run] | None = None,
) -> Run:
    """Run `program` as the engine would run a stack's program, in a context and loop of its own.

    One worker thread makes the order of registrations the same each time and leaves no loop open.
    """
    run = Run()
    if into is not None:
        into.append(run)

    def inside() -> None:
        loop = asyncio.new_event_loop()
        pool = ThreadPoolExecutor(max_workers=1)
        loop.set_default_executor(pool)
        try:
            monitor = RecordingMonitor(Cloud(partition, preview, key or {}, caller), run)
            settings.configure(
                mocks.MockSettings(
                    monitor=monitor,
                    engine=RecordingEngine(run),
                    project=PROJECT,
                    stack=stack,
                    dry_run=preview,
                    organization="",
                    callbacks=None,
                    # Else shared by all runs: what a failed run left pending would reach the next.
                    outputs=set(),
                    package_refs={},
                    root_directory=str(ROOT),
                    monitor_features=set(
                        monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures
                    ),
                )
            )
            settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
            pulumi.runtime.set_all_config(dict(config or {}))
            loop.run_until_complete(run_in_stack(program))
        finally:
            # A run that failed leaves tasks, which would be reported in another test.
            loop.set_exception_handler(lambda _loop, _context: None)
            loop.run_until_complete(_drain())
            pool.submit(_close_loop_of_worker).result()
            pool.shutdown()
            loop.close()

    contextvars.copy_context().run(inside)
    return run


async def _drain() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _close_loop_of_worker() -> None:
    with suppress(RuntimeError):  # the worker made no loop
        asyncio.get_event_loop().close()


def stack_config(stack: str) -> dict[str, str]:
    """Return a stack's configuration as the engine hands it to the program: defaults filled in."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    given = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
    values = {
        f"{PROJECT}:{name}": declared["default"]
        for name, declared in project["config"].items()
        if "default" in declared
    }
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in {**values, **given}.items()
    }


def run_stack(
    stack: str,
    *,
    preview: bool = False,
    as_stack: str = "",
    caller: str = CALLER,
    key: Mapping[str, Any] | None = None,
    into: list[Run] | None = None,
    **changes: Any,
) -> Run:
    """Run the project's own program for a stack file.

    `changes` replace settings by camelCase name, `caller` is the ARN of who deploys, `as_stack`
    replaces the stack's name, and `into` gets the run before the program starts, for programs that
    fail.
    """
    config = stack_config(stack) | {
        f"{PROJECT}:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in changes.items()
    }
    return run_program(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack=as_stack or stack,
        config=config,
        preview=preview,
        caller=caller,
        key=key,
        into=into,
    )
