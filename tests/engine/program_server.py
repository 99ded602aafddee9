"""Runs Pulumi programs for the engine in one warm process: `python -m tests.engine.program_server`.

Prints its port. An engine started with `--client 127.0.0.1:PORT` runs `__main__.py` of its project
here, each run in a context and event loop of its own; importing pulumi_aws costs more than a run.
"""

import gc
import runpy
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pulumi_aws  # noqa: F401 (imported before the first run)
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

import components  # noqa: F401 (the programs' own import)


class Programs(LanguageServer):
    """The language runtime of the automation API, with the program that the engine's project has.

    Nothing public of the SDK serves more than one program, or one program twice.
    """

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Run(self, request: Any, context: Any) -> Any:
        program = str(Path(request.pwd) / "__main__.py")

        def run() -> None:
            runpy.run_path(program, run_name="__main__")

        return LanguageServer(run).Run(request, context)


def main() -> None:
    """Serve until terminated, then tidy up as any program does at its end."""
    # A call for each of some two hundred messages, which the engine shows with --debug only.
    pulumi.log.debug = lambda *_, **__: None

    def end(*_: object) -> None:
        gc.freeze()  # else the interpreter looks through all of pulumi_aws for garbage
        sys.exit()

    signal.signal(signal.SIGTERM, end)
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Programs(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
