"""What the policies in force cost: a request over HTTP with them and without.

    python benchmarks/gate.py [ROUNDS]

An environment is deployed; then requests are made as its controller makes them: KMS, objects and
logs with their KMS calls, lists. The time that the gate takes of each is measured inside; the same
requests on an endpoint that enforces no policies stand beside it.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from botocore.config import Config

from local.authorization.authorizer import Authorizer
from local.aws_api.caller import ServicePrincipal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.cloud import LocalCloud
from local.deploy.program import deploy
from local.gateway.authentication import Authenticator, IncomingRequest
from local.runtime.clients import isolated_session

ROOT = Path(__file__).resolve().parent.parent
REGION, ACCOUNT = "us-east-1", "111122223333"
CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
EVALUATION = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/any-0000000000"


class Stopwatch:
    """Measures the two steps of the gate: verifying the signature, and deciding by policies.

    What lies behind a decision, the service itself, is not counted.
    """

    def __init__(self) -> None:
        self.seconds = {"verify": 0.0, "decide": 0.0}
        self.calls = {"verify": 0, "decide": 0}

    @contextmanager
    def running(self) -> Iterator[None]:
        watch = self
        admit, decide = Authenticator.admit, Authorizer.__call__

        def timed_admit(self: Authenticator, arrival: IncomingRequest) -> RequestContext:
            with watch.timed("verify", lambda: 0.0):
                return admit(self, arrival)

        def timed_decide(self: Authorizer, call: RequestContext, next_handler: Answer) -> Response:
            behind = 0.0

            def further(call: RequestContext) -> Response:
                nonlocal behind
                began = time.perf_counter()
                try:
                    return next_handler(call)
                finally:
                    behind += time.perf_counter() - began

            with watch.timed("decide", lambda: behind):
                return decide(self, call, further)

        Authenticator.admit, Authorizer.__call__ = timed_admit, timed_decide
        try:
            yield
        finally:
            Authenticator.admit, Authorizer.__call__ = admit, decide

    @contextmanager
    def timed(self, step: str, behind: Callable[[], float]) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] += time.perf_counter() - began - behind()
            self.calls[step] += 1


def measure(rounds: int, *, enforce: bool) -> tuple[dict[str, float], Stopwatch]:
    """Median milliseconds of each request, and what deciding took."""
    watch = Stopwatch()
    with LocalCloud(enforce=enforce) as cloud:
        with _environment(cloud.environment()):
            outputs = deploy(ROOT, "local")
        requests = dict(_requests(cloud, outputs))
        taken: dict[str, list[float]] = {name: [] for name in requests}
        for make in requests.values():
            make()
        with watch.running():
            for _ in range(rounds):
                for name, make in requests.items():
                    began = time.perf_counter()
                    make()
                    taken[name].append((time.perf_counter() - began) * 1000)
    return {name: median(times) for name, times in taken.items()}, watch


def _requests(
    cloud: LocalCloud, outputs: dict[str, Any]
) -> Iterator[tuple[str, Callable[[], object]]]:
    key, bucket = outputs["evaluation_key_arn"], outputs["output_bucket"]
    function = outputs["controller_function_arn"]
    acting = ServicePrincipal("lambda.amazonaws.com", ACCOUNT, function, ACCOUNT)
    controller = cloud.services.client("sts", acting).assume_role(
        RoleArn=outputs["controller_role_arn"], RoleSessionName="benchmark"
    )["Credentials"]
    keys = {
        "aws_access_key_id": controller["AccessKeyId"],
        "aws_secret_access_key": controller["SecretAccessKey"],
        "aws_session_token": controller["SessionToken"],
    }
    session = isolated_session(REGION)

    def client(service: str) -> Any:
        config = Config(s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=cloud.address, config=config, **keys)

    s3, kms, logs = client("s3"), client("kms"), client("logs")
    evaluations = client("bedrock-agentcore")
    context = {CONTEXT_KEY: EVALUATION}
    sealed = {
        "Bucket": bucket,
        "Key": "benchmark.json",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": key,
        "SSEKMSEncryptionContext": base64.b64encode(json.dumps(context).encode()).decode(),
        "BucketKeyEnabled": False,
    }
    group = outputs["result_log_group"]
    logs.create_log_stream(logGroupName=group, logStreamName="benchmark")

    def put_log() -> object:
        event = {"timestamp": int(time.time() * 1000), "message": "{}"}
        return logs.put_log_events(logGroupName=group, logStreamName="benchmark", logEvents=[event])

    members = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context}
    yield "kms DescribeKey", lambda: kms.describe_key(KeyId=key)
    yield "kms GenerateDataKey", lambda: kms.generate_data_key(**members)
    yield "s3 PutObject with KMS", lambda: s3.put_object(**sealed, Body=b"{}" * 5000)
    yield "s3 GetObject with KMS", lambda: s3.get_object(Bucket=bucket, Key="benchmark.json")
    yield "s3 ListObjectsV2", lambda: s3.list_objects_v2(Bucket=bucket)
    yield "logs PutLogEvents with KMS", put_log
    yield "ListBatchEvaluations", evaluations.list_batch_evaluations


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with_policies, watch = measure(rounds, enforce=True)
    without, _ = measure(rounds, enforce=False)
    print(f"{'request':28} {'enforced':>9} {'not':>9}   (median ms)")
    for name, taken in with_policies.items():
        print(f"{name:28} {taken:9.2f} {without[name]:9.2f}")
    whole = sum(with_policies.values()) * rounds / 1000
    for step, seconds in watch.seconds.items():
        calls = watch.calls[step]
        print(
            f"{step}: {calls} calls, {seconds / calls * 1e6:.0f} µs each, "
            f"{seconds / whole:.1%} of the time of the {rounds * len(with_policies)} requests"
        )


if __name__ == "__main__":
    main()
