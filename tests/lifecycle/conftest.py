"""A deployed environment for each module of tests, on a clock that stands still."""

import os
from collections.abc import Iterator

import pytest
from moto import mock_aws

from local.aws_api.caller import ServicePrincipal
from local.cloud import LocalCloud
from local.deploy.program import deploy
from local.runtime.clock import ManualClock
from local.telemetry.log_delivery import load_samples
from tests.harness import ROOT
from tests.lifecycle.lab import SERVICE, Lab
from tests.lifecycle.small_lab import SmallLab

START = 1_790_000_000.0


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch, brief_calls: None) -> None:
    """Leave out the SDK's pauses between attempts, and those of its adaptive rate."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)


@pytest.fixture(scope="module")
def small_lab() -> Iterator[SmallLab]:
    with mock_aws():
        yield SmallLab()


@pytest.fixture(scope="module")
def second_lab(small_lab: SmallLab) -> SmallLab:
    """A second container of the same function."""
    return SmallLab(beside=small_lab)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    patch = pytest.MonkeyPatch()
    with LocalCloud(clock=ManualClock(START)) as cloud, patch.context() as context:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            context.delenv(name)
        for name, value in cloud.environment().items():
            context.setenv(name, value)
        outputs = deploy(ROOT, "local")
        account, function = cloud.place.account, outputs["controller_function_arn"]
        lambda_ = ServicePrincipal("lambda.amazonaws.com", account, function, account)
        session = cloud.services.client("sts", lambda_).assume_role(
            RoleArn=outputs["controller_role_arn"], RoleSessionName="controller"
        )["Credentials"]
        deployer = cloud._credentials.credential(cloud.environment()["AWS_ACCESS_KEY_ID"])
        controller = cloud._credentials.credential(session["AccessKeyId"])
        assert deployer
        assert controller
        made = Lab(cloud, outputs, deployer.principal, controller.principal)
        loaded = load_samples(made.client("logs"), START)
        made.log_groups = list(loaded.groups[SERVICE])
        made.session_ids = list(loaded.sessions[SERVICE])
        _stop_schedules(made)
        yield made


def _stop_schedules(lab: Lab) -> None:
    """Tests say when a tick is; the schedule would add its own."""
    scheduler = lab.client("scheduler")
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
