"""Violations and compliant edits of what runs the controller, or an API, on time or on an event."""

import json

from tests.harness import ACCOUNT
from tests.policies.edits import Change, Edit, Program, UnknownDocumentError, new, put
from tests.policies.pack import UNKNOWN
from tests.policies.violations.added_resources import PERMISSION, ROLE, policy_text
from tests.policies.violations.own_resources import (
    BUCKET,
    EVALUATION_KEY,
    FUNCTION,
    KEY,
    RESULTS,
    SCHEDULE,
)

NAME = "agentcore-eval-prod-controller"
HERE = f"us-east-1:{ACCOUNT}"
FUNCTION_ARN = f"arn:aws:lambda:{HERE}:function:{NAME}"
RULE_ARN = f"arn:aws:events:{HERE}:rule/nightly"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk"
EXPORT = '{"operation": "ExportBatchEvaluations"}'
DELETE = '{"operation": "DeleteBatchEvaluation", "parameters": {"batchEvaluationId": "prod_a-1"}}'
QUEUE_OF_SCHEDULE = "controller-schedule-failures"


def event_rule(dead_letter: bool = True, pattern: str = "", **target: object) -> tuple[Change, ...]:
    """An event rule with the controller as its target, and the permission that this takes."""
    when = {"eventPattern": pattern} if pattern else {"scheduleExpression": "rate(1 hour)"}
    kept = {"deadLetterConfig.arn": f"{QUEUE_OF_SCHEDULE}.arn"} if dead_letter else {}
    return (
        new("aws:cloudwatch/eventRule:EventRule", "nightly", name="nightly", arn=RULE_ARN, **when),
        new(
            "aws:cloudwatch/eventTarget:EventTarget",
            "nightly-target",
            {"rule": "nightly.name", "arn": f"{FUNCTION}.arn", **kept},
            targetId="controller",
            **({"deadLetterConfig": {}} if dead_letter else {}),
            **target,
        ),
        new(
            PERMISSION,
            "nightly-permission",
            {"function": f"{FUNCTION}.name", "sourceArn": "nightly.arn"},
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
        ),
    )


def universal(call: str, **given: object) -> tuple[Change, ...]:
    """A schedule that calls an API by itself."""
    return (
        new(
            "aws:scheduler/schedule:Schedule",
            "second",
            {"target.roleArn": "roles-schedule-role.arn"},
            name="second",
            groupName="agentcore-eval-prod",
            scheduleExpression="rate(1 hour)",
            target={
                "arn": f"{UNIVERSAL}:{call}",
                "input": json.dumps(given),
                "deadLetterConfig": {"arn": f"arn:aws:sqs:{HERE}:failed"},
            },
        ),
    )


def pipe(**more: object) -> tuple[Change, ...]:
    """A pipe from a queue of others to the controller."""
    return (
        new(
            ROLE,
            "pipe-role",
            name="pipe",
            assumeRolePolicy=policy_text(
                Principal={"Service": "pipes.amazonaws.com"},
                Action="sts:AssumeRole",
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            ),
        ),
        new(
            "aws:pipes/pipe:Pipe",
            "pipe",
            {"target": f"{FUNCTION}.arn", "roleArn": "pipe-role.arn"},
            name="pipe",
            source=f"arn:aws:sqs:{HERE}:orders",
            **more,
        ),
    )


def machine(resource: str, **given: object) -> tuple[Change, ...]:
    """A state machine that calls an API."""
    state = {"Type": "Task", "Resource": resource, "Arguments": given, "End": True}
    definition = json.dumps(
        {"QueryLanguage": "JSONata", "StartAt": "One", "States": {"One": state}}
    )
    return (new("aws:sfn/stateMachine:StateMachine", "machine", definition=definition),)


def naming_key(changes: tuple[Change, ...], name: str, path: str) -> tuple[Change, ...]:
    """The changes, and a text that names the key by its ARN or id: unknown at the first preview."""

    def change(program: Program) -> None:
        resource, key = program.one(name), program.one(KEY)
        resource.links[path.split(".")[0]] = [key.urn]
        resource.dependencies.append(key.urn)
        if key.outputs["arn"] == UNKNOWN:
            put(name, path, UNKNOWN)(program)
            raise UnknownDocumentError

    return (*changes, change)


PUT_EVENTS = '{"source": ["example.orders"]}'
_VIOLATIONS: dict[str, dict[str, tuple]] = {
    "schedule-input": {
        "a schedule that deletes, in escaped JSON": (
            put(
                SCHEDULE,
                "target.input",
                '{"operation": "\\u0044eleteBatchEvaluation"}',
            ),
        ),
        "a schedule that stops, in words of a command line": (
            put(SCHEDULE, "target.input", '{"operation": "stop-batch-evaluation"}'),
        ),
        "a schedule whose input is no JSON": (
            put(SCHEDULE, "target.input", "{operation: Export}"),
        ),
        "an event rule that deletes": event_rule(input=DELETE),
        "an event rule that deletes by a transformer": event_rule(
            inputTransformer={"inputPaths": {"at": "$.time"}, "inputTemplate": DELETE}
        ),
        "an event rule whose events name the operation": event_rule(
            pattern=PUT_EVENTS,
            inputTransformer={
                "inputPaths": {"do": "$.detail.operation"},
                "inputTemplate": '{"operation": <do>, "parameters": {}}',
            },
        ),
        "an event rule whose events name the operation within a text": event_rule(
            pattern=PUT_EVENTS,
            inputTransformer={
                "inputPaths": {"do": "$.detail.do"},
                "inputTemplate": '{"operation": "<do>BatchEvaluation"}',
            },
        ),
        "an event rule that hands on what the event holds": event_rule(
            pattern=PUT_EVENTS, inputPath="$.detail"
        ),
        "the universal target with a request in a text": universal(
            "lambda:invoke", FunctionName=NAME, Payload=DELETE
        ),
        "the universal target with a request as an object": universal(
            "lambda:invoke",
            FunctionName=f"{FUNCTION_ARN}:live",
            InvocationType="Event",
            Payload=json.loads(DELETE),
        ),
        "a pipe that hands on what a queue holds": pipe(),
        "a pipe whose messages name the operation": pipe(
            targetParameters={"inputTemplate": '{"operation": <$.body.operation>}'}
        ),
        "a pipe that deletes what messages name": pipe(
            targetParameters={
                "inputTemplate": '{"operation": "DeleteBatchEvaluation", '
                '"parameters": {"batchEvaluationId": <$.body.id>}}'
            }
        ),
    },
    "schedule-calls": {
        "the key's deletion on schedule": naming_key(
            universal("kms:scheduleKeyDeletion", KeyId=EVALUATION_KEY, PendingWindowInDays=7),
            "second",
            "target.input",
        ),
        "the key turned off on schedule, by its id": naming_key(
            universal("kms:disableKey", KeyId=EVALUATION_KEY.rpartition("/")[2]),
            "second",
            "target.input",
        ),
        "the key's policy replaced on schedule, by its alias": universal(
            "kms:putKeyPolicy",
            KeyId="alias/agentcore-eval-prod-evaluation",
            PolicyName="default",
            Policy="{}",
        ),
        "a grant on schedule": naming_key(
            universal("kms:createGrant", KeyId=EVALUATION_KEY, Operations=["Decrypt"]),
            "second",
            "target.input",
        ),
        "the bucket's policy dropped on schedule": universal(
            "s3:deleteBucketPolicy", Bucket=BUCKET
        ),
        "results dropped on schedule": universal(
            "cloudwatchlogs:deleteLogGroup", LogGroupName=RESULTS
        ),
        "failures dropped on schedule": universal(
            "sqs:purgeQueue",
            QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/agentcore-eval-prod-failures",
        ),
        "the code replaced on schedule": universal(
            "lambda:updateFunctionCode", FunctionName=NAME, S3Bucket="b", S3Key="k"
        ),
        "the role widened on schedule": universal(
            "iam:attachRolePolicy",
            RoleName="agentcore-eval-prod-controller-us-east-1",
            PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        "evaluations deleted on schedule by the API": universal(
            "bedrockagentcore:deleteBatchEvaluation", BatchEvaluationId="prod_a-1"
        ),
        "a state machine that schedules the key's deletion": naming_key(
            machine("arn:aws:states:::aws-sdk:kms:scheduleKeyDeletion", KeyId=EVALUATION_KEY),
            "machine",
            "definition",
        ),
    },
    "schedule-failures": {
        "an event rule without a dead-letter queue": event_rule(dead_letter=False, input=EXPORT),
        "an event rule that is turned off": (
            *event_rule(input=EXPORT),
            put("nightly", "state", "DISABLED"),
        ),
        "an event rule that never tries again": event_rule(
            input=EXPORT, retryPolicy={"maximumRetryAttempts": 0}
        ),
        "a universal schedule that is turned off": (
            *universal("lambda:invoke", FunctionName=NAME, Payload=EXPORT),
            put("second", "state", "DISABLED"),
        ),
    },
    "controller-reach": {"a pipe to the controller": pipe()},
    "evaluation-starts-with-key": {
        "a state machine that starts without the key, in escaped JSON": (
            new(
                "aws:sfn/stateMachine:StateMachine",
                "machine",
                definition='{"States": {"One": {"Resource": "arn:aws:states:::aws-sdk:'
                'bedrockagentcore:start\\u0042atchEvaluation", "Arguments": {}}}}',
            ),
        ),
    },
}
_COMPLIANT: dict[str, tuple] = {
    "a schedule that says what it does not do": (
        put(
            SCHEDULE,
            "target.input",
            '{"operation": "ExportBatchEvaluations", "note": "never a DeleteBatchEvaluation"}',
        ),
    ),
    "a schedule of another key's deletion": universal(
        "kms:scheduleKeyDeletion",
        KeyId=f"arn:aws:kms:{HERE}:key/99999999-12ab-34cd-56ef-000000000001",
    ),
    "a schedule that looks at the key": universal("kms:describeKey", KeyId=EVALUATION_KEY),
    "a schedule that empties a queue of others": universal(
        "sqs:purgeQueue", QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/orders"
    ),
    "a state machine that looks at the bucket": machine(
        "arn:aws:states:::aws-sdk:s3:listObjectsV2", Bucket=BUCKET
    ),
}


def _edits(table: dict[str, dict[str, tuple]]) -> list[Edit]:
    return [
        Edit(name, rule, changes)
        for rule, edits in table.items()
        for name, changes in edits.items()
    ]


TRIGGERS = _edits(_VIOLATIONS)
COMPLIANT_TRIGGERS = [Edit(name, "", changes) for name, changes in _COMPLIANT.items()]
