"""The file of `--events`: one event a line, readable by its owner only, never half a line."""

import json
import logging
import os
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


def open_events(path: Path) -> int:
    """Open the file for appending and take it from others; raises OSError.

    Events name people, keys and requests, so that others on the machine have no part in them.
    """
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class EventsFile:
    """Appends events; one that cannot be written is counted and told of, and serving goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._lost = 0
        self._begun = False

    def append(self, event: Mapping[str, Any]) -> None:
        """Write one event, or nothing of it."""
        line = (json.dumps(event) + "\n").encode()
        with self._lock:
            try:
                self._write(line)
            except OSError as error:
                if self._lost == 0:
                    _LOG.error("--events %s: events are lost: %s", self._path, error)
                self._lost += 1
                return
            if self._lost:
                _LOG.warning("--events %s: lost %d events, writing again", self._path, self._lost)
                self._lost = 0

    def _write(self, line: bytes) -> None:
        descriptor = open_events(self._path)
        try:
            # A full disk takes part of a line before it refuses the rest.
            before = os.fstat(descriptor)
            if not self._begun and _is_torn(self._path, before):
                line = b"\n" + line
            try:
                written = 0
                while written < len(line):
                    written += os.write(descriptor, line[written:])
            except OSError:
                if stat.S_ISREG(before.st_mode):
                    os.ftruncate(descriptor, before.st_size)
                raise
            self._begun = True
        finally:
            os.close(descriptor)


def _is_torn(path: Path, found: os.stat_result) -> bool:
    """Whether a process that was killed left a line without its end, to be kept from the next."""
    if not stat.S_ISREG(found.st_mode) or found.st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
