"""The commands of `python -m local`."""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cli import load as loading
from local.cli import output_files, running_endpoint, shell
from local.cli.command_error import CommandError
from local.cli.interrupts import Interrupts
from local.cloud import LocalCloud
from local.deploy import named_principals
from local.gateway.server import PortInUseError
from local.terminal import remark, show, show_error

_PROJECT = Path(__file__).resolve().parents[2]


def serve(options: argparse.Namespace) -> None:
    """Serve until interrupted."""
    with Interrupts() as interrupts, _serving(options) as cloud:
        shell.print_headline(cloud, None, enforces=not options.no_enforce)
        shell.print_users(cloud)
        shell.print_next(None, [])
        interrupts.wait()


def up(options: argparse.Namespace) -> None:
    """Serve, deploy a stack, and keep serving until interrupted."""
    _prepare(options)
    with Interrupts() as interrupts, _serving(options) as cloud:
        with interrupts.heeded(), environment(cloud.environment()):
            outputs, made = _deployed(options)
        written = _written(options, outputs)
        shell.print_headline(cloud, options.stack, enforces=not options.no_enforce)
        shell.print_exports({name.upper(): value for name, value in outputs.items()})
        shell.print_users(cloud)
        shell.print_next(outputs, made)
        interrupts.wait()
    if not written:
        raise CommandError(f"--outputs {options.outputs}: expected the outputs, found no room")


def _written(options: argparse.Namespace, outputs: Mapping[str, Any]) -> bool:
    """Write the outputs file; without room for it the error is shown and serving goes on."""
    try:
        if options.outputs:
            output_files.write_outputs(options.outputs, outputs)
    except CommandError as error:
        show_error(str(error))
        return False
    return True


def deploy(options: argparse.Namespace) -> None:
    """Deploy a stack to the endpoint of the environment."""
    _prepare(options)
    with Interrupts() as interrupts, interrupts.heeded():
        outputs, _ = _deployed(options)
    if options.outputs:
        output_files.write_outputs(options.outputs, outputs)
    else:
        for line in json.dumps(outputs, indent=2, sort_keys=True).split("\n"):
            show(line)


def load(options: argparse.Namespace) -> None:
    """Load recorded sessions into the endpoint of the environment."""
    loading.load(options.files, options.log_group, defects=options.defects)


def provider(options: argparse.Namespace) -> None:
    """Serve the resource provider until interrupted."""
    # Without an endpoint `pulumi` would act on the account that the user's own keys belong to.
    running_endpoint.address()
    # Imported here because it brings Pulumi with it, which serving does without.
    from local.provider import server

    with Interrupts() as interrupts:
        try:
            serving, port = server.start(options.port)
        except OSError as error:
            raise CommandError(f"{error}; choose another with --port", 2) from error
        shell.print_exports(
            {
                "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
                # Else the engine looks for AWS's own plugin to download before it attaches.
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            }
        )
        interrupts.wait()
        serving.stop(grace=1).wait()


def demo(options: argparse.Namespace) -> None:
    """One evaluation from start to export."""
    # Imported here because it brings Pulumi with it, which serving does without.
    from local.cli.demo import Demo, say

    with Interrupts() as interrupts:
        say("Serving AWS on a loopback address: moto and batch evaluations, policies in force")
        with LocalCloud() as cloud, interrupts.heeded(), environment(cloud.environment()):
            show(f"  {cloud.address}, account {cloud.place.account}, {cloud.place.region}")
            if not Demo(cloud).run():
                raise CommandError("demo: expected the evaluation to complete")


def _prepare(options: argparse.Namespace) -> None:
    if options.outputs:
        output_files.prepare_outputs(options.outputs)
    if options.role and not named_principals.is_role(options.role):
        raise CommandError(f"--as: expected the ARN of a role, found {options.role!r}", 2)


@contextmanager
def _serving(options: argparse.Namespace) -> Iterator[LocalCloud]:
    if options.events:
        output_files.prepare_events(options.events)
    try:
        cloud = LocalCloud(
            port=options.port,
            events=options.events,
            enforce=not options.no_enforce,
            lambda_concurrency=options.lambda_concurrency,
        )
        cloud.start()
    except PortInUseError as error:
        raise CommandError(f"{error}; choose another with --port", 2) from error
    except (RuntimeError, PermissionError) as error:
        raise CommandError(str(error), 2) from error
    try:
        yield cloud
    finally:
        cloud.stop()


def _deployed(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Deploy a stack; return its outputs, and the roles and users that were made for it."""
    # Imported here because it brings Pulumi with it, which serving does without.
    from local.deploy import project
    from local.deploy.program import DeploymentError, check
    from local.deploy.program import deploy as deploy_stack

    iam = running_endpoint.client("iam")
    try:
        check(_PROJECT, options.stack)
        config = project.load(_PROJECT, options.stack).config
        made = _principals(options, iam, named_principals.named(config))
        with environment(_deployer(options, iam)):
            return deploy_stack(_PROJECT, options.stack), made
    except (DeploymentError, project.ProjectError) as error:
        raise CommandError(str(error)) from error
    except (ClientError, BotoCoreError) as error:
        raise CommandError(f"{os.environ['AWS_ENDPOINT_URL']}: {error}") from error


def _principals(options: argparse.Namespace, iam: Any, named: list[str]) -> list[str]:
    """See to it that whom the stack names exists; return the ARNs of those that were made.

    Raises CommandError for those that are missing: KMS would refuse them half-way.
    """
    wanted = sorted({*named, options.role} if options.role else named)
    account = running_endpoint.client("sts").get_caller_identity()["Account"]
    foreign = [arn for arn in wanted if f":iam::{account}:" not in arn]
    if foreign:
        raise CommandError(
            f"--as and stack {options.stack}: expected roles and users of account {account}, "
            f"found {', '.join(foreign)}",
            2,
        )
    missing = named_principals.missing(iam, wanted)
    if missing and not options.make_principals:
        listing = "".join(f"\n  {arn}" for arn in missing)
        raise CommandError(
            f"stack {options.stack} names roles or users that do not exist here:{listing}\n"
            "make them first, or let --make-principals make them"
        )
    for arn in missing:
        named_principals.make(iam, arn)
        show(remark(f"made {arn}"))
    return missing


def _deployer(options: argparse.Namespace, iam: Any) -> dict[str, str]:
    """Return the variables of the role that deploys, none where it is the user."""
    if not options.role:
        return {}
    return named_principals.session(iam, running_endpoint.client("sts"), options.role)


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for a while; a deployment reads the endpoint from them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
