"""The provider with one AWS operation in a test's hand:
`python -m tests.engine.interrupting_provider SERVICE OPERATION`.

Prints its port. For each call of the operation it prints `reached`, reads a line, and either makes
the call (`go on`; prints `answered` after it) or answers an error of AWS in its place (`fail`).
"""

import sys
import threading
from types import SimpleNamespace
from typing import Any

from local.provider.aws_clients import Cloud
from local.provider.server import start


def main() -> None:
    """Serve until the standard input ends."""
    wanted, operation = sys.argv[1:]
    make = Cloud._make
    # Of two threads that read a line at once, one may take the lines of both.
    turn = threading.Lock()

    def reached(**_: Any) -> tuple[Any, dict[str, Any]] | None:
        with turn:
            print("reached", flush=True)
            line = sys.stdin.readline()
        if line.strip() == "go on":
            return None
        error = {"Code": "InternalFailure", "Message": "this call was made to fail"}
        return SimpleNamespace(status_code=500), {"Error": error, "ResponseMetadata": {}}

    def answered(**_: Any) -> None:
        print("answered", flush=True)

    def interrupted(self: Cloud, service: str) -> Any:
        client = make(self, service)
        if service == wanted:
            client.meta.events.register(f"before-call.*.{operation}", reached)
            client.meta.events.register(f"after-call.*.{operation}", answered)
        return client

    Cloud._make = interrupted
    server, port = start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
