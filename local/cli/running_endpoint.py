"""The running endpoint as a command finds it: in the environment, as any SDK does."""

import os
from typing import Any

from local.cli.command_error import CommandError
from local.provider.aws_clients import is_loopback
from local.runtime.clients import isolated_session


def client(service: str) -> Any:
    """A boto3 client of the local endpoint that the environment names; raises CommandError.

    Nothing else of the user's AWS settings is read, and no other address than a loopback one taken.
    """
    return isolated_session(os.environ.get("AWS_REGION") or "us-east-1").client(
        service,
        endpoint_url=address(),
        aws_access_key_id=_variable("AWS_ACCESS_KEY_ID", "an access key of the endpoint"),
        aws_secret_access_key=_variable("AWS_SECRET_ACCESS_KEY", "the secret of the access key"),
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN") or None,
    )


def address() -> str:
    """The address of the local endpoint that the environment names; raises CommandError."""
    found = _variable("AWS_ENDPOINT_URL", "the address of a local endpoint")
    if not is_loopback(found):
        raise CommandError(
            f"AWS_ENDPOINT_URL: expected a loopback address, found {found!r}; this command "
            "speaks to the local AWS only",
            2,
        )
    return found


def _variable(name: str, expected: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise CommandError(
            f"{name}: expected {expected}, found none; `python -m local serve` and `up` print it", 2
        )
    return value
