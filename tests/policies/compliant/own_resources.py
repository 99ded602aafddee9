"""Edits of our environment that stay compliant: none of them may be reported.

The same document written otherwise, tighter settings, and resources beside ours.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.harness import ACCOUNT
from tests.policies.edits import (
    Change,
    Edit,
    Program,
    UnknownDocumentError,
    allow,
    document,
    new,
    put,
    statement,
    text,
)
from tests.policies.pack import UNKNOWN
from tests.policies.violations.own_resources import (
    ADMINISTERS,
    ADMINISTRATOR,
    BUCKET,
    CALLER,
    CALLERS,
    CONTEXT,
    CONTROLLER,
    CRYPTO,
    EVALUATIONS,
    FUNCTION,
    KEY,
    LOGS,
    OPERATIONS,
    OPERATOR,
    PERMISSION_SET,
    QUEUE,
    ROOT,
    SCHEDULE,
    SERVES,
    USE,
    VARIABLES,
    administers,
)


def _rewrite(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[dict[str, Any]], None]:
    def both(whole: dict[str, Any]) -> None:
        change(whole["Statement"])

    return both


def _renamed(statements: list[dict[str, Any]]) -> None:
    for index, each in enumerate(statements):
        each["Sid"] = f"Statement{index}"


def _as_lists(statements: list[dict[str, Any]]) -> None:
    for each in statements:
        for element in ("Action", "Resource"):
            if isinstance(each.get(element), str):
                each[element] = [each[element]]


def _one_a_statement(statements: list[dict[str, Any]]) -> None:
    split = [
        {**each, "Sid": f"{each['Sid']}{n}", "Action": action}
        for each in statements
        for n, action in enumerate(
            [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        )
    ]
    statements[:] = split


def _spaced(name: str, path: str = "policy") -> Change:
    def change(program: Program) -> None:
        resource = program.one(name)
        for values in (resource.inputs, resource.outputs):
            if values[path] == UNKNOWN:
                raise UnknownDocumentError
            values[path] = json.dumps(json.loads(values[path]), indent=4, sort_keys=True)

    return change


SECOND_CALLER = f"arn:aws:iam::{ACCOUNT}:role/teams/quality/Evaluators"
_TABLE: dict[str, tuple[Change, ...]] = {
    "the key policy's statements in reverse": (document(KEY, _rewrite(list.reverse)),),
    "the key policy with other Sids": (document(KEY, _rewrite(_renamed)),),
    "the key policy with lists of one": (document(KEY, _rewrite(_as_lists)),),
    "the key policy with one action a statement": (document(KEY, _rewrite(_one_a_statement)),),
    "the key policy indented and sorted": (_spaced(KEY),),
    "actions in other case": (text(KEY, "kms:GenerateDataKey", "KMS:generatedatakey"),),
    "a second caller by role with a path": (
        statement(KEY, CALLERS, Principal={"AWS": [CALLER, SECOND_CALLER]}),
        statement(KEY, CRYPTO, Principal={"AWS": [CALLER, SECOND_CALLER]}),
    ),
    "a caller who is a user": (
        statement(KEY, CALLERS, Principal={"AWS": [CALLER, f"arn:aws:iam::{ACCOUNT}:user/ann"]}),
        statement(KEY, CRYPTO, Principal={"AWS": [CALLER, f"arn:aws:iam::{ACCOUNT}:user/ann"]}),
    ),
    "a narrower scope for callers": (
        statement(KEY, CRYPTO, Condition={"StringLike": {CONTEXT: f"{EVALUATIONS[:-1]}night_*"}}),
    ),
    "two prefixes in scope": (
        statement(
            KEY,
            CRYPTO,
            Condition={
                "StringLike": {CONTEXT: [EVALUATIONS, EVALUATIONS.replace("prod_", "audit_")]}
            },
        ),
    ),
    "ArnLike for the caller's context": (
        statement(KEY, CRYPTO, Condition={"ArnLike": {CONTEXT: EVALUATIONS}}),
    ),
    "StringLike for the service's source": (text(KEY, '"ArnLike"', '"StringLike"'),),
    "the encryption context for the service as well": (
        statement(
            KEY,
            SERVES,
            Condition={
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": EVALUATIONS},
                "StringLike": {CONTEXT: EVALUATIONS},
            },
        ),
    ),
    "fewer administrative actions": (
        statement(
            KEY,
            ADMINISTERS,
            Action=["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:EnableKey"],
        ),
    ),
    "one administrator": (statement(KEY, ADMINISTERS, Principal={"AWS": ADMINISTRATOR}),),
    "the account administers by IAM policies": (
        statement(KEY, ADMINISTERS, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    ),
    "the account by its number administers": (
        statement(KEY, ADMINISTERS, Principal={"AWS": ACCOUNT}),
    ),
    "a Deny of the lock-out bypass": (
        allow(
            KEY,
            "kms:PutKeyPolicy",
            effect="Deny",
            Principal="*",
            Condition={"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}},
        ),
    ),
    "a Deny of use by other accounts": (
        allow(
            KEY,
            *USE,
            effect="Deny",
            Principal="*",
            Condition={
                "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
    ),
    "rotation twice a year": (put(KEY, "rotationPeriodInDays", 180),),
    "rotation by KMS's default period": (put(KEY, "rotationPeriodInDays", None),),
    "three weeks to bring the key back": (put(KEY, "deletionWindowInDays", 21),),
    "KMS's default window": (put(KEY, "deletionWindowInDays", None),),
    "kind left to the defaults": (
        put(KEY, "keyUsage", None),
        put(KEY, "customerMasterKeySpec", None),
        put(KEY, "multiRegion", None),
    ),
    "another description": (put(KEY, "description", "The key of evaluations"),),
    "further tags": (put(KEY, "tags", {"environment": "prod", "cost-center": "17"}),),
    "a longer stay of artifacts": (put("output-lifecycle", "rules.0.expiration.days", 3650),),
    "artifacts moved to cheaper storage": (
        put(
            "output-lifecycle", "rules.0.transitions", [{"days": 90, "storageClass": "GLACIER_IR"}]
        ),
    ),
    "the bucket policy denies more": (
        allow(
            "output-policy",
            "s3:DeleteObject",
            effect="Deny",
            Principal="*",
            Resource=f"arn:aws:s3:::{BUCKET}/manifests/*",
        ),
    ),
    "TLS below two versions": (
        statement(
            "output-policy",
            "DenyOldTls",
            Condition={"NumericLessThan": {"s3:TlsVersion": ["1.2", "1.3"]}},
        ),
    ),
    "TLS 1.3 alone": (
        statement(
            "output-policy", "DenyOldTls", Condition={"NumericLessThan": {"s3:TlsVersion": 1.3}}
        ),
    ),
    "the bucket policy indented": (_spaced("output-policy"),),
    "the bucket policy with other Sids": (document("output-policy", _rewrite(_renamed)),),
    "a role's policy with one action a statement": (
        document(CONTROLLER, _rewrite(_one_a_statement)),
    ),
    "a role that may do less": (
        statement(CONTROLLER, "AllowTracing", Action="xray:PutTraceSegments"),
    ),
    "a narrower log group": (
        text(
            CONTROLLER,
            f"{LOGS}:/aws/bedrock-agentcore/runtimes/support_agent-AbCdEf1234-DEFAULT:*",
            f"{LOGS}:/aws/bedrock-agentcore/runtimes/support_agent-AbCdEf1234-DEFAULT:log-stream:a*",
        ),
    ),
    "a role's policy with a Deny": (allow(OPERATOR, "iam:*", "kms:*", effect="Deny"),),
    **{
        f"administration bound by {condition_key}": (
            statement(KEY, ADMINISTERS, Condition={operator: {condition_key: value}}),
        )
        for operator, condition_key, value in (
            ("Bool", "aws:MultiFactorAuthPresent", "true"),
            ("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
            ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
            ("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"),
            ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        )
    },
    "operators with MFA only": (
        statement(
            "roles-operator-role",
            "AllowOperators",
            "assumeRolePolicy",
            Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        ),
    ),
    "a second operator": (
        statement(
            "roles-operator-role",
            "AllowOperators",
            "assumeRolePolicy",
            Principal={"AWS": [ADMINISTRATOR, f"arn:aws:iam::{ACCOUNT}:role/QualityAssurance"]},
        ),
    ),
    "the trust by ARN as well": (
        statement(
            "roles-controller-role",
            "AllowLambda",
            "assumeRolePolicy",
            Condition={
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:agentcore-*"
                },
            },
        ),
    ),
    "more memory": (put(FUNCTION, "memorySize", 1024),),
    "a longer timeout": (put(FUNCTION, "timeout", 900),),
    "a newer runtime": (put(FUNCTION, "runtime", "python3.14"),),
    "a permission set administers both keys": tuple(
        administers(
            key,
            ROOT,
            {"ArnLike": {"aws:PrincipalArn": PERMISSION_SET}},
        )
        for key in (KEY, OPERATIONS)
    ),
    "a permission set administers by the wildcard principal": tuple(
        administers(
            key,
            "*",
            {
                "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
                "ArnLike": {"aws:PrincipalArn": PERMISSION_SET},
            },
        )
        for key in (KEY, OPERATIONS)
    ),
    "two at once": (put(FUNCTION, "reservedConcurrentExecutions", 2),),
    "a variable more": (put(FUNCTION, f"{VARIABLES}.LOG_LEVEL", "INFO"),),
    "a reference to a secret": (
        put(
            FUNCTION,
            f"{VARIABLES}.DB_PASSWORD_ARN",
            f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-AbCdEf",
        ),
    ),
    "an export every hour": (put(SCHEDULE, "scheduleExpression", "rate(1 hour)"),),
    "more retries": (put(SCHEDULE, "target.retryPolicy.maximumRetryAttempts", 10),),
    "ten days of failures": (put(QUEUE, "messageRetentionSeconds", 864_000),),
    "longer logs": (put("results-group", "retentionInDays", 3653),),
    "another reader of failed requests": (
        statement(OPERATIONS, "AllowReadersThroughQueues", Principal={"AWS": ADMINISTRATOR}),
    ),
    "another bucket beside it": (new("aws:s3/bucket:Bucket", "scratch", bucket="scratch"),),
    "another role beside ours": (
        new(
            "aws:iam/role:Role",
            "other",
            name="other",
            assumeRolePolicy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "ec2.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        ),
    ),
    "a web server beside ours": (
        new(
            "aws:ec2/instance:Instance", "web", ami="ami-1234567890abcdef0", instanceType="t4g.nano"
        ),
    ),
    "a permission for the account's own role": (
        new(
            "aws:lambda/permission:Permission",
            "own",
            {"function": f"{FUNCTION}.name"},
            action="lambda:InvokeFunction",
            principal=ADMINISTRATOR,
        ),
    ),
    "an alarm on failures": (
        new(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "alarm",
            {"dimensions.QueueName": f"{QUEUE}.name"},
            metricName="ApproximateNumberOfMessagesVisible",
        ),
    ),
}
COMPLIANT = [Edit(name, "", changes) for name, changes in _TABLE.items()]
