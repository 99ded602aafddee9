"""No credential, plaintext or message gets into an event or an error, whatever call carries it."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Principal
from local.aws_api.request_context import PROTOCOLS, read_request
from local.cli import output_files
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from local.services.cloudtrail.events_file import EventsFile
from local.services.cloudtrail.redaction import without_secrets
from tests.local.requests import requests

SECRET = "Hunter2-Hunter2-Hunter2"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "111122223333"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "events.jsonl"


@pytest.fixture(scope="module")
def cloud(events: Path) -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0), events=events, enforce=False) as running:
        yield running


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud) -> Principal:
    account = cloud.place.account
    key = cloud.environment()["AWS_ACCESS_KEY_ID"]
    return Principal(f"arn:aws:iam::{account}:user/deployer", account, key)


def refusal(call: Callable[[], Any]) -> str:
    """The error that a call is answered with, empty when it is allowed."""
    try:
        call()
    except ClientError as error:
        return str(error)
    return ""


def test_no_event_has_what_iam_and_sts_give_out_or_get(
    cloud: LocalCloud, deployer: Principal, events: Path
) -> None:
    iam, sts = (cloud.services.client(name, deployer) for name in ("iam", "sts"))
    iam.create_user(UserName="u")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=POLICY)["Role"]["Arn"]
    key = iam.create_access_key(UserName="u")["AccessKey"]
    iam.create_login_profile(UserName="u", Password=SECRET)
    iam.update_login_profile(UserName="u", Password=f"{SECRET}-2")
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    for call in (
        lambda: iam.create_login_profile(UserName="u", Password=SECRET),
        lambda: iam.create_login_profile(UserName="u", Password=SECRET * 50),
        lambda: iam.change_password(OldPassword=SECRET, NewPassword=SECRET),
        lambda: iam.update_login_profile(UserName="u", Password=f"{SECRET}\u6f22"),
        lambda: iam.upload_server_certificate(
            ServerCertificateName="c", CertificateBody="b", PrivateKey=SECRET
        ),
        lambda: sts.get_session_token(TokenCode="654321"),
    ):
        assert SECRET not in refusal(call)
    text = events.read_text()
    for secret in (SECRET, key["SecretAccessKey"], session["SecretAccessKey"], "654321"):
        assert secret not in text
    assert session["SessionToken"] not in text
    assert text.count('"eventName": "CreateLoginProfile"') == 3


@pytest.mark.parametrize("service", sorted(PROTOCOLS))
def test_nothing_that_a_model_marks_is_kept(
    cloud: LocalCloud, deployer: Principal, service: str
) -> None:
    """Every operation with all of its members, the marked ones replaced by a text to look for."""
    model: Any = get_service_model(service)
    seen = 0
    for action in model.operation_names:
        shape = model.operation_model(action).input_shape
        marked = [
            name
            for name, member in (shape.members if shape else {}).items()
            if member.metadata.get("sensitive")
        ]
        given = {name: SECRET for name in marked} | {"Other": [{name: SECRET} for name in marked]}
        given |= {f"Member.1.{name}": SECRET for name in marked} | {"Kept": "kept"}
        kept = without_secrets(service, action, given)
        assert SECRET not in json.dumps(kept), action
        assert kept["Kept"] == "kept"
        seen += len(marked)
    assert seen or service not in ("iam", "kms", "sts")


def test_messages_are_not_kept_in_a_batch_or_a_form() -> None:
    batch = {"Entries": [{"Id": "1", "MessageBody": SECRET}], "QueueUrl": "u"}
    assert without_secrets("sqs", "SendMessageBatch", batch) == {
        "Entries": [{"Id": "1"}],
        "QueueUrl": "u",
    }
    form = {"SendMessageBatchRequestEntry.1.MessageBody": SECRET, "Action": "SendMessageBatch"}
    assert without_secrets("sqs", "SendMessageBatch", form) == {"Action": "SendMessageBatch"}


@pytest.mark.parametrize("service", ["iam", "kms"])
def test_no_error_repeats_what_a_model_marks(
    cloud: LocalCloud, deployer: Principal, service: str
) -> None:
    for sent in requests(service, 0):
        body = sent.body.replace(b"Password=name", f"Password={SECRET * 99}".encode())
        body = body.replace(b'Password": "name', f'Password": "{SECRET * 99}'.encode())
        if body == sent.body:
            continue
        try:
            call = read_request(
                deployer, service, cloud.place, sent.method, sent.target, sent.headers, body
            )
        except AwsError as error:
            said = error.message
        else:
            said = cloud.answer(call).body.decode()
        assert "Hunter" not in said


@pytest.mark.parametrize("before", [None, 0o644])
def test_the_events_file_is_its_owners_only(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "events.jsonl"
    if before is not None:
        path.write_text("")
        path.chmod(before)
    umask = os.umask(0)
    output_files.prepare_events(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    EventsFile(path).append({})
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().count("\n") == 1
