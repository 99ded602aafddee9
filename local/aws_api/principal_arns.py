"""ARNs that policies may name as a principal.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html. They have no
wildcards, which stand for all principals and not for a part of a name, and name no groups.
"""

import re

_NAME = r"[\w+=,.@-]+"
_PRINCIPAL = re.compile(
    rf"arn:[a-z-]+:(iam::[0-9]{{12}}:(root|(user|role)/([!-)+->@-~]+/)?{_NAME})"
    rf"|sts::[0-9]{{12}}:(assumed-role/{_NAME}|federated-user)/[\w+=,.@:-]+)",
    re.ASCII,
)


def is_principal_arn(arn: str) -> bool:
    """Whether a text is the ARN of an account, user, role or session."""
    return bool(_PRINCIPAL.fullmatch(arn))
