"""Grants of KMS keys in a stack."""

from collections.abc import Iterator

from ..model.resource import Resource, Waiting
from .environment import Environment

GRANT = "aws:kms/grant:Grant"


def granted(key: Resource, environment: Environment) -> Iterator[str]:
    """Which grant of a key gives what to whom."""
    for grant in environment.stack.siblings(key, GRANT, "keyId"):
        try:
            whom = grant.text("granteePrincipal")
        except Waiting:
            whom = " and ".join(grant.makers_of("granteePrincipal"))
        operations = ", ".join(grant.texts("operations"))
        yield f"{grant.name} grants {operations} to {whom}"
