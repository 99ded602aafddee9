"""Decisions per second on one core, on the requests that an environment sees.

    python benchmarks/decisions.py [SECONDS]

A key policy of four statements, a bucket policy of five denies, an identity policy of ten
statements; allowed and denied requests in equal parts. Policies are parsed once. Printed are
decisions of requests that exist already, and decisions with the building of each request.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policies.iam import Policies, PolicyType, Principal, Request, is_authorized, parse_policy

ACCOUNT, REGION = "111122223333", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/agentcore-eval-controller"
SESSION = Principal.of(f"arn:aws:sts::{ACCOUNT}:assumed-role/agentcore-eval-controller/function")
SERVICE = Principal.service("bedrock-agentcore.amazonaws.com")
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0c3f1c9e-9d7a-4f0c-8b8e-2f4a5b6c7d8e"
BUCKET = f"arn:aws:s3:::agentcore-eval-exports-{ACCOUNT}-{REGION}"
EVALUATION = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/nightly-AbCdEf1234"
EVALUATIONS = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/*"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
CONTEXT_KEY = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"


def _statement(effect: str, actions: list[str], resource: str | list[str], **more: object) -> dict:
    return {"Effect": effect, "Action": actions, "Resource": resource, **more}


def _document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


KEY = _document(
    _statement("Allow", ["kms:DescribeKey"], "*", Principal={"AWS": ROLE}),
    _statement(
        "Allow",
        ["kms:GenerateDataKey", "kms:Decrypt"],
        "*",
        Principal={"AWS": ROLE},
        Condition={"StringLike": {CONTEXT_KEY: EVALUATIONS}},
    ),
    _statement(
        "Allow",
        ["kms:GenerateDataKey", "kms:Decrypt"],
        "*",
        Principal={"Service": "bedrock-agentcore.amazonaws.com"},
        Condition={
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": EVALUATIONS},
        },
    ),
    _statement(
        "Allow",
        ["kms:PutKeyPolicy", "kms:DisableKey", "kms:ScheduleKeyDeletion"],
        "*",
        Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    ),
)

_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_SSE = "s3:x-amz-server-side-encryption"
_BOTH = [BUCKET, f"{BUCKET}/*"]
BUCKET_POLICY = _document(
    *(
        _statement("Deny", actions, resource, Principal="*", Condition=condition)
        for actions, resource, condition in (
            (["s3:*"], _BOTH, {"Bool": {"aws:SecureTransport": "false"}}),
            (["s3:*"], _BOTH, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
            (["s3:PutObject"], f"{BUCKET}/*", {"StringNotEqualsIfExists": {_KEY_ID: KEY_ARN}}),
            (
                ["s3:PutObject"],
                f"{BUCKET}/*",
                {"StringNotEquals": {_SSE: "aws:kms"}, "Null": {_SSE: "false"}},
            ),
            (["s3:*"], _BOTH, {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        )
    )
)

_IN_REGION = {"StringEquals": {"aws:RequestedRegion": REGION}}
_START = ["bedrock-agentcore:StartBatchEvaluation", "bedrock-agentcore:ListBatchEvaluations"]
_ONE = ["bedrock-agentcore:GetBatchEvaluation", "bedrock-agentcore:StopBatchEvaluation"]
_QUERY = ["logs:StartQuery", "logs:GetQueryResults", "logs:FilterLogEvents", "logs:GetLogEvents"]
IDENTITY = _document(
    _statement("Allow", _START, "*", Condition=_IN_REGION),
    _statement("Allow", _ONE, EVALUATIONS),
    _statement("Allow", ["logs:DescribeLogGroups"], "*"),
    _statement("Allow", _QUERY, [f"{LOGS}aws/spans:*", f"{LOGS}/aws/bedrock-agentcore/*"]),
    _statement("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{LOGS}agentcore-eval*"),
    _statement("Allow", ["s3:ListBucket", "s3:ListBucketVersions"], BUCKET),
    _statement("Allow", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{BUCKET}/*"),
    _statement("Allow", ["xray:PutTraceSegments"], "*"),
    _statement("Allow", ["sqs:SendMessage"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:agentcore-eval-*"),
    _statement("Deny", ["iam:*", "kms:PutKeyPolicy"], "*"),
)


def workload() -> list[tuple[Callable[[], Request], Policies]]:
    """Builders of requests, each with the policies that apply to it."""
    identity = (parse_policy(IDENTITY, PolicyType.IDENTITY, name="controller"),)
    key = Policies(identity, parse_policy(KEY, PolicyType.KEY, name="evaluation"))
    bucket_policy = parse_policy(BUCKET_POLICY, PolicyType.BUCKET, bucket_arn=BUCKET)
    bucket, alone = Policies(identity, bucket_policy), Policies(identity)
    network = {"aws:SecureTransport": "true", "aws:SourceIp": "10.0.0.7", "s3:TlsVersion": "1.3"}
    sealed = {**network, _KEY_ID: KEY_ARN, _SSE: "aws:kms"}
    own, other = {CONTEXT_KEY: EVALUATION}, {CONTEXT_KEY: "arn:aws:s3:::elsewhere"}
    source = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": EVALUATION}
    artifact = f"{BUCKET}/evaluations/nightly-AbCdEf1234/summary.json"
    region = {"aws:RequestedRegion": REGION}
    rows = (
        (SESSION, "kms:Decrypt", KEY_ARN, own, key),
        (SESSION, "kms:Decrypt", KEY_ARN, other, key),
        (SERVICE, "kms:GenerateDataKey", KEY_ARN, source, key),
        (SERVICE, "kms:GenerateDataKey", KEY_ARN, {}, key),
        (SESSION, "s3:PutObject", artifact, sealed, bucket),
        (SESSION, "s3:PutObject", artifact, {**sealed, _SSE: "AES256"}, bucket),
        (SESSION, "bedrock-agentcore:StartBatchEvaluation", "*", region, alone),
        (SESSION, "iam:PutRolePolicy", ROLE, {}, alone),
    )
    return [(lambda row=row: Request(row[0], row[1], row[2], row[3]), row[4]) for row in rows]


def measure(decide_all: Callable[[], int], seconds: float) -> float:
    """Decisions per second of this process on its core: the best of twenty stretches.

    Processor time is counted and not the clock's, so that a busy machine disturbs less.
    """
    best = 0.0
    for _ in range(20):
        count, begin = 0, time.process_time()
        while (elapsed := time.process_time() - begin) < seconds / 20:
            count += decide_all()
        best = max(best, count / elapsed)
    return best


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    jobs = workload()
    made = [(build(), policies) for build, policies in jobs]
    outcomes = [is_authorized(request, policies).outcome.value for request, policies in made]

    def decided() -> int:
        for request, policies in made:
            is_authorized(request, policies)
        return len(made)

    def built_and_decided() -> int:
        for build, policies in jobs:
            is_authorized(build(), policies)
        return len(jobs)

    for outcome in sorted(set(outcomes)):
        print(f"{outcomes.count(outcome)} of {len(outcomes)} requests {outcome}")
    print(f"{measure(decided, seconds):>9,.0f} decisions/s")
    print(f"{measure(built_and_decided, seconds):>9,.0f} decisions/s with the building of requests")


if __name__ == "__main__":
    main()
