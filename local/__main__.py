"""`python -m local serve | deploy | up | provider | demo`: the local AWS on the command line."""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from local.server import PortInUseError

_DEFAULT_PORT = 4566
_DEFAULT_PROVIDER_PORT = 4567
_PROJECT = Path(__file__).resolve().parent.parent


class _FailedError(Exception):
    """What was asked for could not be done; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code, 2 for a command that could not begin."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except PortInUseError as error:
        print(f"local: {error}; choose another with --port", file=sys.stderr)
        return 2
    except _FailedError as error:
        print(f"local: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the local AWS until interrupted")
    _serving(serve)
    serve.set_defaults(run=_serve)

    deploy = commands.add_parser("deploy", help="deploy a stack to the running endpoint")
    deploy.add_argument("-s", "--stack", required=True, help="a name in stacks/")
    deploy.add_argument("--outputs", type=Path, help="write the stack's outputs to this file")
    deploy.set_defaults(run=_deploy)

    up = commands.add_parser("up", help="serve, deploy a stack, and keep serving until interrupted")
    up.add_argument("-s", "--stack", default="local", help="a name in stacks/ (default: local)")
    up.add_argument("--outputs", type=Path, help="write the stack's outputs to this file")
    _serving(up)
    up.set_defaults(run=_up)

    provider = commands.add_parser(
        "provider", help="serve the provider for `pulumi` until interrupted"
    )
    provider.add_argument(
        "--port",
        type=_port,
        default=_DEFAULT_PROVIDER_PORT,
        help="0 takes a free one (default: 4567)",
    )
    provider.set_defaults(run=_provider)

    demo = commands.add_parser("demo", help="one evaluation from start to export, then end")
    demo.set_defaults(run=_demo)
    return parser


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_port, default=_DEFAULT_PORT, help="0 takes a free one (default: 4566)"
    )
    parser.add_argument(
        "--no-enforce", action="store_true", help="let policies decide nothing; signatures still do"
    )
    parser.add_argument("--events", type=Path, help="append each event to this file as JSON")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, found {text!r}")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    with _until_interrupted() as interrupted, _cloud(options) as cloud:
        _print_users(cloud)
        interrupted.wait()
    return 0


def _up(options: argparse.Namespace) -> int:
    with _until_interrupted() as interrupted, _cloud(options) as cloud:
        os.environ.update(cloud.environment())
        outputs = _deployed(options.stack)
        if options.outputs:
            _write(options.outputs, outputs)
        _print_users(cloud)
        interrupted.wait()
    return 0


def _deploy(options: argparse.Namespace) -> int:
    if "AWS_ENDPOINT_URL" not in os.environ:
        print(
            "local: AWS_ENDPOINT_URL: expected the address of a local endpoint, found none; "
            "`python -m local serve` prints it",
            file=sys.stderr,
        )
        return 2
    outputs = _deployed(options.stack)
    if options.outputs:
        _write(options.outputs, outputs)
    else:
        print(json.dumps(outputs, indent=2, sort_keys=True))
    return 0


def _provider(options: argparse.Namespace) -> int:
    # Imported here because it brings Pulumi with it, which serving does without.
    from local.provider import server

    with _until_interrupted() as interrupted:
        try:
            serving, port = server.start(options.port)
        except OSError as error:
            raise _FailedError(str(error)) from error
        _print_exports(
            {
                "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
                # Else the engine looks for AWS's own plugin to download before it attaches.
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            }
        )
        sys.stdout.flush()
        interrupted.wait()
        serving.stop(grace=1).wait()
    return 0


def _demo(options: argparse.Namespace) -> int:
    from local.demo import main as demo

    return int(demo() or 0)


def _deployed(stack: str) -> dict[str, Any]:
    # Imported here because it brings Pulumi with it, which serving does without.
    from local.deploy import DeploymentError, deploy

    try:
        return deploy(_PROJECT, stack)
    except DeploymentError as error:
        raise _FailedError(str(error)) from error


def _cloud(options: argparse.Namespace) -> LocalCloud:
    return LocalCloud(port=options.port, events=options.events, enforce=not options.no_enforce)


class _until_interrupted:
    """Turns SIGINT and SIGTERM into an event that can be waited for, and puts both back after."""

    def __enter__(self) -> threading.Event:
        event = threading.Event()
        self._before = {
            number: signal.signal(number, lambda *_: event.set())
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        return event

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _print_users(cloud: LocalCloud) -> None:
    """Print the deployer's variables for a shell, and two functions that change the user."""
    _print_exports(cloud.environment())
    print("# as_developer: starts evaluations under the key, takes operator roles")
    print("# as_deployer: an administrator, who may not use the evaluation key")
    for user in ("developer", "deployer"):
        variables = cloud.environment(user)
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        pairs = " ".join(f"{name}={shlex.quote(variables[name])}" for name in names)
        print(f"as_{user}() {{ unset AWS_SESSION_TOKEN; export {pairs}; }}")
    sys.stdout.flush()


def _print_exports(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")


def _write(path: Path, outputs: Mapping[str, Any]) -> None:
    """Write a file that is whole as soon as it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, encoding="utf-8", delete=False, suffix=".tmp"
    ) as file:
        json.dump(outputs, file, indent=2, sort_keys=True)
        file.write("\n")
    Path(file.name).replace(path)


if __name__ == "__main__":
    sys.exit(main())
