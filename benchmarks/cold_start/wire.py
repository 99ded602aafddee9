"""A wire without a network: AWS's answers to the calls of one start, get or list."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ACCOUNT = "111122223333"
REGION = "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/aaaaaaaa-1111-2222-3333-444444444444"
ENVIRONMENT = {
    "ACCOUNT_ID": ACCOUNT,
    "ALLOW_DELETE": "true",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_SECRET_ACCESS_KEY": "x",
    "ENVIRONMENT_NAME": "team",
    "EVALUATION_KEY_ARN": KEY,
    "METRICS_NAMESPACE": "AgentCoreBatchEvaluation",
    "NAME_PREFIXES": "[]",
    "OUTPUT_BUCKET": "bucket",
    "RESULT_LOG_GROUP": "team-results",
    "SOURCE_LOG_GROUPS": '["aws/spans"]',
}

ID = "nightly-0123456789"
EVENTS: dict[str, dict[str, Any]] = {
    "StartBatchEvaluation": {
        "batchEvaluationName": "nightly",
        "dataSourceConfig": {
            "cloudWatchLogs": {"serviceNames": ["agent.DEFAULT"], "logGroupNames": ["aws/spans"]}
        },
        "evaluators": [{"evaluatorId": "Builtin.Helpfulness"}],
    },
    "GetBatchEvaluation": {"batchEvaluationId": ID},
    "ListBatchEvaluations": {},
}

JOB = {
    "batchEvaluationId": ID,
    "batchEvaluationArn": f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/{ID}",
    "batchEvaluationName": "nightly",
    "status": "PENDING",
    "kmsKeyArn": KEY,
    "createdAt": "2026-01-01T00:00:00Z",
    "outputConfig": {"cloudWatchConfig": {"logGroupName": "team-results"}},
}
METADATA = {
    "Arn": KEY,
    "KeyId": KEY.rpartition("/")[2],
    "KeyManager": "CUSTOMER",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyState": "Enabled",
    "KeyUsage": "ENCRYPT_DECRYPT",
}

Answer = tuple[int, bytes]

calls = 0
written: list[str] = []


class Context:
    """What a handler is given beside the event."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        """A minute, at any time."""
        return 60_000


class Raw(BytesIO):
    """A body in the form that botocore reads from urllib3."""

    def stream(self, **_: Any) -> Any:
        """All at once."""
        yield self.read()


def connect() -> None:
    """Let the SDK send its requests here; after the handler's import, which loads the SDK."""
    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    def send(self: object, request: Any) -> AWSResponse:
        global calls
        calls += 1
        url = urlsplit(request.url)
        service = next(name for name in ANSWERS if f"{name}." in url.netloc)
        status, body = ANSWERS[service](request, url)
        return AWSResponse(request.url, status, {"x-amz-version-id": "v"}, Raw(body))

    URLLib3Session.send = send


def of_kms(request: Any, _url: Any) -> Answer:
    """The key is there, and a dry run would succeed."""
    if request.headers["X-Amz-Target"] == b"TrentService.DescribeKey":
        return 200, json.dumps({"KeyMetadata": METADATA}).encode()
    return 412, b'{"__type": "DryRunOperationException"}'


def of_s3(request: Any, url: Any) -> Answer:
    """The bucket is empty but for what was written."""
    if request.method == "PUT":
        written.append(unquote(url.path[1:]))
        return 200, b""
    if "list-type=2" in url.query:
        (prefix,) = parse_qs(url.query)["prefix"]
        found = (f"<Contents><Key>{key}</Key></Contents>" for key in written if prefix in key)
        return 200, f"<ListBucketResult>{''.join(found)}</ListBucketResult>".encode()
    if request.method == "POST":
        return 200, b"<DeleteResult/>"
    return 404, b""


def of_agentcore(request: Any, url: Any) -> Answer:
    """There is one evaluation, whatever is asked or started."""
    starts = b"evaluators" in (request.body or b"")
    listed = url.path == "/evaluations/batch-evaluate" and not starts
    return 200, json.dumps({"batchEvaluations": [JOB]} if listed else JOB).encode()


ANSWERS = {"kms": of_kms, "s3": of_s3, "bedrock-agentcore": of_agentcore}
