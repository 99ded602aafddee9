"""Where components are: asked of their provider, and once for all of an environment."""

import pulumi
import pulumi_aws as aws

from components import BatchEvaluationEnvironment, ResultLogs, ResultLogsArgs
from tests.harness import Run, run_program, run_stack

PLACE = (
    "aws:index/getPartition:getPartition",
    "aws:index/getRegion:getRegion",
    "aws:index/getCallerIdentity:getCallerIdentity",
)


def asked(run: Run) -> list[tuple[str, str]]:
    """The questions for the place, with the name of the provider that was asked."""
    return [
        (function, provider.split("::")[-2] if provider else "")
        for function, provider in run.asked
        if function in PLACE
    ]


def test_a_stack_asks_once_where_it_is() -> None:
    assert asked(run_stack("prod")) == [(function, "") for function in PLACE]


def test_a_component_with_a_provider_of_its_own_asks_that_one() -> None:
    def program() -> None:
        environment = BatchEvaluationEnvironment("all", {"stage": "local", "protect": False})
        there = aws.Provider("there", region="eu-west-1")
        key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        args: ResultLogsArgs = {"base_name": "beside", "key_arn": key}
        ResultLogs("same", args, opts=pulumi.ResourceOptions(parent=environment))
        ResultLogs("other", args, opts=pulumi.ResourceOptions(parent=environment, provider=there))

    expected = [(function, name) for name in ("", "there") for function in PLACE]
    assert asked(run_program(program)) == expected
