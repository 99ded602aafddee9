"""Who deploys has to be among the key administrators: found before anything is made."""

from typing import Any

import pulumi
import pytest

from components import BatchEvaluationEnvironment, EvaluationKey, InvalidInput, OperationsKey
from components.config.deploying_principal import is_among
from tests.harness import ACCOUNT, Run, run_program, run_stack

IAM, STS = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:sts::{ACCOUNT}"
ROLE = f"{IAM}:role/PlatformDeployment"
SSO = "AWSReservedSSO_Platform_0123456789abcdef"
OTHER = f"{STS}:assumed-role/Developers/eve"


@pytest.mark.parametrize(
    ("caller", "administrators", "among"),
    [
        (f"{STS}:assumed-role/PlatformDeployment/me", [ROLE], True),
        (f"{STS}:assumed-role/PlatformDeployment/me", [f"{IAM}:role/a/b/PlatformDeployment"], True),
        (f"{STS}:assumed-role/{SSO}/eve@example.com",
         [f"{IAM}:role/aws-reserved/sso.amazonaws.com/eu-west-1/{SSO}"], True),
        (f"{STS}:assumed-role/{SSO}/eve", [f"{IAM}:role/aws-reserved/sso.amazonaws.com/{SSO}"],
         True),
        (f"{IAM}:user/deployer", [f"{IAM}:user/deployer"], True),
        (f"{IAM}:user/ops/deployer", [f"{IAM}:user/ops/deployer"], True),
        (f"{IAM}:user/ops/deployer", [f"{IAM}:user/deployer"], False),
        (f"{STS}:assumed-role/PlatformDeployment/me", [f"{IAM}:user/PlatformDeployment"], False),
        (f"{STS}:assumed-role/PlatformDeployment/me", [f"{IAM}:role/Deployment"], False),
        (f"{STS}:assumed-role/a/PlatformDeployment", [ROLE], False),
        (f"{IAM}:user/PlatformDeployment", [ROLE], False),
        (f"{STS}:federated-user/PlatformDeployment", [ROLE], False),
        (f"{IAM}:root", [ROLE], False),
    ],
)  # fmt: skip
def test_a_caller_is_found_among_roles_and_users(
    caller: str, administrators: list[str], among: bool
) -> None:
    assert is_among(caller, administrators) is among


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_an_update_by_another_role_stops_before_any_resource(stack: str) -> None:
    runs: list[Run] = []
    with pytest.raises(InvalidInput) as caught:
        run_stack(stack, caller=OTHER, into=runs)
    assert caught.value.name == "keyAdministrators"
    assert f"expected {OTHER}, who deploys, among them" in str(caught.value)
    assert "add the ARN of role Developers" in str(caught.value)
    assert runs[0].types() == {}


def test_a_preview_by_another_role_warns_once_and_shows_everything() -> None:
    run = run_stack("prod", caller=OTHER, preview=True)
    assert run.types() == run_stack("prod", preview=True).types()
    (warning,) = [text for text in run.warnings if "who deploys" in text]
    assert "keyAdministrators: expected" in warning


def test_without_administrators_anybody_deploys() -> None:
    assert run_stack("dev", caller=OTHER).warnings == []


def environment(**args: Any) -> Any:
    def program() -> None:
        BatchEvaluationEnvironment("mine", {"stage": "local", **args})  # pyright: ignore[reportArgumentType]

    return program


def test_a_program_of_its_own_reads_the_name_of_its_argument() -> None:
    with pytest.raises(InvalidInput, match=r"^key_administrators: expected"):
        run_program(environment(key_administrators=[ROLE]), caller=OTHER)


def test_administrators_that_are_known_late_stop_the_keys() -> None:
    runs: list[Run] = []

    def program() -> None:
        environment(key_administrators=pulumi.Output.from_input([ROLE]))()

    with pytest.raises(InvalidInput, match=r"^key_administrators: expected"):
        run_program(program, caller=OTHER, into=runs)
    assert "aws:kms/key:Key" not in runs[0].types()


COMPONENTS: dict[str, Any] = {
    "evaluation key": lambda: EvaluationKey(
        "key", {"caller_arns": [ROLE], "administrator_arns": [ROLE]}
    ),
    "operations key": lambda: OperationsKey(
        "key", {"base_name": "any", "administrator_arns": [ROLE]}
    ),
    "late": lambda: OperationsKey(
        "key", {"base_name": "any", "administrator_arns": pulumi.Output.from_input([ROLE])}
    ),
}


@pytest.mark.parametrize("make", COMPONENTS.values(), ids=COMPONENTS)
def test_a_key_by_itself_demands_its_maker_too(make: Any) -> None:
    runs: list[Run] = []
    with pytest.raises(InvalidInput, match=r"^administrator_arns: expected .* who deploys"):
        run_program(make, caller=OTHER, into=runs)
    assert runs[0].types() == {}
    assert run_program(make).types()["aws:kms/key:Key"] == 1


def test_an_existing_key_keeps_its_owners_administrators() -> None:
    """Only a key that is made has to be left to its maker."""
    existing = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/9999abcd-12ab-34cd-56ef-1234567890ab"
    policy = {"policy": '{"Statement": []}'}

    def program() -> None:
        EvaluationKey(
            "key",
            {"caller_arns": [ROLE], "administrator_arns": [ROLE], "existing_key_arn": existing},
        )

    run = run_program(program, caller=OTHER, key=policy, preview=True)
    assert not any("who deploys" in text for text in run.warnings)
