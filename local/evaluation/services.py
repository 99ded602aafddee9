"""How the evaluation service reaches the other services of the local AWS, and as whom."""

from typing import Any, Protocol

from local.principals import Acting, Forwarded, Principal

SERVICE = "bedrock-agentcore.amazonaws.com"


class Services(Protocol):
    """Gives boto3 clients that act for someone."""

    def client(self, service_name: str, acting: Acting) -> Any: ...


def forwarded(caller: Principal) -> Forwarded:
    """Return the forward access session in which the service works for its caller."""
    return Forwarded(caller, via=SERVICE)
