"""The provider's endpoint, Region, credentials and boto3 clients."""

import ipaddress
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
import botocore.config
import botocore.exceptions
import botocore.loaders
import botocore.session

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds that AWS is given to make a new role or resource known everywhere."""


class Cloud:
    """The AWS, or its local stand-in, that a provider configuration names.

    What the configuration leaves out comes from the environment, as in all AWS SDKs
    (AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID ...).
    """

    def __init__(
        self,
        region: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        token: str | None = None,
        endpoints: Mapping[str, str] | None = None,
    ) -> None:
        session = botocore.session.get_session()
        session.register_component("data_loader", _models())
        self._session = boto3.Session(
            botocore_session=session,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=token,
            region_name=region or os.environ.get("AWS_REGION") or None,
        )
        self._endpoints = dict(endpoints or {})
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    @cached_property
    def region(self) -> str:
        """The Region of all regional resources; raises ValueError when none is set."""
        if not self._session.region_name:
            raise ValueError("aws:region: expected a Region here or in AWS_REGION, got nothing")
        return self._session.region_name

    @property
    def partition(self) -> str:
        """The partition of the Region."""
        return self._session.get_partition_for_region(self.region)

    @cached_property
    def account(self) -> str:
        """The account of the credentials."""
        return self.client("sts").get_caller_identity()["Account"]

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service; only making clients is not thread-safe."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        endpoint = self._endpoints.get(service)
        in_place_of_aws = endpoint or os.environ.get("AWS_ENDPOINT_URL")
        attempts = 1 if is_loopback(in_place_of_aws) else 5
        return self._session.client(
            service,
            region_name=self.region,
            endpoint_url=endpoint,
            config=botocore.config.Config(
                retries={"total_max_attempts": attempts, "mode": "standard"},
                s3={"addressing_style": "path" if in_place_of_aws else "auto"},
                max_pool_connections=32,
            ),
        )

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def when_ready(self, service: str, call: Callable[[], T], *reasons: str) -> T:
        """Make `call` until it no longer fails for one of `reasons` (code or part of the message).

        New roles and deleted names reach all of AWS after a while. A loopback endpoint knows
        everything at once, so there the first answer stands.
        """
        deadline = time.monotonic() + self._patience(service)
        while True:
            try:
                return call()
            except botocore.exceptions.ClientError as error:
                text = f"{error_code(error)}: {error}"
                if time.monotonic() >= deadline or not any(reason in text for reason in reasons):
                    raise
                time.sleep(2)

    def until(self, service: str, look: Callable[[], T | None]) -> T | None:
        """Call `look` until it finds something; None when it does not within the same bounds."""
        deadline = time.monotonic() + self._patience(service)
        while (found := look()) is None and time.monotonic() < deadline:
            time.sleep(2)
        return found

    def _patience(self, service: str) -> float:
        return 0.0 if is_loopback(self.client(service).meta.endpoint_url) else PATIENCE


@cache
def _models() -> botocore.loaders.Loader:
    """Return one reader of service models for all clouds: each model is read once a process."""
    return botocore.loaders.Loader()


def is_loopback(url: str | None) -> bool:
    """Tell whether `url` is an address of this machine."""
    host = (urlsplit(url).hostname or "") if url else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def error_code(error: botocore.exceptions.ClientError) -> str:
    """Return the AWS error code of a failed call."""
    return error.response.get("Error", {}).get("Code", "")


def found(look: Callable[[], T], *absent: str) -> T | None:
    """Return what `look` gives, None when it fails with one of the codes `absent`."""
    try:
        return look()
    except botocore.exceptions.ClientError as error:
        if error_code(error) in absent:
            return None
        raise
