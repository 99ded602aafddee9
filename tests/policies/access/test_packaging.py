"""The package stands alone: inside the policy pack it is called `access`, and needs nothing."""

import subprocess
import sys
from pathlib import Path

import policies.access

PACKAGE = Path(policies.access.__file__).parent

PROGRAM = """
import sys
import access
foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(sorted(foreign - {"access", "__main__"}), access.PolicyKind.KEY.value)
"""


def test_it_imports_as_part_of_the_pack_with_the_standard_library_only():
    command = [
        sys.executable,
        "-S",
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n{PROGRAM}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] key policy"


def test_all_public_names_exist():
    assert all(hasattr(policies.access, name) for name in policies.access.__all__)
