"""The policy pack's analysis of policy documents, under the name that it has here.

The repository holds it beside `components`; the wheel ships it inside of the package, where no
folder `policies` of a program can take its place.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policies.access import (
        Comparison,
        MalformedPolicyError,
        PolicyKind,
        UnprovableError,
        parse_policy,
        who_can,
    )
else:
    _shipped = f"{__package__.rpartition('.')[0]}.policy_analysis"
    _analysis = import_module(_shipped if find_spec(_shipped) else "policies.access")
    Comparison = _analysis.Comparison
    MalformedPolicyError = _analysis.MalformedPolicyError
    PolicyKind = _analysis.PolicyKind
    UnprovableError = _analysis.UnprovableError
    parse_policy = _analysis.parse_policy
    who_can = _analysis.who_can

__all__ = [
    "Comparison",
    "MalformedPolicyError",
    "PolicyKind",
    "UnprovableError",
    "parse_policy",
    "who_can",
]
