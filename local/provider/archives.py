"""Archives of the wire as the zip files that AWS Lambda takes."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .properties import ARCHIVE, signature

EPOCH = (1980, 1, 1, 0, 0, 0)
ZIP_SUFFIXES = (".zip", ".jar")
RELATIVE = "write an absolute path, or start the provider in the program's folder"


def fault(archive: Mapping[str, Any]) -> str | None:
    """Return what makes an archive or asset unusable here, None when nothing does."""
    for inner in archive.get("assets", {}).values():
        if reason := fault(inner):
            return reason
    if "uri" in archive:
        return f"expected a local file or folder, got {archive['uri']}"
    if "path" in archive:
        path = Path(archive["path"])
        if not path.exists():
            # An engine that attaches to a provider does not say where its program is.
            start = "" if path.is_absolute() else f" in {Path.cwd()}; {RELATIVE}"
            return f"expected a file or folder, found no {path}{start}"
        if signature(archive) == ARCHIVE and path.is_file() and path.suffix not in ZIP_SUFFIXES:
            return f"expected a folder or a zip file, got {path.name}"
    return None


def zip_bytes(archive: Mapping[str, Any] | None) -> bytes:
    """Return the archive as a zip, the same bytes for the same content.

    A zip file is taken as it is. Raises ValueError for what `fault` names, or when there is none.
    """
    if archive is None:
        raise ValueError("code: expected an archive, got nothing")
    if reason := fault(archive):
        raise ValueError(f"code: {reason}")
    if "path" in archive and Path(archive["path"]).is_file():
        return Path(archive["path"]).read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in sorted(_members(archive, "")):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _members(archive: Mapping[str, Any], folder: str) -> Iterator[tuple[str, bytes]]:
    if "assets" in archive:
        for name, inner in archive["assets"].items():
            if signature(inner) == ARCHIVE:
                yield from _members(inner, f"{folder}{name}/")
            elif "text" in inner:
                yield f"{folder}{name}", inner["text"].encode()
            else:
                yield f"{folder}{name}", Path(inner["path"]).read_bytes()
    elif (path := Path(archive["path"])).is_dir():
        for file in path.rglob("*"):
            if file.is_file():
                yield f"{folder}{file.relative_to(path).as_posix()}", file.read_bytes()
    else:
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                if not name.endswith("/"):
                    yield f"{folder}{name}", package.read(name)
