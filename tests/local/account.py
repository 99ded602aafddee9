"""An account with policies in force, and short ways to make what tests point at."""

import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.config import Config

from local.cloud import LocalCloud
from local.runtime.clients import isolated_session

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
NOBODY = f"arn:aws:iam::{ACCOUNT}:role/nobody"
LAMBDA, SCHEDULER = "lambda.amazonaws.com", "scheduler.amazonaws.com"
LOGS = "logs.us-east-1.amazonaws.com"
SESSION = isolated_session("us-east-1")

Statement = dict[str, Any]


def allow(
    action: str | list[str], resource: str | list[str] | None = "*", **more: Any
) -> Statement:
    """A statement; of a trust policy the resource is None."""
    where = {} if resource is None else {"Resource": resource}
    return {"Effect": "Allow", "Action": action, **where, **more}


def document(*statements: Statement) -> str:
    """The text of a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: dict[str, str], **condition: Any) -> str:
    """The text of a trust policy."""
    return document(allow("sts:AssumeRole", None, Principal=principal, **condition))


def archive() -> bytes:
    """The zip of a function that gives back its event."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("m.py", "def h(event, context):\n    return event\n")
    return packed.getvalue()


class LocalAccount:
    """Makes resources as the deployer of a running endpoint."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self.client = cache(self._client)

    def _client(self, service: str, user: str = "deployer", session: str = "") -> Any:
        keys = self._cloud.environment(user)
        signing: dict[str, Any] = {
            "aws_access_key_id": keys["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"],
        }
        if session:
            sts = SESSION.client("sts", endpoint_url=self._cloud.address, **signing)
            given = sts.assume_role(RoleArn=session, RoleSessionName="test")["Credentials"]
            signing = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return SESSION.client(
            service,
            endpoint_url=self._cloud.address,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            **signing,
        )

    def close(self) -> None:
        """Close what was opened."""
        self.client.cache_clear()

    def role(self, name: str, trusted: str, *statements: Statement) -> str:
        """A role with one inline policy; gives its ARN."""
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=document(*statements)
            )
        return made["Role"]["Arn"]

    def key(self, *statements: Statement, **members: Any) -> str:
        """A key that the account administers and uses, with more statements; gives its ARN."""
        policy = document(allow("kms:*", Principal={"AWS": ROOT}), *statements)
        return self.client("kms").create_key(Policy=policy, **members)["KeyMetadata"]["Arn"]

    def queue(self, name: str, **attributes: str) -> str:
        """A queue; gives its ARN."""
        self.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def url(self, name: str) -> str:
        """The URL of a queue."""
        return self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    def function(self, name: str, role: str, **members: Any) -> str:
        """A function; gives its ARN."""
        made = self.client("lambda").create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.13",
                "Role": role,
                "Handler": "m.h",
                "Code": {"ZipFile": archive()},
                **members,
            }
        )
        return made["FunctionArn"]

    def schedule(self, name: str, role: str, target: str, **members: Any) -> None:
        """An hourly schedule."""
        self.client("scheduler").create_schedule(
            **{
                "Name": name,
                "ScheduleExpression": "rate(1 hour)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": target, "RoleArn": role, **members.pop("Target", {})},
                **members,
            }
        )


Case = Callable[[LocalAccount], Any]
