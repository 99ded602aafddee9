"""The users that the endpoint prints: a shell takes them, and each is who it says."""

import re
import subprocess

import pytest

from local.__main__ import main
from local.cloud import LocalCloud
from local.commands import print_users
from local.server import PortInUseError

ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def test_a_shell_is_the_deployer_and_can_change(capsys: pytest.CaptureFixture[str]) -> None:
    with LocalCloud() as cloud:
        print_users(cloud)
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


def test_a_secret_key_is_written_as_aws_writes_it() -> None:
    """A command such as `pulumi config set` takes what begins with a hyphen for an option."""
    with LocalCloud() as cloud:
        secrets = [cloud._state.create_user(f"user-{n}", ANYTHING)[1] for n in range(20)]
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

    monkeypatch.setattr("local.commands.LocalCloud", Cloud)
    assert main([command, *([] if enforces else ["--no-enforce"])]) == 2
    assert seen == [enforces]
