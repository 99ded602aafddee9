"""Runs a command as a user would: outside the repository, with nothing of the tests around it."""

import os
import subprocess
import sys
from pathlib import Path


def run(*command: str | Path, **environment: str) -> str:
    """Run a command outside the repository, with only `environment` added to what it needs."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=Path(sys.prefix),
        env=environment_of_commands(**environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment_of_commands(**added: str) -> dict[str, str]:
    """Return what any command needs of this process's environment, and `added`."""
    return {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}} | added
