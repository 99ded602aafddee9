"""Names of IAM: they differ by more than case, whatever their paths."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

Connect = Callable[..., Any]
DOCUMENT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    }
)
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "user": ("UserName", {}),
    "group": ("GroupName", {}),
    "role": ("RoleName", {"AssumeRolePolicyDocument": TRUST}),
    "policy": ("PolicyName", {"PolicyDocument": DOCUMENT}),
    "instance_profile": ("InstanceProfileName", {}),
}


@pytest.mark.parametrize("other", ["deploy", "DEPLOY", "Deploy"])
@pytest.mark.parametrize("path", ["/", "/other/"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_in_another_case_or_path_is_in_use(
    connect: Connect, kind: str, path: str, other: str
) -> None:
    member, more = KINDS[kind]
    create = getattr(connect("iam"), f"create_{kind}")
    create(**{member: "Deploy"}, **more)
    with pytest.raises(ClientError, match="already exists") as caught:
        create(**{member: other}, Path=path, **more)
    assert caught.value.response["Error"]["Code"] == "EntityAlreadyExists"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    create(**{member: "deploy2"}, **more)


@pytest.mark.parametrize("kind", ["user", "group"])
def test_a_new_name_is_not_one_in_use(connect: Connect, kind: str) -> None:
    iam, member = connect("iam"), KINDS[kind][0]
    for name in ("One", "Two"):
        getattr(iam, f"create_{kind}")(**{member: name})
    update = getattr(iam, f"update_{kind}")
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        update(**{member: "Two", f"New{member}": "ONE"})
    update(**{member: "Two", f"New{member}": "TWO"})
