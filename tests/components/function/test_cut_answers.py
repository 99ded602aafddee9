"""Answers that end too early: each prefix of an answer is sent over a real connection."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from components.function.aws.whole_answers import refuse_cut_answers

XML = "application/xml"
JSON = "application/json"


def answer(body: str, content_type: str, *headers: str) -> bytes:
    """Return an answer whose last header is one that the SDK reads."""
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {len(body)}",
        f"Content-Type: {content_type}",
        *headers,
    ]
    return "\r\n".join([*lines, "", body]).encode()


def chunked(body: str, content_type: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: {content_type}\r\n\r\n"
    return f"{head}{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode()


LISTING = (
    "<ListBucketResult><IsTruncated>false</IsTruncated>"
    "<Contents><Key>tombstones/a.json</Key></Contents></ListBucketResult>"
)

CASES: dict[str, tuple[str, bytes, Callable[[Any], Any], Any]] = {
    "a listing": (
        "s3",
        answer(LISTING, XML),
        lambda s3: s3.list_objects_v2(Bucket="b")["Contents"][0]["Key"],
        "tombstones/a.json",
    ),
    "a listing in chunks": (
        "s3",
        chunked(LISTING, XML),
        lambda s3: s3.list_objects_v2(Bucket="b")["Contents"][0]["Key"],
        "tombstones/a.json",
    ),
    "an object": (
        "s3",
        answer('{"parameters": {}}', JSON, "x-amz-version-id: v123"),
        lambda s3: s3.get_object(Bucket="b", Key="k")["Body"].read(),
        b'{"parameters": {}}',
    ),
    "a written object, whose version is a header": (
        "s3",
        answer("", XML, "x-amz-version-id: v123456"),
        lambda s3: s3.put_object(Bucket="b", Key="k", Body=b"")["VersionId"],
        "v123456",
    ),
    "a described object, whose digest is a header": (
        "s3",
        answer("", XML, "x-amz-meta-sha256: abcdef012345"),
        lambda s3: s3.head_object(Bucket="b", Key="k")["Metadata"]["sha256"],
        "abcdef012345",
    ),
    "the state of a key": (
        "kms",
        answer('{"KeyMetadata": {"KeyId": "k", "KeyState": "Enabled"}}', JSON),
        lambda kms: kms.describe_key(KeyId="k")["KeyMetadata"]["KeyState"],
        "Enabled",
    ),
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends the last entry of a list to whoever asks, and closes the connection."""
    texts: list[bytes] = [b""]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += connection.recv(65536)
                    if b"100-continue" in request:
                        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    connection.sendall(texts[-1])

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", texts
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("case", CASES)
def test_no_beginning_of_an_answer_is_believed(server: tuple[str, list[bytes]], case: str) -> None:
    refuse_cut_answers()
    service, whole, ask, expected = CASES[case]
    address, texts = server
    client = botocore.session.Session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    # With the length of the last chunk, none, an answer in chunks has its whole body.
    ends = whole.find(b"\r\n0\r\n") + 3 if b"chunked" in whole else len(whole)
    for end in range(ends):
        texts.append(whole[:end])
        with pytest.raises(BotoCoreError):
            ask(client)
    texts.append(whole)
    assert ask(client) == expected
    client.close()


def test_a_body_of_which_nothing_tells_the_length_is_not_believed(
    server: tuple[str, list[bytes]],
) -> None:
    refuse_cut_answers()
    address, texts = server
    texts.append(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n" + LISTING.encode())
    client = botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    with pytest.raises(BotoCoreError):
        client.list_objects_v2(Bucket="b")
    client.close()
