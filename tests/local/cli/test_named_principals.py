"""Stacks that name roles: told before anything is made, or made, and deployed as one of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.__main__ import main
from local.cloud import LocalCloud
from local.deploy.named_principals import make, missing, named, session
from tests.harness import ROOT

ACCOUNT = "arn:aws:iam::111122223333"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        yield cloud


@pytest.fixture
def iam(endpoint: LocalCloud) -> Any:
    from local.cli.running_endpoint import client

    return client("iam")


def test_principals_are_found_in_texts_and_in_lists() -> None:
    config = {
        "project:tags": f'{{"owner": "{ACCOUNT}:role/Owner"}}',
        "one": f"{ACCOUNT}:role/path/to/One",
        "list": f'["{ACCOUNT}:user/two", "{ACCOUNT}:role/One", "other"]',
        "none": "arn:aws:s3:::bucket",
    }
    assert named(config) == [
        f"{ACCOUNT}:role/One",
        f"{ACCOUNT}:role/path/to/One",
        f"{ACCOUNT}:user/two",
    ]


def test_what_is_made_is_no_longer_missing(iam: Any) -> None:
    arns = [f"{ACCOUNT}:role/One", f"{ACCOUNT}:role/path/Two", f"{ACCOUNT}:user/three"]
    assert missing(iam, [*arns, f"{ACCOUNT}:user/developer"]) == arns
    for arn in arns:
        make(iam, arn)
    assert missing(iam, arns) == []
    assert missing(iam, [f"{ACCOUNT}:role/Two"]) == [f"{ACCOUNT}:role/Two"]


@pytest.mark.parametrize("arn", ["role", f"{ACCOUNT}:root", f"{ACCOUNT}:group/g"])
def test_only_a_role_or_user_can_be_made(arn: str) -> None:
    with pytest.raises(ValueError, match="expected the ARN of a role or user"):
        make(None, arn)
    with pytest.raises(ValueError, match="expected the ARN of a role or user"):
        session(None, None, arn)


def test_missing_principals_are_named_and_nothing_is_made(
    iam: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", "-s", "prod"]) == 1
    assert capsys.readouterr().err == (
        "local: stack prod names roles or users that do not exist here:\n"
        f"local:   {ACCOUNT}:role/IncidentResponse\n"
        f"local:   {ACCOUNT}:role/KeyAdministration\n"
        f"local:   {ACCOUNT}:role/PlatformDeployment\n"
        f"local:   {ACCOUNT}:role/QualityAssurance\n"
        "local: make them first, or let --make-principals make them\n"
    )
    assert iam.list_roles()["Roles"] == []


def test_wrong_settings_are_named_before_principals_are_made(
    iam: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for part in ("Pulumi.yaml", "__main__.py", "components"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "stacks").mkdir()
    text = (ROOT / "stacks" / "Pulumi.dev.yaml").read_text()
    text = text.replace("deletionWindowInDays: 7", "deletionWindowInDays: 3")
    text = text.replace("111122223333:role/AgentDevelopers", "999922223333:role/AgentDevelopers", 1)
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(text)
    monkeypatch.setattr("local.cli.commands._PROJECT", tmp_path)
    assert main(["deploy", "-s", "dev", "--make-principals"]) == 1
    told = capsys.readouterr()
    assert "deletionWindowInDays: expected a whole number from 7 to 30, got 3" in told.err
    assert "operatorPrincipals[0]: expected the ARN of a role or user of account" in told.err
    assert "made" not in told.out
    assert iam.list_roles()["Roles"] == []


def test_only_a_role_of_the_account_deploys(iam: Any, capsys: pytest.CaptureFixture[str]) -> None:
    role = "arn:aws:iam::999922223333:role/x"
    assert main(["deploy", "-s", "dev", "--make-principals", "--as", role]) == 2
    assert f"expected roles and users of account 111122223333, found {role}" in (
        capsys.readouterr().err
    )
    assert iam.list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("stack", "role"),
    [("dev", []), ("staging", ["PlatformDeployment"]), ("prod", ["PlatformDeployment"])],
)
def test_a_stack_is_deployed_with_the_principals_that_it_names(
    endpoint: LocalCloud, tmp_path: Path, stack: str, role: list[str]
) -> None:
    path = tmp_path / "outputs.json"
    options = [option for name in role for option in ("--as", f"{ACCOUNT}:role/{name}")]
    arguments = ["deploy", "-s", stack, "--make-principals", "--outputs", str(path), *options]
    assert main(arguments) == 0
    assert path.exists()


def test_only_a_role_deploys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "-s", "dev", "--as", f"{ACCOUNT}:user/u"]) == 2
    assert "--as: expected the ARN of a role, found" in capsys.readouterr().err
