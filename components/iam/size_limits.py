"""The sizes that AWS allows for what grows with an environment's settings."""

from collections.abc import Sequence

from ..config.errors import InvalidInput
from ..config.names import Names
from . import role_policies, statements
from .statements import Document

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; IAM counts no white
# space, of which documents here have none. An account may ask for longer trust policies. The
# function's variables, of which Lambda takes 4 KB, list the same prefixes and log groups in less.
_MANAGED_POLICY = 6144
_TRUST_POLICY = 2048
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
_KEY_POLICY = 32 * 1024


def controller_policy_errors(
    inputs: str,
    names: Names,
    name_prefixes: Sequence[str],
    source_log_groups: Sequence[str],
) -> list[InvalidInput]:
    """Return an error when the policy of the controller's role would be too long.

    `inputs` names what the document is made from, here and below. With the right to delete it is
    longest, and a switch must not decide over lengths.
    """
    document = role_policies.controller_policy(names, name_prefixes, source_log_groups, True)
    return _errors(inputs, "policy of the controller's role", document, _MANAGED_POLICY)


def operator_trust_errors(
    inputs: str, names: Names, operators: Sequence[str]
) -> list[InvalidInput]:
    """Return an error when the trust policy of the operator role would be too long."""
    document = role_policies.operator_trust(names.target, operators)
    return _errors(inputs, "trust policy of the operator role", document, _TRUST_POLICY)


def key_policy_errors(inputs: str, document: Document) -> list[InvalidInput]:
    """Return an error when a key policy would be too long."""
    return _errors(inputs, "key policy", document, _KEY_POLICY)


def _errors(inputs: str, what: str, document: Document, most: int) -> list[InvalidInput]:
    size = len(statements.to_json(document).encode())
    if size <= most:
        return []
    return [InvalidInput(inputs, f"a {what} of at most {most} bytes", f"{size} bytes")]
