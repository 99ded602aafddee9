"""What the controller's lifecycle costs: calls, seconds, memory.

    python benchmarks/lifecycle.py ticks        a tick as a function of new and of old evaluations
    python benchmarks/lifecycle.py memory       peak memory of exporting 1 GB of session results
    python benchmarks/lifecycle.py kms          calls to KMS of one evaluation's life
    python benchmarks/lifecycle.py              all of them

Ticks, memory and KMS run against moto and fakes in one process, so seconds are those of this
machine and not of AWS; the calls are the same.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import botocore.awsrequest  # noqa: E402

if TYPE_CHECKING:
    from tests.components.function.account import Cloud, Environment

REGION = "us-east-1"

EVENT = '{"traceId":"0","attributes":{"gen_ai.evaluation.score.value":1.0}}'
# (new, old) evaluations
TICKS = ((0, 0), (100, 0), (0, 500), (0, 2000), (100, 1900), (2000, 0))
GIGABYTE = 1_000_000_000


@contextmanager
def account() -> Iterator[tuple["Cloud", "Environment", Counter[str]]]:
    """A fake account with one environment, and the calls that its controller makes."""
    # Here, because moto alone takes more memory than the function may.
    from moto import mock_aws

    from components.function.aws.clients import Clients
    from tests.components.function.account import Cloud

    with mock_aws():
        clients = Clients(REGION)
        calls: Counter[str] = Counter()
        for client in (clients.evaluations, clients.kms, clients.logs, clients.s3, clients.sts):
            client.meta.events.register_first(
                "before-call",
                lambda model, **_: calls.update([model.name]),  # pyright: ignore[reportUnknownLambdaType]
            )
        cloud = Cloud(clients)
        cloud.connect(clients)
        yield cloud, cloud.environment(), calls


def ticks() -> None:
    """Calls and seconds of a tick; then what of them grows with what."""
    print(f"{'new':>6} {'old':>6} {'calls':>7} {'calls/new':>10} {'seconds':>8} {'lists':>6}")
    for new, old in TICKS:
        with account() as (cloud, team, calls), redirect_stdout(StringIO()):
            _add(cloud, team, "old", old)
            team.remaining = lambda: 10**9
            team.export()
            _add(cloud, team, "new", new)
            calls.clear()
            began = time.perf_counter()
            report = team.export()
            seconds = time.perf_counter() - began
            assert len(report["exported"]) == new
        lists = calls["ListBatchEvaluations"] + calls["ListObjectsV2"] - new
        made = sum(calls.values())
        each = f"{(made - lists) / new:.1f}" if new else "-"
        print(f"{new:6} {old:6} {made:7} {each:>10} {seconds:8.2f} {lists:6}")


def _add(cloud: "Cloud", team: "Environment", name: str, count: int) -> None:
    output = {"logGroupName": team.settings.result_log_group}
    for number in range(count):
        evaluation_id = cloud.evaluations.add(f"{name}_{number}")
        config = {**output, "logStreamName": f"run-{evaluation_id}"}
        cloud.evaluations.finish(
            evaluation_id, outputConfig={"cloudWatchConfig": config}, evaluationResults={}
        )
        team.put_results(evaluation_id, EVENT)


class EndlessLogs:
    """A stream of 1 GB whose pages are made as they are asked for, each one anew, as AWS's are."""

    def __init__(self, total: int) -> None:
        self._pages = total // 1_000_000

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        number = int(request.get("nextToken", "0"))
        if number >= self._pages:
            return {"events": [], "nextForwardToken": str(number)}
        message = json.dumps({"page": number, "text": "x" * 9_900})
        events = [{"timestamp": 1, "message": f"{message} "} for _ in range(100)]
        return {"events": events, "nextForwardToken": str(number + 1)}


def memory() -> None:
    """Peak memory of the process, in a process of its own that only reads, packs and sends."""
    from components import controller_archive

    command = [sys.executable, __file__, "memory-alone"]
    environment = os.environ | {"PYTHONPATH": str(controller_archive.archive_file())}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    print(done.stdout.strip())


def memory_alone() -> None:
    """Send 1 GB through shards and the client of the bucket, to an S3 that reads and forgets."""
    # The package that is deployed, alone: importing ours beside it would count Pulumi.
    modules = (
        "storage.bucket",
        "aws.clients",
        "aws.deadline",
        "exports.session_results",
        "settings",
    )
    buckets, clients_, deadlines, results, settings = (
        importlib.import_module(f"function.{name}") for name in modules
    )
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    clients = clients_.Clients(REGION)
    sent = [0, 0]

    def swallow(request: Any, **_: Any) -> Any:
        body = request.body
        body.seek(0)
        while piece := body.read(65536):
            sent[0] += len(piece)
        sent[1] += 1
        headers = {"x-amz-version-id": "v"}
        return botocore.awsrequest.AWSResponse(request.url, 200, headers, _Raw())

    clients.s3.meta.events.register_first("before-send.s3", swallow)
    store = buckets.OutputBucket(clients.s3, _settings(settings.Settings))
    before = _peak()
    evaluation_id, counts = "x-0000000000", results.Counts()
    deadline = deadlines.Deadline(lambda: 10**9)
    began = time.perf_counter()
    found = results.shards(
        EndlessLogs(GIGABYTE), "group", "stream", evaluation_id, deadline, counts
    )
    for number, shard in enumerate(found, 1):
        store.put_same(f"evaluations/{evaluation_id}/{number}.jsonl", shard.body, evaluation_id)
    seconds = time.perf_counter() - began
    print(
        f"{sent[0] / 1e6:.0f} MB in {sent[1]} objects, {seconds:.1f} s: peak memory "
        f"{_peak():.0f} MB ({before:.0f} MB before the first page); the aim is below 128 MB"
    )


class _Raw(BytesIO):
    """An empty body in the form that botocore reads from urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        return iter(())


def _settings(made: Any) -> Any:
    account = "111122223333"
    key = f"arn:aws:kms:{REGION}:{account}:key/aaaaaaaa-1111-2222-3333-444444444444"
    return made("aws", REGION, account, "team", key, "bucket", "results", "Metrics", (), (), True)


def _peak() -> float:
    scale = 1024 if sys.platform != "darwin" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def kms() -> None:
    """Direct calls to KMS, and the calls that S3 makes for objects: one each PUT and GET."""
    with account() as (cloud, team, calls), redirect_stdout(StringIO()):
        steps: list[tuple[str, Counter[str]]] = []

        def step(name: str, act: Callable[[], Any]) -> Any:
            calls.clear()
            answer = act()
            steps.append((name, Counter(calls)))
            return answer

        started = step("start", team.start)
        evaluation_id = started["batchEvaluationId"]
        cloud.evaluations.finish(evaluation_id, evaluationResults={})
        team.put_results(evaluation_id, EVENT)
        step("export", team.export)
        step("tick with nothing new", team.export)
        named = {"batchEvaluationId": evaluation_id}
        step("get", lambda: team.invoke("GetBatchEvaluation", named))
        step("delete", lambda: team.invoke("DeleteBatchEvaluation", named))
    for name, made in steps:
        direct = sum(made[one] for one in ("DescribeKey", "GenerateDataKey", "Decrypt"))
        print(
            f"{name:22} direct {direct}, through S3: GenerateDataKey {made['PutObject']}, "
            f"Decrypt {made['GetObject']}"
        )


def main() -> None:
    parts = {"ticks": ticks, "memory": memory, "kms": kms}
    chosen = sys.argv[1:] or list(parts)
    for name in chosen:
        if name == "memory-alone":
            memory_alone()
        else:
            print(f"--- {name}")
            parts[name]()


if __name__ == "__main__":
    main()
