"""Cold starts of the controller: import to first answer, beside a plain boto3 handler.

    python benchmarks/cold_start [ROUNDS]

The plain handler makes three clients when it is imported, as most do, and passes the event on to
the API in one call. Ours makes the clients that the operation needs, and all the calls that the
operation takes. Both talk to a wire in the process that answers at once, so only their own work
counts.

Seconds are those of the processor, because other programs run too, and the ratio is taken round
by round. No bytecode of the handlers is kept, as in Lambda, whose task folder is read-only.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from components import controller_archive  # noqa: E402

# The most that a cold start may take, as a part of the plain handler's.
GOALS = {"StartBatchEvaluation": 0.9, "GetBatchEvaluation": 0.75, "ListBatchEvaluations": 0.75}


def answered(handler: str, operation: str, folder: str) -> tuple[float, int]:
    """Seconds of the processor until a handler's first answer, and the calls that it made."""
    done = subprocess.run(
        [sys.executable, "-B", str(HERE / "once.py"), handler, operation, folder],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    # The function's log lines come before.
    seconds, calls = done.stdout.splitlines()[-1].split()
    return float(seconds), int(calls)


def main() -> None:
    """Print a line per operation."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    print(f"{'operation':22}{'plain':>8}{'ours':>8}{'calls':>7}{'ratio':>7}{'goal':>6}")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(controller_archive.archive_file()) as opened:
            opened.extractall(folder)
        for operation, goal in GOALS.items():
            plain: list[float] = []
            ours: list[float] = []
            calls = 0
            for _ in range(rounds):
                plain.append(answered("plain", operation, folder)[0])
                seconds, calls = answered("ours", operation, folder)
                ours.append(seconds)
            ratio = median(a / b for a, b in zip(ours, plain, strict=True))
            print(
                f"{operation:22}{median(plain):8.3f}{median(ours):8.3f}"
                f"{calls:7}{ratio:7.2f}{goal:6}"
            )


if __name__ == "__main__":
    main()
