"""Arguments of components: names that exist, Outputs where they can be, plain values elsewhere."""

import json
import runpy
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ComponentResource
from pulumi.output import Unknown

import components
from components import BatchEvaluationEnvironment, InvalidInput, InvalidInputs
from tests.harness import ACCOUNT, PROJECT, ROOT, Run, run_program, stack_config

ROLE = f"arn:aws:iam::{ACCOUNT}:role"
EXISTING = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/9999abcd-12ab-34cd-56ef-1234567890ab"
ADMINISTRATOR = f"{ROLE}/PlatformDeployment"
CLASSES: dict[str, Any] = {
    name: value
    for name in components.__all__
    if isinstance(value := getattr(components, name), type) and issubclass(value, ComponentResource)
}
FIELDS = {name: getattr(components, f"{name}Args").__annotations__ for name in CLASSES}
PLAIN = [
    (name, field)
    for name, fields in FIELDS.items()
    for field, kind in fields.items()
    if "Awaitable" not in str(kind)
]
# A value of each required argument, so that what is wrong is the one that a test is about.
REQUIRED: Mapping[str, Any] = {
    "base_name": "any",
    "caller_arns": [ADMINISTRATOR],
    "controller_role_arn": ADMINISTRATOR,
    "evaluation_key_arn": EXISTING,
    "key_arn": EXISTING,
    "operations_key_arn": EXISTING,
    "output_bucket": "any",
    "result_log_group": "any",
    "schedule_role_arn": ADMINISTRATOR,
    "source_log_groups": ["aws/spans"],
    "stage": "local",
}


def program(name: str, **args: Any) -> Callable[[], None]:
    """A program with one component; arguments may be functions that make Outputs in its loop."""

    def run() -> None:
        required = {field: REQUIRED[field] for field in FIELDS[name] if field in REQUIRED}
        made = {field: value() if callable(value) else value for field, value in args.items()}
        CLASSES[name]("mine", {**required, **made})

    return run


def output(value: Any) -> Callable[[], "pulumi.Output[Any]"]:
    return lambda: pulumi.Output.from_input(value)


def secret(value: Any) -> Callable[[], "pulumi.Output[Any]"]:
    return lambda: pulumi.Output.secret(value)


@pytest.mark.parametrize("name", CLASSES)
def test_a_misspelt_argument_is_named_with_the_nearest(name: str) -> None:
    field = min(set(FIELDS[name]) - {"stage"})
    runs: list[Run] = []
    with pytest.raises(InvalidInput) as caught:
        run_program(program(name, **{field[:-1]: "any"}), into=runs)
    assert str(caught.value).startswith(f"unknown argument {field[:-1]} of {name}; did you mean ")
    assert f"did you mean {field}?" in str(caught.value)
    assert runs[0].types() == {}


@pytest.mark.parametrize("name", CLASSES)
def test_all_that_is_missing_is_named(name: str) -> None:
    required = getattr(components, f"{name}Args").__required_keys__
    with pytest.raises((InvalidInput, InvalidInputs)) as caught:
        run_program(lambda: CLASSES[name]("mine", {}))
    error = caught.value
    errors = error.errors if isinstance(error, InvalidInputs) else (error,)
    assert {error.name for error in errors} == required


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - {"BatchEvaluationEnvironment"}))
def test_arguments_are_a_dictionary(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"args: expected the arguments of {name} as a dict"):
        run_program(lambda: CLASSES[name]("mine", None))


@pytest.mark.parametrize(("name", "field"), PLAIN, ids=[f"{n} {f}" for n, f in PLAIN])
def test_an_output_where_names_or_resources_follow_is_refused_by_name(
    name: str, field: str
) -> None:
    """With one error: what cannot be known has no part in the checks of several arguments."""
    runs: list[Run] = []
    with pytest.raises(InvalidInput) as caught:
        run_program(program(name, **{field: output("any")}), into=runs)
    assert str(caught.value).startswith(
        f"{field}: expected a plain value, as names and resources follow from it, got an "
    )
    assert runs[0].types() == {}


def test_tags_in_a_list_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"^tags: expected an object of at most 50 texts, got "):
        run_program(program(ENVIRONMENT, tags=lambda: [role_of_the_program()]))


def policies(run: Run) -> dict[str, Any]:
    return {
        resource.name.removeprefix("mine-"): resource.inputs[key]
        for resource in run.resources.values()
        for key in ("policy", "assumeRolePolicy")
        if key in resource.inputs
    }


def documents(run: Run) -> dict[str, Any]:
    """The policies but the bucket's: ids of keys are counted, and either key may be the first."""
    return {name: policy for name, policy in policies(run).items() if name != "output-policy"}


ENVIRONMENT = "BatchEvaluationEnvironment"
LATE = {
    "callers": ([f"{ROLE}/Caller"], "evaluation-key-key"),
    "key_administrators": ([ADMINISTRATOR], "operations-key-key"),
    "operations_readers": ([f"{ROLE}/Reader"], "operations-key-key"),
    "operator_principals": ([f"{ROLE}/Operator"], "roles-operator-role"),
}
FORMS = {
    "an Output of a list": output,
    "a list of Outputs": lambda value: lambda: [pulumi.Output.from_input(v) for v in value],
    "a secret": secret,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("field", LATE)
def test_arns_may_be_outputs_and_give_the_same_policies(field: str, form: Any) -> None:
    value, _ = LATE[field]
    late = documents(run_program(program(ENVIRONMENT, **{field: form(value)})))
    hidden = {name for name, policy in late.items() if isinstance(policy, dict)}
    assert (LATE[field][1] in hidden) is (form is secret)  # what is made of a secret is one
    shown = {name: policy["value"] if name in hidden else policy for name, policy in late.items()}
    assert shown == documents(run_program(program(ENVIRONMENT, **{field: value})))


def role_of_the_program() -> "pulumi.Output[str]":
    return aws.iam.Role("caller", name="Caller", assume_role_policy="{}").arn


@pytest.mark.parametrize("field", sorted(LATE.keys() - {"key_administrators"}))
def test_a_role_of_the_same_program_comes_first_and_hides_no_other_policy_at_preview(
    field: str,
) -> None:
    args = {field: lambda: [role_of_the_program()]}
    run = run_program(program(ENVIRONMENT, **args))
    user = run.one(*USERS[LATE[field][1]])
    assert run.leads_to(user, run.one("aws:iam/role:Role", "caller"))

    preview = run_program(program(ENVIRONMENT, **args), preview=True)
    hidden = {name for name, policy in policies(preview).items() if isinstance(policy, Unknown)}
    assert hidden == {LATE[field][1], "output-policy"}


USERS = {
    "evaluation-key-key": ("aws:kms/key:Key", "evaluation-key-key"),
    "operations-key-key": ("aws:kms/key:Key", "operations-key-key"),
    "roles-operator-role": ("aws:iam/role:Role", "roles-operator-role"),
}


@pytest.mark.parametrize("field", LATE)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_wrong_value_that_is_known_late_is_named_as_the_user_wrote_it(
    field: str, form: Any
) -> None:
    runs: list[Run] = []
    with pytest.raises((InvalidInput, InvalidInputs)) as caught:
        run_program(program(ENVIRONMENT, **{field: form([f"{ROLE}/a*"])}), into=runs)
    assert f"{field}[0]: expected the ARN of a role or user" in str(caught.value)
    kept_secret = form is secret
    assert ("got a secret" in str(caught.value)) is kept_secret
    assert (f"{ROLE}/a*" in str(caught.value)) is not kept_secret
    names = {resource.name.removeprefix("mine-") for resource in runs[0].resources.values()}
    assert LATE[field][1] not in names


def test_what_is_known_of_a_list_is_checked_at_preview() -> None:
    runs: list[Run] = []
    with pytest.raises(InvalidInput, match=r"^callers\[1\]: expected"):
        run_program(
            program(ENVIRONMENT, callers=lambda: [role_of_the_program(), "*"]),
            preview=True,
            into=runs,
        )
    assert "aws:kms/key:Key" not in runs[0].types()


def test_a_stage_demands_operators_that_are_known_late() -> None:
    with pytest.raises(InvalidInput, match=r"^operator_principals: expected at least one .* dev"):
        run_program(program(ENVIRONMENT, stage="dev", operator_principals=output([])))
    run_program(program(ENVIRONMENT, stage="dev", operator_principals=output([ADMINISTRATOR])))


def test_a_list_that_is_known_late_and_too_long_is_named_as_the_user_wrote_it() -> None:
    roles = [f"{ROLE}/{'r' * 50}{number:04}" for number in range(400)]
    with pytest.raises(InvalidInput, match=r"^operator_principals: expected a trust policy"):
        run_program(program(ENVIRONMENT, operator_principals=output(roles)))


def test_tags_may_be_outputs_and_are_checked() -> None:
    tags = {"team": "support"}
    run = run_program(program(ENVIRONMENT, tags=output(tags)))
    assert run.one("aws:s3/bucket:Bucket").inputs["tags"] == tags
    with pytest.raises(InvalidInput, match=r"^tags: expected a key of 1 to 128"):
        run_program(program(ENVIRONMENT, tags=output({"aws:x": "y"})))


POLICY = json.dumps({"Statement": []})


@pytest.mark.parametrize("name", [ENVIRONMENT, "EvaluationKey"])
def test_an_existing_key_may_be_an_output_and_no_key_is_made(name: str) -> None:
    args = {"existing_key_arn": output(EXISTING)}
    run = run_program(program(name, **args), preview=True, key={"policy": POLICY})
    made = {r.name for r in run.resources.values() if r.type == "aws:kms/key:Key" and r.custom}
    assert made <= {"mine-operations-key-key"}
    assert any("cannot be used yet" in warning for warning in run.warnings)


@pytest.mark.parametrize("name", [ENVIRONMENT, "EvaluationKey"])
@pytest.mark.parametrize("wrong", ["", "alias/mine"])
def test_an_existing_key_that_is_known_late_is_checked(name: str, wrong: str) -> None:
    with pytest.raises(InvalidInput, match=r"^existing_key_arn: expected .* key ARN"):
        run_program(program(name, existing_key_arn=output(wrong)))


def test_a_stack_file_has_its_own_spelling() -> None:
    config = stack_config("dev") | {f"{PROJECT}:operatorPrincipals": '["*"]'}
    with pytest.raises(InvalidInput, match=r"^operatorPrincipals\[0\]: expected"):
        run_program(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
                    config=config)  # fmt: skip
    with pytest.raises(InvalidInput, match=r"^operator_principals\[0\]: expected"):
        run_program(lambda: BatchEvaluationEnvironment(
            "mine", {"stage": "dev", "operator_principals": ["*"]}))  # fmt: skip


@pytest.mark.parametrize(
    "args",
    [None, [], pulumi.ResourceOptions(), pulumi.Output.from_input({"stage": "dev"})],
    ids=["none", "a list", "options", "an output"],
)
def test_arguments_that_are_no_dictionary_are_named(args: Any) -> None:
    told = r"^args: expected the arguments of BatchEvaluationEnvironment as a dictionary"
    with pytest.raises(InvalidInput, match=told):
        run_program(lambda: BatchEvaluationEnvironment("mine", args))


def test_outputs_name_queues_and_schedule() -> None:
    def named() -> None:
        made = BatchEvaluationEnvironment("mine", {"stage": "local", "prefix": "team"})
        for name, value in made.exports().items():
            pulumi.export(name, value)

    for preview in (False, True):
        exports = run_program(named, preview=preview).exports
        assert exports["failure_queue"] == "team-dev-failures"
        assert exports["schedule_failure_queue"] == "team-dev-schedule-failures"
        assert exports["export_schedule_name"] == "team-dev-export"
