"""Brings a stack up on the local endpoint without an engine: the real program, our provider.

It only creates. There is no state file, so what exists already is an error; `pulumi up` with the
provider attached (`python -m local provider`) updates and destroys.
"""

import asyncio
import contextlib
import contextvars
import re
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi.runtime
from pulumi.runtime import settings
from pulumi.runtime.stack import run_in_stack

from ..provider import configuration
from ..provider.aws_clients import Cloud, is_loopback
from ..provider.lifecycle import CloudError, Provider, UnsupportedError
from . import project as projects
from .project import Project
from .resource_monitor import DeploymentError, Monitor, Step, is_taken

_ANY_REGION = "us-east-1"


def deploy(
    project: Path, stack: str, progress: Callable[[Step], None] = lambda step: None
) -> dict[str, Any]:
    """Create all resources of a stack and return its outputs; secret ones read "[secret]".

    `progress` gets each step as it happens, from another thread.
    Endpoint and credentials are those of the stack's `aws:` settings, else of the environment; the
    endpoint must be on loopback.
    Raises DeploymentError. Whatever was created by then is deleted again, the last first. Faults of
    the configuration are told together with those that the program itself finds in it.
    """
    loaded = _loaded(project, stack)
    if loaded.faults or configuration.faults(_aws(loaded)):
        check(project, stack)
    with contextlib.closing(configuration.cloud(_aws(loaded))) as cloud:
        _refuse_remote(cloud)
        provider = Provider(cloud)
        monitor = Monitor(loaded, provider, progress)
        try:
            _run(loaded, monitor)
        except BaseException as error:
            left = _roll_back(provider, monitor, progress)
            if not isinstance(error, Exception):
                raise  # an interrupt
            raise DeploymentError(_explanation(monitor.failure or error, left)) from error
        return dict(sorted(monitor.outputs.items()))


def check(project: Path, stack: str) -> None:
    """Run a stack's program up to its first resource, which is not made.

    Raises DeploymentError with all that is wrong with the configuration: what the project file and
    the `aws:` settings do not allow, and what the program itself finds.
    """
    loaded = _loaded(project, stack)
    wrong = configuration.faults(_aws(loaded))
    # Settings that name no cloud do not keep the program from judging its own.
    settings = {"region": _ANY_REGION} if wrong else _aws(loaded)
    with contextlib.closing(configuration.cloud(settings)) as cloud:
        if is_loopback(_address(cloud)) or not wrong:
            _refuse_remote(cloud)
            said = _rehearsed(loaded, Provider(cloud))
        else:
            said = ""
    if loaded.faults or wrong:
        raise DeploymentError(_config_faults(loaded, wrong, said))
    if said:
        raise DeploymentError(said)


def _loaded(project: Path, stack: str) -> Project:
    try:
        return projects.load(project, stack)
    except projects.ProjectError as error:
        raise DeploymentError(str(error)) from error


def _aws(project: Project) -> dict[str, Any]:
    return configuration.parsed(project.namespace("aws"))


def _address(cloud: Cloud) -> str:
    return cloud.client("sts").meta.endpoint_url


def _refuse_remote(cloud: Cloud) -> None:
    endpoint = _address(cloud)
    if not is_loopback(endpoint):
        raise DeploymentError(
            "AWS_ENDPOINT_URL: expected the address of the local endpoint, such as"
            f" http://127.0.0.1:4566, but requests would go to {endpoint}; use `pulumi up` for AWS"
        )


def _rehearsed(project: Project, provider: Provider) -> str:
    """Run the program up to its first resource; return what it says against its configuration."""
    monitor = Monitor(project, provider, lambda step: None, create=False)
    try:
        # As a preview: the principal that deploys may not exist yet, or be assumed later.
        _run(project, monitor, preview=True)
    except Exception as error:
        return "" if monitor.reached else str(monitor.failure or error)
    return ""


def _config_faults(project: Project, wrong: Mapping[str, str], said: str) -> str:
    """Return the faults of the configuration, each once: what the program says of one is finer."""
    said_lines = [line.strip().removeprefix("unknown setting ") for line in said.splitlines()]
    told = {re.split(r"[:;.\[]", line, maxsplit=1)[0] for line in said_lines}
    faults = {**wrong, **project.faults}
    lines = [f"  {name}: {fault}" for name, fault in faults.items() if name not in told]
    text = f"stack {project.stack}: configuration that cannot be used"
    return "\n".join([f"{text}:", *lines, *([said] if said else [])])


def _run(project: Project, monitor: Monitor, *, preview: bool = False) -> None:
    contextvars.copy_context().run(_run_program, project, monitor, preview)
    if monitor.failure is not None:
        raise monitor.failure  # an error that the program logged


def _run_program(project: Project, monitor: Monitor, preview: bool) -> None:
    """Run the program in this context, with an event loop and one worker thread of its own.

    The SDK keeps its settings in context variables. It makes each request in the loop's executor:
    one thread gives one order of requests, and its own loop can be closed in the end.
    """
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # the first failure is told already
    worker = ThreadPoolExecutor(max_workers=1)
    loop.set_default_executor(worker)
    try:
        settings.configure(
            settings.Settings(
                project=project.name,
                stack=project.stack,
                monitor=monitor,
                engine=monitor,
                dry_run=preview,
                organization="organization",
                root_directory=str(project.root),
            )
        )
        settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
        pulumi.runtime.set_all_config(dict(project.config))
        with _at_home(project.program):
            loop.run_until_complete(run_in_stack(lambda: _main(project.program, loop)))
    finally:
        loop.run_until_complete(_drain())
        worker.shutdown()
        loop.close()


def _main(folder: Path, loop: asyncio.AbstractEventLoop) -> None:
    try:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
    except KeyboardInterrupt as interrupt:
        # The SDK keeps it until all resources are registered, and one whose registration the
        # interrupt has cut never is: so it ends the loop.
        loop.call_soon(_raise, interrupt)
        raise


def _raise(error: BaseException) -> None:
    raise error


@contextlib.contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """Let a program find its own modules and files, as if started in its folder."""
    path = str(folder)
    sys.path.insert(0, path)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.path.remove(path)


async def _drain() -> None:
    """End the tasks that a failed program leaves, so that none is reported as never awaited."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _roll_back(provider: Provider, monitor: Monitor, progress: Callable[[Step], None]) -> list[str]:
    """Delete what was created, the last first; return what could not be deleted and why."""
    left: list[str] = []
    for resource in reversed(monitor.created):
        try:
            provider.delete(resource.type, resource.name, resource.id, resource.state)
        except (CloudError, UnsupportedError) as error:
            left.append(str(error))
        else:
            progress(Step("deleted", resource.type, resource.name, resource.id))
    return left


def _explanation(error: Exception, left: list[str]) -> str:
    text = str(error) or type(error).__name__
    if is_taken(error):
        text += (
            "\nThe endpoint seems to hold this stack already. `deploy` only creates: start an empty"
            " endpoint, or update the stack with `pulumi up` and the provider attached."
        )
    if left:
        text += "\nThis is left, because deleting it failed: " + "; ".join(left)
    return text
