"""Write the controller's deployment package to a file: `python tools/write_archive.py FILE`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from components.controller_archive import controller_archive

if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    print(f"{str(target)!r}: {target.write_bytes(controller_archive())} bytes")
