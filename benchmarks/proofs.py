"""Time of proofs over all requests: our key policy, and how it grows with statements and patterns.

    python benchmarks/proofs.py

Printed are milliseconds of processor time, the best of several runs with freshly parsed documents.
The documents of the second part are identity policies: each statement names resources by patterns
with wildcards at both ends, so that all of them overlap, and has a condition of its own; every
fifth denies. The reference holds the same statements with wider patterns, in reverse order. Both
directions are asked: one ends in a proof, the other in a counterexample.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from components.config.deployment_target import DeploymentTarget
from components.iam import key_policies
from policies.iam import Policy, PolicyType, check_no_new_access, no_more_than, parse_policy
from policies.iam.analyze.allowances import Allowance

PLACE = DeploymentTarget("aws", "us-east-1", "111122223333")
CALLER = PLACE.iam_arn("role/agentcore-eval-controller")
ADMINISTRATOR = PLACE.iam_arn("role/KeyAdministration")
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:Get*", "s3:ListBucket")


def key_policy(administrators: list[str]) -> Policy:
    document = key_policies.evaluation_key_policy(PLACE, [CALLER], ["*"], administrators)
    return parse_policy(document, PolicyType.KEY)


def key_table(policy: Policy, administrator: str) -> list[Allowance]:
    """The documented statements and administration, as a table of allowances."""
    scope = PLACE.arn("bedrock-agentcore", "batch-evaluate/*")
    use = ["kms:Decrypt", "kms:GenerateDataKey"]
    context = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
    source = {
        "StringEquals": {"aws:SourceAccount": PLACE.account},
        "ArnLike": {"aws:SourceArn": scope},
    }
    last = policy.statements[-1].actions
    administration = [] if last is None else [pattern.text for pattern in last.patterns]
    service = {"Service": "bedrock-agentcore.amazonaws.com"}
    caller = {"AWS": CALLER}
    return [
        Allowance("Access", ["kms:DescribeKey"], principals=caller),
        Allowance("Use", use, principals=caller, conditions={"StringLike": {context: scope}}),
        Allowance("Service", use, principals=service, conditions=source),
        Allowance("Administration", administration, principals={"AWS": administrator}),
    ]


def overlapping(statements: int, patterns: int, *, wide: bool) -> Policy:
    """Statements with so many distinct patterns in all, of resources and conditions."""
    per = patterns / statements
    listed: list[dict[str, object]] = []
    for index in range(statements):
        denies = index % 5 == 4
        loose = wide is not denies
        count = max(1, round(per * (index + 1)) - round(per * index) - 1)
        edges = ("*", "*") if loose else ("", "/*")
        names = [f"arn:aws:s3:::{edges[0]}b{index}x{each}*{edges[1]}" for each in range(count)]
        listed.append(
            {
                "Effect": "Deny" if denies else "Allow",
                "Action": ACTIONS[index % len(ACTIONS)],
                "Resource": names,
                "Condition": {"StringLike": {"aws:SourceArn": f"{'*' if loose else ''}s{index}*"}},
            }
        )
    if wide:
        listed.reverse()
    return parse_policy({"Version": "2012-10-17", "Statement": listed}, PolicyType.IDENTITY)


def milliseconds(make: Callable[[], Callable[[], object]], runs: int = 5) -> float:
    """The least processor time of what `make` prepares anew for each run."""
    best = float("inf")
    for _ in range(runs):
        ask = make()
        begin = time.process_time()
        ask()
        best = min(best, time.process_time() - begin)
    return 1000 * best


def row(name: str, took: float, goal: str = "") -> None:
    print(f"{name:52} {took:8.1f} ms{goal}")


def growth(name: str, sizes: list[tuple[int, int]]) -> None:
    print(f"\n{name}\n{'statements':>12} {'patterns':>9} {'proof':>12} {'counterexample':>12}")
    for statements, patterns in sizes:

        def sides(statements: int = statements, patterns: int = patterns) -> tuple[Policy, Policy]:
            narrow, wide = (overlapping(statements, patterns, wide=wide) for wide in (False, True))
            return narrow, wide

        assert check_no_new_access(*sides()).proved
        assert not check_no_new_access(*reversed(sides())).proved

        def proof() -> Callable[[], object]:
            narrow, wide = sides()
            return lambda: check_no_new_access(narrow, wide)

        def counterexample() -> Callable[[], object]:
            narrow, wide = sides()
            return lambda: check_no_new_access(wide, narrow)

        times = [milliseconds(each, runs=3) for each in (proof, counterexample)]
        print(f"{statements:12} {patterns:9} {times[0]:9.1f} ms {times[1]:9.1f} ms")


def main() -> None:
    """Measure and print."""
    for name, administrators in (("an account", []), ("a role", [ADMINISTRATOR])):
        policy = key_policy(administrators)
        table = key_table(policy, administrators[0] if administrators else PLACE.account)
        assert no_more_than(policy, table).proved

        def ask(
            table: list[Allowance] = table, administrators: list[str] = administrators
        ) -> Callable[[], object]:
            policy = key_policy(administrators)
            return lambda: no_more_than(policy, table)

        title = f"the key policy, administered by {name}, against"
        row(f"{title}\n  the documented statements and administration", milliseconds(ask))
    growth("12 statements, 30 patterns (goal: below 1000 ms)", [(12, 30)])
    growth("growth with statements", [(each, 3 * each) for each in (2, 4, 8, 16, 24, 32)])
    growth("growth with patterns", [(8, each) for each in (16, 24, 32, 48, 64)])


if __name__ == "__main__":
    main()
