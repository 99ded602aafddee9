"""The policy pack's analysis of policy documents, under the name that it has here.

The repository holds it beside `components`; the wheel ships it inside of the package, where no
folder `policies` of a program can take its place. Only an existing key needs it: a program without
one runs without it.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pulumi

_BESIDE = "policies.iam"


@cache
def policy_analysis() -> Any:
    """Return the analysis as a module; raises RunError where it is not installed."""
    shipped = f"{(__package__ or '').rpartition('.')[0]}.policy_analysis"
    try:
        return import_module(shipped if find_spec(shipped) else _BESIDE)
    except ModuleNotFoundError:
        raise pulumi.RunError(
            "the policy of an existing key is judged with the folder `policies` beside"
            " `components`, which is missing: copy both, or install the package"
        ) from None
