"""What a user waits for: seconds of `pulumi` for the whole stack on a local AWS.

    python benchmarks/engine.py [ROUNDS]

`pulumi` must be on PATH. Each command starts the command line and the program anew, as typed in a
shell; endpoint and provider are running already. The median of the rounds is printed.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.engine.engine import Stack, command_line, copy_of_project, local_aws

GOALS = {"up": 20.0, "unchanged up": 5.0}


def measure(stack: Stack, rounds: int) -> dict[str, float]:
    """Return the median seconds of each command, by name."""
    commands: dict[str, Callable[[], object]] = {
        "preview": lambda: stack.succeed("preview"),
        "up": stack.up,
        "unchanged up": lambda: stack.up("--expect-no-changes"),
        "unchanged up --refresh": lambda: stack.up("--refresh", "--expect-no-changes"),
        "destroy": stack.destroy,
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            began = time.perf_counter()
            command()
            taken[name].append(time.perf_counter() - began)
    return {name: median(seconds) for name, seconds in taken.items()}


def main() -> None:
    if shutil.which("pulumi") is None:
        sys.exit("benchmarks/engine.py: expected `pulumi` on PATH, found none")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with (
        tempfile.TemporaryDirectory() as folder,
        local_aws() as variables,
        command_line(Path(folder), variables) as engine,
    ):
        project = engine.folder / "project"
        copy_of_project(project)
        stack = Stack(engine, project, "local", hosted=True, guarded=True).init()
        for name, seconds in measure(stack, rounds).items():
            goal = f"   (goal: below {GOALS[name]:.0f})" if name in GOALS else ""
            print(f"{name:24}{seconds:6.1f} s{goal}")


if __name__ == "__main__":
    main()
