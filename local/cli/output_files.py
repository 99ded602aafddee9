"""The files that commands write: checked before anything long begins, whole when they are there."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.cli.command_error import CommandError
from local.services.cloudtrail.events_file import open_events


def prepare_outputs(path: Path) -> None:
    """Make way for an outputs file; raises CommandError.

    What an earlier run left there goes: whoever waits for the file must not take that for the new.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise CommandError(
            f"--outputs: expected a file that can be written, found {error}", 2
        ) from error


def prepare_events(path: Path) -> None:
    """Make sure that events can be appended to a file; raises CommandError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(open_events(path))
    except OSError as error:
        raise CommandError(
            f"--events: expected a file that can be written, found {error}", 2
        ) from error


def write_outputs(path: Path, outputs: Mapping[str, Any]) -> None:
    """Write a file that is whole as soon as it is there; raises CommandError, and leaves none."""
    text = json.dumps(outputs, indent=2, sort_keys=True) + "\n"
    partial: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, encoding="utf-8", delete=False, suffix=".tmp"
        ) as file:
            partial = Path(file.name)
            file.write(text)
        partial.replace(path)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise CommandError(f"--outputs {path}: the outputs are not written: {error}") from error
