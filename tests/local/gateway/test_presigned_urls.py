"""Presigned URLs as SDKs make them by default, and as they work here."""

import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.config import Config

from local.cloud import LocalCloud
from local.runtime.clients import isolated_session
from tests.harness import ROOT


def url(cloud: LocalCloud, **config: Any) -> str:
    keys = cloud.environment()
    client = isolated_session("us-east-1").client(
        "s3",
        endpoint_url=cloud.address,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=Config(**config),
    )
    if not client.list_buckets()["Buckets"]:
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="key", Body=b"text")
    return client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})


def test_a_url_of_signature_version_2_names_the_setting_that_helps(cloud: LocalCloud) -> None:
    presigned = url(cloud)
    assert "AWSAccessKeyId" in presigned
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(presigned)
    with caught.value as answer:
        text = answer.read().decode()
    for setting in ("default.s3.signature_version s3v4", 'signature_version="s3v4"'):
        assert setting in text
        assert setting in " ".join((ROOT / "docs" / "local.md").read_text("utf-8").split())
    with urllib.request.urlopen(url(cloud, signature_version="s3v4")) as answer:
        assert answer.read() == b"text"
