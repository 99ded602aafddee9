"""The temporary folder of unpacked functions, which goes with its process, however that ends.

A process holds a lock in its folder, which the system releases even after `kill -9`: whoever starts
next removes the folders that nobody holds.
"""

import fcntl
import io
import os
import shutil
import tempfile
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

from local.aws_api.aws_error import AwsError

_PREFIX = "local-lambda-"
_LOCK = "lock"
_LARGEST_CODE = 250 * 1024 * 1024


class CodeFolder:
    """A folder that is made when it is first needed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._path: Path | None = None
        self._lock = -1
        remove_abandoned()

    @property
    def path(self) -> Path:
        """The folder; raises AwsError where there is no room for it."""
        with self._guard:
            while self._path is None:
                try:
                    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
                    self._lock = _lock(path)
                except OSError as error:
                    raise _no_room(error) from error
                # Without the lock somebody took it for abandoned, in the moment before.
                self._path = path if self._lock >= 0 else None
            return self._path

    def unpacked(self, code_hash: str, code: bytes) -> Path:
        """The folder of a deployment package, whole; raises AwsError as Lambda's Invoke does.

        docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, InvalidZipFileException
        """
        root = self.path / code_hash.replace("/", "_")
        with self._guard:
            if not root.exists():
                partial = root.with_suffix(".partial")
                try:
                    _unpack(code, partial)
                    partial.rename(root)
                except OSError as error:
                    raise _no_room(error) from error
                except (zipfile.BadZipFile, RuntimeError, ValueError) as error:
                    raise AwsError(
                        "InvalidZipFileException", f"Lambda could not unzip the code: {error}", 502
                    ) from error
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
        return root

    def close(self) -> None:
        """Remove the folder."""
        with self._guard:
            if self._path is not None:
                shutil.rmtree(self._path, ignore_errors=True)
                os.close(self._lock)
            self._path = None


def remove_abandoned() -> None:
    """Remove the folders of this user's processes that did not come to remove them."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.is_symlink() or path.stat().st_uid != os.getuid():
                continue
            if not (path / _LOCK).exists():
                continue  # of a process that has not come to its lock yet
            lock = _lock(path)
            if lock >= 0:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


def _lock(folder: Path) -> int:
    """A descriptor that holds a folder's lock, -1 where another process has it."""
    descriptor = os.open(
        folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (folder / _LOCK).stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except OSError:
        pass  # held, or removed with its folder
    os.close(descriptor)
    return -1


def _unpack(code: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_CODE:
            raise ValueError(f"expected at most {_LARGEST_CODE} bytes unzipped")
        archive.extractall(folder)


def _no_room(error: OSError) -> AwsError:
    return AwsError("ServiceException", f"The code could not be unpacked: {error}", 500)
