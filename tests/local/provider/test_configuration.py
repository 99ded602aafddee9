"""The provider's own settings."""

import json
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from local.provider import configuration
from local.provider.aws_clients import is_loopback


@pytest.mark.parametrize(
    ("settings", "path", "reason"),
    [
        pytest.param({"profile": "me"}, "profile", "not supported", id="an unsupported setting"),
        pytest.param({"region": 5}, "region", "expected a string, got 5", id="a number for text"),
        pytest.param(
            {"endpoints": ["http://127.0.0.1"]},
            "endpoints[0]",
            "expected an object",
            id="an endpoint that names no service",
        ),
        pytest.param(
            {"endpoints": [{"kms": "http://127.0.0.1", "kmz": "http://127.0.0.1"}]},
            "endpoints[0].kmz",
            "no service of pulumi_aws",
            id="an unknown service",
        ),
        pytest.param(
            {"endpoints": [{"kms": "127.0.0.1:4566"}]},
            "endpoints[0].kms",
            "expected an http or https URL, got '127.0.0.1:4566'",
            id="an address that is no URL",
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], path: str, reason: str) -> None:
    (failure,) = configuration.failures(settings)
    assert failure.property == path
    assert reason in failure.reason


def test_the_engines_json_is_read() -> None:
    endpoints = json.dumps(
        [{"kms": "http://127.0.0.1:1"}, {"cloudwatchlogs": "http://127.0.0.1:2"}]
    )
    settings = configuration.parsed({"endpoints": endpoints, "region": "eu-west-1", "__x": "{"})
    cloud = configuration.cloud({**settings, "accessKey": "a", "secretKey": "s"})
    assert cloud.region == "eu-west-1"
    assert cloud.client("kms").meta.endpoint_url == "http://127.0.0.1:1"
    assert cloud.client("logs").meta.endpoint_url == "http://127.0.0.1:2"


def test_settings_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    cloud = configuration.cloud({"endpoints": [{"kms": "http://127.0.0.1:1"}]})
    assert cloud.client("kms").meta.endpoint_url == "http://127.0.0.1:1"
    assert cloud.client("sqs").meta.endpoint_url == "http://127.0.0.1:9"
    assert cloud.region == "us-west-2"


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"aws:profile: .*aws:region: .*known before"):
        configuration.cloud({"profile": "me", "region": UNKNOWN})


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")],
)
def test_the_partition_is_that_of_the_region(partition: str, region: str) -> None:
    assert configuration.cloud({"region": region}).partition == partition


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("https://kms.us-east-1.amazonaws.com", False),
        ("http://127.0.0.1.example.com", False),
        (None, False),
    ],
)
def test_only_this_machine_is_loopback(url: str | None, here: bool) -> None:
    assert is_loopback(url) is here
