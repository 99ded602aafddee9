"""Calls of the evaluation service to other services, with its caller's permissions."""

from typing import Any, Protocol

from local.aws_api.caller import Caller, ForwardAccessSession, Principal

SERVICE = "bedrock-agentcore.amazonaws.com"


class Services(Protocol):
    """Gives boto3 clients that act for someone."""

    def client(self, service_name: str, acting: Caller) -> Any: ...


def forwarded(caller: Principal) -> ForwardAccessSession:
    """Return the forward access session in which the service works for its caller."""
    return ForwardAccessSession(caller, via=SERVICE)
