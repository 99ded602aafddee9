"""What the policy pack costs: start and judgement of our stack, and of a stack of 1,000 resources.

    python benchmarks/pack.py [ROUNDS]

The pack is a process, as the engine starts it. Our stack is what the project's program registers
for stack prod. The large stack is ours with functions, roles, policies, log groups, queues and
buckets of others beside it. Processor seconds are those of the pack's process: on a machine that
does other work they say more than the clock.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from tests.harness import ACCOUNT, ROOT, run_stack
from tests.policies.pack import Registration, registrations
from tests.policies.process import serving

HERE = f"us-east-1:{ACCOUNT}"


def others(count: int) -> Iterator[Registration]:
    """Resources of applications that have nothing to do with evaluations, six to each."""
    stack = "urn:pulumi:prod::agentcore-batch-evaluation"
    for number in range((count + 5) // 6):
        name = f"app-{number}"
        trust = _document(
            {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        )
        rights = _document(
            {
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": f"arn:aws:s3:::{name}/*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
            },
            {"Action": "logs:PutLogEvents", "Resource": f"arn:aws:logs:{HERE}:log-group:{name}:*"},
        )
        for type_, inputs in (
            ("aws:iam/role:Role", {"name": name, "assumeRolePolicy": trust}),
            ("aws:iam/rolePolicy:RolePolicy", {"name": name, "role": name, "policy": rights}),
            ("aws:s3/bucket:Bucket", {"bucket": name}),
            ("aws:sqs/queue:Queue", {"name": name}),
            ("aws:cloudwatch/logGroup:LogGroup", {"name": name, "retentionInDays": 30}),
            (
                "aws:lambda/function:Function",
                {
                    "name": name,
                    "role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                    "runtime": "python3.13",
                    "environment": {"variables": {"BUCKET": name, "STAGE": "prod"}},
                },
            ),
        ):
            yield Registration(type_, f"{stack}::{type_}::{name}", inputs, inputs)


def _document(*statements: dict[str, Any]) -> str:
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


def measure(resources: list[Registration]) -> tuple[float, float, float]:
    """Seconds until the pack lists its rules, until all is judged, and of the processor."""
    requests = [each.as_request() for each in resources]
    together = analyzer_pb2.AnalyzeStackRequest(
        resources=[each.as_resource() for each in resources]
    )
    used = processor_seconds()
    begin = time.perf_counter()
    with serving(ROOT / "policies", ROOT) as analyzer:
        analyzer.GetAnalyzerInfo(empty_pb2.Empty())
        started = time.perf_counter()
        answers = [analyzer.Analyze(request) for request in requests]
        answers.append(analyzer.AnalyzeStack(together))
        judged = time.perf_counter()
    if any(answer.diagnostics for answer in answers):
        raise SystemExit("a violation was found: what is measured is not the usual case")
    return started - begin, judged - begin, processor_seconds() - used


def processor_seconds() -> float:
    """What the processes started here and ended have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ours = registrations(run_stack("prod"))
    stacks = {
        "our stack": ours,
        "1,000 resources": [*ours, *others(1000 - len(ours))][:1000],
    }
    print(f"{'stack':16} {'resources':>9} {'start':>6} {'judged':>7} {'processor':>10}")
    for name, resources in stacks.items():
        taken = zip(*(measure(resources) for _ in range(rounds)), strict=True)
        start, judged, processor = (median(each) for each in taken)
        print(f"{name:16} {len(resources):9} {start:6.2f} {judged:7.2f} {processor:10.2f}")
    print("median seconds from the start of the process")


if __name__ == "__main__":
    main()
