"""The controller's deployment package: a zip whose bytes depend on nothing but its files."""

import atexit
import io
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "function"
PACKAGE = "function"

# The zip format cannot say anything earlier; any fixed moment would do.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def controller_archive() -> bytes:
    """Return the zip: the function's modules and service models under `function/`.

    Names are sorted, times and modes fixed, so equal files give equal bytes (with one version of
    zlib) and an unchanged function is not deployed again.
    """
    files = [*SOURCE.rglob("*.py"), *SOURCE.glob("models/**/*.json")]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(files, key=lambda path: path.relative_to(SOURCE).as_posix()):
            name = f"{PACKAGE}/{file.relative_to(SOURCE).as_posix()}"
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system = 3  # Unix, whose modes Lambda reads
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes(), compresslevel=9)
    return buffer.getvalue()


@cache
def archive_file() -> Path:
    """Write the zip to a folder of this process and return its absolute path.

    The engine reads the file while the program runs; the folder goes when the program ends.
    """
    folder = tempfile.mkdtemp(prefix="agentcore-batch-evaluation-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder).resolve() / "controller.zip"
    path.write_bytes(controller_archive())
    return path
