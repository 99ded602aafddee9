"""The SDK's clients: made when first needed, all with the same retries and bounded time."""

from functools import cached_property
from typing import Any, cast

import botocore  # pyright: ignore[reportMissingTypeStubs]
import botocore.config  # pyright: ignore[reportMissingTypeStubs]
import botocore.session  # pyright: ignore[reportMissingTypeStubs]

from .errors import SettingsError
from .service_model import API_VERSIONS, EVALUATIONS, KMS, MODELS

# Knows PutObject's IfNoneMatch (of August 2024), without which two exports could both win.
LEAST_SDK = (1, 35, 2)

# Adaptive mode also slows down by itself when a service throttles. Only throttling, server errors
# and lost connections are repeated; what a service refuses for good is not.
# docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_ATTEMPTS = 4
_CONNECT_SECONDS = 3
_READ_SECONDS = 10


def require_sdk(version: str) -> None:
    """Raise SettingsError when the runtime's botocore cannot do what the controller needs."""
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())
    if numbers < LEAST_SDK:
        least = ".".join(map(str, LEAST_SDK))
        raise SettingsError(
            f"botocore: expected {least} or later, which knows S3's conditional writes, "
            f"found {version}; choose a newer Lambda runtime"
        )


class Clients:
    """One client per service for the life of the container."""

    def __init__(self, region: str) -> None:
        require_sdk(botocore.__version__)
        self._region = region

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
        """Amazon S3."""
        return self._client("s3")

    @cached_property
    def sts(self) -> Any:
        """AWS STS, of this Region."""
        return self._client("sts")

    @cached_property
    def _session(self) -> Any:
        session = cast(Any, botocore.session).get_session()
        # What AWS_DATA_PATH would say: our models come before those of the runtime.
        session.set_config_variable("data_path", str(MODELS))
        return session

    def _client(self, service: str) -> Any:
        return self._session.create_client(
            service,
            region_name=self._region,
            api_version=API_VERSIONS.get(service),
            config=botocore.config.Config(
                retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
            ),
        )
