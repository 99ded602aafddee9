"""boto3 clients whose requests are answered in this process, in the name of whoever is acting.

They take the same way as requests over HTTP, less the signature: one gate decides both.
"""

import io
import os
import threading
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.loaders import Loader, create_loader

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.caller import Caller, DeploymentTarget
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, read_request

# A boto3 session is not made for threads (its clients are), and takes long to make.
_SESSION_LOCK = threading.Lock()


class Services:
    """Makes the clients with which parts of the local AWS call one another.

    `address` is the endpoint's own, so that what an answer names (queue URLs) is the same here
    and outside.
    """

    def __init__(self, place: DeploymentTarget, answer: Answer, address: str) -> None:
        self._place = place
        self._answer = answer
        self.address = address
        self._session = _session(place.region)
        self._clients = lru_cache(maxsize=256)(self._make)

    def client(self, service_name: str, acting: Caller) -> Any:
        """A boto3 client whose calls `acting` makes; threads may share it."""
        with _SESSION_LOCK:
            return self._clients(service_name, acting)

    def close(self) -> None:
        """Close what the clients hold open."""
        with _SESSION_LOCK:
            self._clients.cache_clear()

    def _make(self, service: str, acting: Caller) -> Any:
        client = self._session.client(
            service,
            endpoint_url=self.address,
            config=Config(
                signature_version=UNSIGNED,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                inject_host_prefix=False,
            ),
        )
        signing_name = client.meta.service_model.signing_name

        def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
            return _to_botocore(request, self._reply(request, signing_name, acting))

        client.meta.events.register_first("before-send", answer)
        return client

    def _reply(self, request: AWSPreparedRequest, service: str, acting: Caller) -> Response:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        body: Any = request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        data = body.encode() if isinstance(body, str) else bytes(body)
        try:
            call = read_request(
                acting, service, self._place, str(request.method), target or "/", headers, data
            )
        except AwsError as error:
            return rendered(error, "json", "")
        return self._answer(call)


def isolated_session(region: str) -> boto3.Session:
    """A boto3 session that reads nothing of the user's: no environment, profile or file."""
    nothing = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    nothing["config_file"] = (None, None, os.devnull, None)
    nothing["credentials_file"] = (None, None, os.devnull, None)
    session = botocore.session.Session(session_vars=nothing)
    session.register_component("data_loader", _models())
    return boto3.Session(botocore_session=session, region_name=region)


@cache
def _session(region: str) -> boto3.Session:
    return isolated_session(region)


@cache
def _models() -> Loader:
    """The service models, which take long to read, once for all sessions."""
    return create_loader()


class _Raw(io.BytesIO):
    """A body in the form that botocore reads from urllib3."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while chunk := self.read(amt):
            yield chunk


def _to_botocore(request: AWSPreparedRequest, response: Response) -> AWSResponse:
    return AWSResponse(request.url, response.status, dict(response.headers), _Raw(response.body))
