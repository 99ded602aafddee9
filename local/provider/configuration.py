"""The provider's own configuration: the `aws:` settings of a stack, or an `aws.Provider`'s."""

import json
import os
from collections.abc import Mapping
from typing import Any

import pulumi_aws
from botocore.exceptions import UnknownRegionError
from pulumi import _types as pulumi_types

from .aws_clients import Cloud
from .check import Failure
from .fields import join
from .properties import UNKNOWN

TEXTS = {
    "accessKey": "access_key",
    "region": "region",
    "secretKey": "secret_key",
    "token": "token",
}  # fmt: skip
# True of this provider in any case: it validates nothing, and any endpoint gets path-style S3.
WITHOUT_EFFECT = frozenset(
    {
        "s3UsePathStyle",
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
        "version",
    }
)
# The names that pulumi_aws has for a service whose name in boto3 is another.
SERVICES = {"cloudwatchlog": "logs", "cloudwatchlogs": "logs"}


def parsed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with structures in place of the JSON that the engine sends for them."""
    return {key: _parsed(value) for key, value in settings.items() if not key.startswith("__")}


def failures(settings: Mapping[str, Any]) -> list[Failure]:
    """Return all that is wrong with parsed settings."""
    known = sorted({*TEXTS, "endpoints", *WITHOUT_EFFECT})
    wrong = [
        Failure(key, f"is not supported by this provider, which supports {', '.join(known)}")
        for key in sorted(settings.keys() - known)
    ]
    wrong += [
        Failure(key, f"expected a string, got {settings[key]!r}")
        for key in TEXTS
        if not isinstance(settings.get(key, ""), str)
    ]
    services = pulumi_types.input_type_types(pulumi_aws.ProviderEndpointArgs)
    for index, entry in enumerate(_entries(settings)):
        path = f"endpoints[{index}]"
        if not isinstance(entry, Mapping):
            wrong.append(Failure(path, f"expected an object, got {entry!r}"))
            continue
        for service, url in entry.items():
            where = join(path, service)
            if service not in services:
                wrong.append(Failure(where, "is no service of pulumi_aws"))
            elif url != UNKNOWN and not str(url).startswith(("http://", "https://")):
                wrong.append(Failure(where, f"expected an http or https URL, got {url!r}"))
    return wrong


def faults(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return all that keeps parsed settings from naming a cloud, by name in a stack's file."""
    wrong = {f"aws:{failure.property}": failure.reason for failure in failures(settings)}
    if wrong:
        return wrong
    region = settings.get("region") or os.environ.get("AWS_REGION")
    expected = "expected a Region, such as us-east-1, here or in AWS_REGION"
    if not region:
        return {"aws:region": f"{expected}, got nothing"}
    try:
        _ = Cloud(region=region).partition
    except UnknownRegionError:
        return {"aws:region": f"{expected}, got {region!r}"}
    return {}


def cloud(settings: Mapping[str, Any]) -> Cloud:
    """Return the cloud that parsed settings name; raises ValueError naming all that is wrong."""
    wrong = failures(settings)
    wrong += [
        Failure(key, "expected a value known before anything is made")
        for key in sorted(settings)
        if UNKNOWN in json.dumps(settings[key])
    ]
    if wrong:
        raise ValueError(
            "; ".join(f"aws:{failure.property}: {failure.reason}" for failure in wrong)
        )
    endpoints: dict[str, str] = {
        str(SERVICES.get(service, service)): url
        for entry in _entries(settings)
        for service, url in entry.items()
    }
    texts = {TEXTS[key]: settings[key] for key in TEXTS if settings.get(key)}
    return Cloud(endpoints=endpoints, **texts)


def _entries(settings: Mapping[str, Any]) -> list[Any]:
    endpoints = settings.get("endpoints") or []
    return endpoints if isinstance(endpoints, list) else [endpoints]


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return value
