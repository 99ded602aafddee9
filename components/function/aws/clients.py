"""The SDK's clients, made when first needed.

All have the same retries, and none begins an attempt that the run's time may not suffice for.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast

import botocore.config  # pyright: ignore[reportMissingTypeStubs]
import botocore.loaders  # pyright: ignore[reportMissingTypeStubs]
import botocore.session  # pyright: ignore[reportMissingTypeStubs]

from .deadline import Deadline
from .service_model import API_VERSIONS, EVALUATIONS, KMS, MODELS, S3
from .whole_answers import refuse_cut_answers

# Adaptive mode also slows down by itself when a service throttles. Only throttling, server errors
# and lost connections are repeated; what a service refuses for good is not.
# docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
# One attempt takes at most the sum of the two timeouts and the pause that adaptive mode makes
# before it, a second or two: Deadline keeps that in reserve.
_ATTEMPTS = 4
_CONNECT_SECONDS = 3
_READ_SECONDS = 10


class _Loader(cast(Any, botocore.loaders).Loader):
    """Returns a fixed list of services; botocore would scan some 800 folders for them."""

    def list_available_services(self, type_name: str) -> list[str]:
        return [EVALUATIONS, KMS, S3, "logs", "sts"]


class Clients:
    """One client per service for the life of the container."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._deadline: Deadline | None = None
        refuse_cut_answers()

    @contextmanager
    def until(self, deadline: Deadline) -> Generator[None]:
        """Bound a run: a call raises OutOfTime when it is too late for an attempt, first or not."""
        before, self._deadline = self._deadline, deadline
        try:
            yield
        finally:
            self._deadline = before

    @cached_property
    def evaluations(self) -> Any:
        """Amazon Bedrock AgentCore, by the shipped model."""
        return self._client(EVALUATIONS)

    @cached_property
    def kms(self) -> Any:
        """AWS KMS, by the shipped model."""
        return self._client(KMS)

    @cached_property
    def logs(self) -> Any:
        """Amazon CloudWatch Logs."""
        return self._client("logs")

    @cached_property
    def s3(self) -> Any:
        """Amazon S3, by the shipped model."""
        return self._client(S3)

    @cached_property
    def sts(self) -> Any:
        """AWS STS, of this Region."""
        return self._client("sts")

    @cached_property
    def _session(self) -> Any:
        session = cast(Any, botocore.session).get_session()
        # What AWS_DATA_PATH would say: our models come before those of the runtime.
        session.register_component("data_loader", _Loader([str(MODELS)]))
        return session

    def _client(self, service: str) -> Any:
        client = self._session.create_client(
            service,
            region_name=self._region,
            api_version=API_VERSIONS.get(service),
            config=botocore.config.Config(
                retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
            ),
        )
        identity = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"before-send.{identity}", self._check_time)
        return client

    def _check_time(self, **_: Any) -> None:
        if self._deadline:
            self._deadline.check_call()
