"""The package stands alone: inside the policy pack it is called `iam`, and needs nothing."""

import subprocess
import sys
from pathlib import Path

import policies.iam

PACKAGE = Path(policies.iam.__file__).parent

PROGRAM = """
import sys
import iam
foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(sorted(foreign - {"iam", "__main__"}), iam.PolicyType.KEY.value)
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
    assert all(hasattr(policies.iam, name) for name in policies.iam.__all__)
