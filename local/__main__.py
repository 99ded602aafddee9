"""`python -m local serve | deploy | up | load | provider | demo`: the local AWS at the prompt."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from local import terminal
from local.cli.command_error import CommandError

_DEFAULT_PORT = 4566
_DEFAULT_PROVIDER_PORT = 4567
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code, 2 for a command that could not begin."""
    options = _parser().parse_args(arguments)
    try:
        # Imported here because it takes a second, in which an interrupt may come as well.
        from local.cli import commands

        getattr(commands, options.command)(options)
    except CommandError as error:
        return _failed(str(error), error.code)
    except KeyboardInterrupt:
        return _failed("interrupted; of the stack nothing is left", _INTERRUPTED)
    return 0


def _failed(message: str, code: int) -> int:
    terminal.show_error(message)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(prog="python -m local", description=__doc__)
    made = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = made.add_parser("serve", help="serve the local AWS until interrupted")
    _serving(serve)
    serve.set_defaults(command="serve")

    deploy = made.add_parser("deploy", help="deploy a stack to the running endpoint")
    deploy.add_argument("-s", "--stack", required=True, help="a name in stacks/")
    _deploying(deploy)
    deploy.set_defaults(command="deploy")

    up = made.add_parser("up", help="serve, deploy a stack, and keep serving until interrupted")
    up.add_argument("-s", "--stack", default="local", help="a name in stacks/ (default: local)")
    _deploying(up)
    _serving(up)
    up.set_defaults(command="up")

    load = made.add_parser(
        "load", help="load recorded agent sessions into the running endpoint's log groups"
    )
    load.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="recordings (default: the samples)"
    )
    load.add_argument("--log-group", help="the agent's group, where records do not name it")
    load.add_argument("--defects", action="store_true", help="with the broken samples")
    load.set_defaults(command="load")

    provider = made.add_parser("provider", help="serve the provider for `pulumi` until interrupted")
    provider.add_argument(
        "--port",
        type=_port,
        default=_DEFAULT_PROVIDER_PORT,
        help=f"0 takes a free one (default: {_DEFAULT_PROVIDER_PORT})",
    )
    provider.set_defaults(command="provider")

    demo = made.add_parser("demo", help="one evaluation from start to export, then end")
    demo.set_defaults(command="demo")
    return parser


def _deploying(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outputs", type=Path, help="write the stack's outputs to this file")
    parser.add_argument(
        "--make-principals",
        action="store_true",
        help="make the roles and users that the stack's file names and that do not exist",
    )
    parser.add_argument(
        "--as", dest="role", metavar="ROLE_ARN", help="deploy as this role, which gets every right"
    )


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        default=_DEFAULT_PORT,
        help=f"0 takes a free one (default: {_DEFAULT_PORT})",
    )
    parser.add_argument(
        "--no-enforce", action="store_true", help="let policies decide nothing; signatures still do"
    )
    parser.add_argument(
        "--lambda-concurrency",
        type=_quota,
        default=1000,
        metavar="N",
        help="the account's quota of concurrent executions; new accounts have 10 (default: 1000)",
    )
    parser.add_argument("--events", type=Path, help="append each event to this file as JSON")


def _quota(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"expected 1 to 1000000, found {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, found {text!r}")
    return int(text)


if __name__ == "__main__":
    terminal.log_to_terminal()
    sys.excepthook = terminal.log_uncaught
    code = main()
    gc.freeze()  # else the interpreter looks through all of moto for garbage before it ends
    sys.exit(code)
