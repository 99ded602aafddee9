"""What a function sees of the host: its role's credentials, and none of anybody else's."""

import io
import json
import zipfile
from typing import Any

import pytest

ACCOUNT, REGION = "111122223333", "us-east-1"
# Everything that lies open: variables, of the parent too, and files where the function works.
LOOK = """
import os, pathlib

def text(path):
    try:
        return pathlib.Path(path).read_bytes().decode("latin-1")
    except OSError:
        return ""

def handler(event, context):
    found = {"environment": dict(os.environ)}
    for process in (os.getpid(), os.getppid()):
        for name in ("environ", "cmdline"):
            found[f"{process} {name}"] = text(f"/proc/{process}/{name}")
    for start in (os.getcwd(), os.environ["HOME"]):
        for folder, _, names in os.walk(start):
            for name in names:
                path = os.path.join(folder, name)
                found[path] = text(path)
    found["profiles"] = [text(os.path.expanduser(f"~/.aws/{name}")) for name in
                         ("credentials", "config")]
    return found
"""


@pytest.fixture(scope="module")
def seen(world: Any) -> str:
    """What a function with the controller's role finds."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code/__init__.py", LOOK)
    client = world.client("lambda")
    client.create_function(
        FunctionName="looks-around",
        Runtime="python3.13",
        Role=world.outputs["controller_role_arn"],
        Handler="code.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )
    answer = client.invoke(FunctionName="looks-around", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return answer["Payload"].read().decode()


@pytest.mark.parametrize("who", ["deployer", "developer"])
def test_a_function_finds_nobodys_keys(world: Any, seen: str, who: str) -> None:
    key, secret, _ = world.people[who]
    assert key not in seen
    assert secret not in seen


def test_a_function_has_its_roles_session(world: Any, seen: str) -> None:
    environment = json.loads(seen)["environment"]
    role = world.outputs["controller_role_arn"].rpartition("/")[2]
    world.people["found"] = (
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment["AWS_SESSION_TOKEN"],
    )
    arn = world.client("sts", "found").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/looks-around"


def test_events_hold_no_secret(world: Any, seen: str) -> None:
    told = world.events.read_text(encoding="utf-8")
    for name, (_, secret, token) in world.people.items():
        assert secret not in told, name
        assert token is None or token not in told, name
    assert json.loads(seen)["environment"]["AWS_SECRET_ACCESS_KEY"] not in told
