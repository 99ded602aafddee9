"""The sizes that AWS allows for what grows with an environment's settings."""

from collections.abc import Sequence

from . import documents
from .documents import Document
from .errors import InvalidInput
from .names import Names

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; IAM counts no white
# space, of which documents here have none. An account may ask for longer trust policies. The
# function's variables, of which Lambda takes 4 KB, list the same prefixes and log groups in less.
_MANAGED_POLICY = 6144
_TRUST_POLICY = 2048
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
_KEY_POLICY = 32 * 1024


def controller_policy_faults(
    inputs: str,
    names: Names,
    name_prefixes: Sequence[str],
    source_log_groups: Sequence[str],
) -> list[InvalidInput]:
    """Return a fault when the policy of the controller's role would be too long.

    `inputs` names what the document is made from, here and below. With the right to delete it is
    longest, and a switch must not decide over lengths.
    """
    document = documents.controller_policy(names, name_prefixes, source_log_groups, True)
    return _faults(inputs, "policy of the controller's role", document, _MANAGED_POLICY)


def operator_trust_faults(
    inputs: str, names: Names, operators: Sequence[str]
) -> list[InvalidInput]:
    """Return a fault when the trust policy of the operator role would be too long."""
    document = documents.operator_trust(names.place, operators)
    return _faults(inputs, "trust policy of the operator role", document, _TRUST_POLICY)


def key_policy_faults(inputs: str, document: Document) -> list[InvalidInput]:
    """Return a fault when a key policy would be too long."""
    return _faults(inputs, "key policy", document, _KEY_POLICY)


def _faults(inputs: str, what: str, document: Document, most: int) -> list[InvalidInput]:
    size = len(documents.to_json(document).encode())
    if size <= most:
        return []
    return [InvalidInput(inputs, f"a {what} of at most {most} bytes", f"{size} bytes")]
