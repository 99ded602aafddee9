"""The users that the endpoint prints: a shell takes them, and each is who it says."""

import re
import shutil
import subprocess

import pytest

from local.__main__ import main
from local.aws_api.caller import Principal
from local.cli import shell
from local.cloud import LocalCloud
from local.deploy import named_principals
from local.gateway.server import PortInUseError

SHELLS = [found for name in ("bash", "dash", "zsh") if (found := shutil.which(name))]
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def test_a_shell_is_the_deployer_and_can_change(capsys: pytest.CaptureFixture[str]) -> None:
    with LocalCloud() as cloud:
        shell.print_users(cloud)
        deployer, developer = cloud.environment(), cloud.environment("developer")
    printed = capsys.readouterr().out
    show = 'echo "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_ENDPOINT_URL $AWS_SESSION_TOKEN"'
    script = f"{printed}\n{show}\nexport AWS_SESSION_TOKEN=old\nas_developer\n{show}\nas_deployer\n"
    done = subprocess.run(
        ["/bin/sh", "-e"], input=f"{script}{show.replace('$AWS_SESSION_TOKEN', '')}",
        env={"AWS_SESSION_TOKEN": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    expected = [
        f"{user['AWS_ACCESS_KEY_ID']} {user['AWS_SECRET_ACCESS_KEY']} {cloud.address}"
        for user in (deployer, developer, deployer)
    ]
    assert [line.strip() for line in done.stdout.splitlines()] == expected, done.stderr


@pytest.mark.parametrize("program", SHELLS)
def test_the_developer_assumes_the_roles_that_were_made(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the AWS CLI that is installed here, version 1, which sends SQS elsewhere by itself."""
    name = "arn:aws:iam::111122223333:role/team/Evaluators"
    with LocalCloud() as cloud:
        deployer = Principal("arn:aws:iam::111122223333:user/deployer", "111122223333", "AKIA")
        named_principals.make(cloud.services.client("iam", deployer), name)
        cloud.services.client("sqs", deployer).create_queue(QueueName="one")
        shell.print_users(cloud)
        script = (
            f"{capsys.readouterr().out}\n"
            "aws sqs list-queues --query QueueUrls --output text || exit 1\n"
            f"as_developer; as_role {name} me || exit 1\n"
            "aws sts get-caller-identity --query Arn --output text\n"
            'before=$AWS_ACCESS_KEY_ID; as_role "$AWS_ACCESS_KEY_ID" && exit 1\n'
            '[ "$before" = "$AWS_ACCESS_KEY_ID" ] || exit 1\n'
        )
        done = subprocess.run(
            [program], input=script, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        f"{cloud.address}/111122223333/one",
        "arn:aws:sts::111122223333:assumed-role/Evaluators/me",
    ]


def test_the_first_lines_say_what_is_served_and_the_last_what_comes_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    role = "arn:aws:iam::111122223333:role/Evaluators"
    with LocalCloud() as cloud:
        shell.print_headline(cloud, "dev", enforces=True)
        shell.print_next({"output_bucket": "b"}, [role])
    first, *lines, before, last = capsys.readouterr().out.splitlines()
    assert first == f"# Ready: the local AWS on {cloud.address}, policies in force"
    assert any("Stack dev is deployed" in line for line in lines)
    assert any("kms" in line and "sqs" in line for line in lines)
    assert before == f"# Next: as_developer, and as_role {role}"
    assert last == f"# Next: {shell.python()} -m local load"


def test_a_secret_key_is_written_as_aws_writes_it() -> None:
    """A command such as `pulumi config set` takes what begins with a hyphen for an option."""
    with LocalCloud() as cloud:
        secrets = [cloud._credentials.create_user(f"user-{n}", ANYTHING)[1] for n in range(20)]
    assert [one for one in secrets if not re.fullmatch(r"[A-Za-z0-9+/]{40}", one)] == []
    assert len(set(secrets)) == 20


@pytest.mark.parametrize("command", ["serve", "up"])
@pytest.mark.parametrize("enforces", [True, False])
def test_the_command_line_turns_policies_off(
    monkeypatch: pytest.MonkeyPatch, command: str, enforces: bool
) -> None:
    seen: list[bool] = []

    class Cloud:
        def __init__(self, *, enforce: bool, **_: object) -> None:
            seen.append(enforce)
            raise PortInUseError("port: expected a free one")

    monkeypatch.setattr("local.cli.commands.LocalCloud", Cloud)
    assert main([command, *([] if enforces else ["--no-enforce"])]) == 2
    assert seen == [enforces]
