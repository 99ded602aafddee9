"""With all rights but the plain ones no sub-resource of S3 lists, makes, deletes or reads."""

import json
from collections.abc import Iterator

import pytest

from tests.local.authorization.small_endpoint import Endpoint
from tests.local.moto_backend.test_dispatch import QUERIES, SUBRESOURCES

# What the guest may not do, under whatever name it is asked for.
PLAIN = [
    "CreateBucket",
    "DeleteBucket",
    "DeleteObject",
    "DeleteObjectVersion",
    "GetObject",
    "GetObjectVersion",
    "ListBucket",
    "ListBucketVersions",
    "PutObject",
]


@pytest.fixture(scope="module")
def guest(endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint, whose guest may do all of S3 but that."""
    allowed = {"Effect": "Allow", "Resource": "*"}
    denied = {"Effect": "Deny", "Action": [f"s3:{name}" for name in PLAIN], "Resource": "*"}
    statements = [{**allowed, "Action": "s3:*"}, denied]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    put = endpoint.form("PutUserPolicy", UserName="name", PolicyName="s", PolicyDocument=document)
    assert put.status == 200
    assert endpoint.http("s3", "PUT", "/name/secret-key", b"secret data").status == 200
    yield endpoint
    endpoint.form("DeleteUserPolicy", UserName="name", PolicyName="s")


def test_the_guest_may_do_something_else(guest: Endpoint) -> None:
    assert guest.http("s3", "GET", "/name?location", b"", guest.guest).status == 200
    assert guest.http("s3", "GET", "/name", b"", guest.guest).status == 403


@pytest.mark.parametrize("path", ["/name", "/name/", "/name/secret-key"])
def test_no_sub_resource_lists_keys_or_reads_an_object(guest: Endpoint, path: str) -> None:
    for query in QUERIES:
        answer = guest.http("s3", "GET", f"{path}?{query}", b"", guest.guest)
        told = answer.body.replace(b"<Key>secret-key</Key><UploadId>", b"")
        assert b"secret data" not in told, query
        assert path.endswith("secret-key") or b"secret-key" not in told, query


def test_no_sub_resource_makes_a_bucket(guest: Endpoint) -> None:
    for query in QUERIES:
        guest.http("s3", "PUT", f"/new?{query}", b"", guest.guest)
        assert guest.http("s3", "HEAD", "/new").status == 404, query


@pytest.mark.parametrize("name", SUBRESOURCES)
def test_no_sub_resource_deletes_a_bucket_or_touches_an_object(guest: Endpoint, name: str) -> None:
    assert guest.http("s3", "PUT", "/empty").status == 200
    for query in [query for query in QUERIES if name in query]:
        guest.http("s3", "DELETE", f"/empty?{query}", b"", guest.guest)
        assert guest.http("s3", "HEAD", "/empty").status == 200, query
        for method in ("DELETE", "PUT", "POST"):
            guest.http("s3", method, f"/name/secret-key?{query}", b"other", guest.guest)
        guest.http("s3", "POST", f"/name?{query}&key=secret-key", b"other", guest.guest)
        kept = guest.http("s3", "GET", "/name/secret-key")
        assert kept.body == b"secret data", query


@pytest.mark.parametrize("header", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_no_header_overrides_the_method(guest: Endpoint, header: str) -> None:
    assert guest.http("s3", "PUT", "/empty").status == 200
    for method in ("GET", "POST", "PUT"):
        guest.http("s3", method, "/empty?tagging", b"", guest.guest, **{header: "DELETE"})
        guest.http("s3", method, "/empty?_method=DELETE", b"", guest.guest)
    assert guest.http("s3", "HEAD", "/empty").status == 200


KEYS = {
    "/name//own/k": "/own/k",
    "/name/own//k": "own//k",
    "/name/own/../k": "own/../k",
    "/name/own/..%2f..%2fk": "own/../../k",
    "/name/own/%2525": "own/%25",
    "/name/own/a%3Fb": "own/a?b",
    "/name/own/k+b": "own/k+b",
    "/name/own/k;x": "own/k;x",
    "/name/own/": "own/",
    "/name/own/k%00": "own/k\0",
    "/name/own/%C3%A9": "own/\N{LATIN SMALL LETTER E WITH ACUTE}",
}


@pytest.mark.parametrize("target", KEYS)
def test_a_key_is_stored_under_the_name_that_was_decided_on(
    endpoint: Endpoint, target: str
) -> None:
    assert endpoint.http("s3", "PUT", target, b"x").status == 200
    found = endpoint.cloud.services.client("s3", endpoint.deployer).list_objects_v2(Bucket="name")
    assert KEYS[target] in [each["Key"] for each in found["Contents"]]
    assert endpoint.http("s3", "DELETE", target).status == 204


@pytest.mark.parametrize("target", ["/name/own/k%0a", "/name/%0d%0a"])
def test_a_key_that_moto_cannot_have_is_refused_in_s3s_protocol(
    endpoint: Endpoint, target: str
) -> None:
    answer = endpoint.http("s3", "PUT", target, b"x")
    assert (answer.status, b"<Code>NotImplemented</Code>" in answer.body) == (501, True)
