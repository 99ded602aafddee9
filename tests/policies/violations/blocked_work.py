"""Edits after which work is not done or failures are not delivered, and some that spare both."""

import json

from tests.harness import ACCOUNT
from tests.policies.edits import (
    Change,
    Edit,
    allow,
    gone,
    new,
    point,
    put,
    statement,
    text,
    without,
)
from tests.policies.violations.added_resources import policy_text
from tests.policies.violations.own_resources import (
    ADMINISTRATOR,
    BUCKET,
    CALLER,
    CONTEXT,
    CONTROLLER,
    CRYPTO,
    EVALUATIONS,
    FUNCTION,
    KEY,
    LOGS,
    OPERATIONS,
    OPERATOR,
    QUEUE,
    RESULTS,
    SCHEDULED,
)
from tests.policies.violations.triggers import EXPORT, HERE, NAME, RULE_ARN, event_rule

ROLES = {"controller": CONTROLLER, "operator": OPERATOR, "schedule": SCHEDULED}
SCHEDULE_QUEUE = "controller-schedule-failures"
GROUP = f"arn:aws:scheduler:{HERE}:schedule-group/agentcore-eval-prod"
AGENTCORE, READS, INVOKES = "bedrock-agentcore", "AllowLogReading", "AllowController"
QUEUES = f"arn:aws:sqs:{HERE}"
DENY = {"effect": "Deny", "Principal": "*"}
QUEUE_ARN = f"arn:aws:sqs:{HERE}:agentcore-eval-prod-failures"
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"


NETWORK = {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
INTERFACES = allow(
    CONTROLLER,
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    Sid="AllowNetwork",
)


def bounded(role: str, *actions: str) -> tuple[Change, ...]:
    """A role under a permissions boundary that allows some actions only."""
    return (
        new(
            "aws:iam/policy:Policy",
            "boundary",
            name="boundary",
            arn=f"arn:aws:iam::{ACCOUNT}:policy/boundary",
            policy=policy_text(Action=list(actions), Resource="*"),
        ),
        point(f"roles-{role}-role", "permissionsBoundary", "boundary"),
    )


def limited(role: str, *actions: str, **more: str) -> Change:
    """A Deny in a policy of a role."""
    return allow(ROLES[role], *actions, effect="Deny", **more)


def event_queue(*, grants: bool = True, key: bool = True) -> tuple[Change, ...]:
    """An event rule whose failures EventBridge may deliver: by the queue's policy and its key's."""
    source = {"ArnEquals": {"aws:SourceArn": RULE_ARN}}
    grant = allow(
        f"{SCHEDULE_QUEUE}-policy",
        "sqs:SendMessage",
        Principal={"Service": "events.amazonaws.com"},
        Resource=QUEUE_ARN.replace("failures", "schedule-failures"),
        Condition=source,
    )
    spared = statement(
        f"{SCHEDULE_QUEUE}-policy",
        "DenyOtherAccounts",
        Condition={
            "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
            "ArnNotEqualsIfExists": {"aws:SourceArn": RULE_ARN},
        },
    )
    use = allow(
        OPERATIONS,
        "kms:Decrypt",
        "kms:GenerateDataKey",
        Principal={"Service": "events.amazonaws.com"},
        Condition=source,
    )
    return (
        *event_rule(input=EXPORT),
        *((grant, spared) if grants else ()),
        *((use,) if key else ()),
    )


def without_action(name: str, sid: str, *left: str) -> Change:
    """A statement with other actions."""
    return statement(name, sid, Action=list(left))


_REFUSED: dict[str, dict[str, tuple]] = {
    "controller-work": {
        "no start of evaluations": (
            without_action(CONTROLLER, "AllowStartAndList", f"{AGENTCORE}:ListBatchEvaluations"),
        ),
        "start in another Region": (
            statement(
                CONTROLLER,
                "AllowStartAndList",
                Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
            ),
        ),
        "evaluations of another name": (
            text(CONTROLLER, "batch-evaluate/prod_*", "batch-evaluate/team_*"),
        ),
        "evaluations denied": (limited("controller", f"{AGENTCORE}:GetBatchEvaluation"),),
        "no search for log groups": (without(CONTROLLER, "AllowLogGroupSearch"),),
        "no sessions": (without(CONTROLLER, READS),),
        "no queries": (
            without_action(CONTROLLER, READS, "logs:FilterLogEvents", "logs:GetLogEvents"),
        ),
        "no answers to queries": (text(CONTROLLER, '"logs:GetQueryResults",', ""),),
        "groups without their streams": (
            statement(
                CONTROLLER,
                READS,
                Resource=[f"{LOGS}:aws/spans", f"{LOGS}:{RESULTS}", f"{LOGS}:{RESULTS}:*"],
            ),
        ),
        "sessions denied": (limited("controller", "logs:StartQuery"),),
        "results of evaluations denied": (
            limited("controller", "logs:Put*", Resource=f"{LOGS}:{RESULTS}:*"),
        ),
        "no retention of results": (text(CONTROLLER, '"logs:PutRetentionPolicy",', ""),),
        "no tags of results": (text(CONTROLLER, ',"logs:TagResource"', ""),),
        "no lines of the function": (without(CONTROLLER, "AllowFunctionLogs"),),
        "no list of exports": (without(CONTROLLER, "AllowExportListing"),),
        "no list of versions": (without_action(CONTROLLER, "AllowExportListing", "s3:ListBucket"),),
        "no reading of exports": (text(CONTROLLER, '"s3:GetObject",', ""),),
        "no removal of versions": (text(CONTROLLER, '"s3:DeleteObjectVersion",', ""),),
        "exports into another bucket": (
            statement(CONTROLLER, "AllowExportObjects", Resource="arn:aws:s3:::elsewhere/*"),
        ),
        "no traces": (without(CONTROLLER, "AllowTracing"),),
        "a network without interfaces": (put(FUNCTION, "vpcConfig", NETWORK),),
        "a boundary without storage": bounded("controller", f"{AGENTCORE}:*", "logs:*", "sqs:*"),
        "a boundary without keys": bounded(
            "controller", f"{AGENTCORE}:*", "logs:*", "sqs:*", "s3:*", "xray:*"
        ),
        "the key denied to the role by its own policy": (limited("controller", "kms:Decrypt"),),
        "the key denied where S3 asks": (
            allow(
                KEY,
                "kms:*",
                **DENY,
                Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            ),
        ),
        "the key denied to the caller": (
            allow(KEY, "kms:GenerateDataKey", effect="Deny", Principal={"AWS": CALLER}),
        ),
        "the key under another context": (
            statement(
                KEY,
                CRYPTO,
                Condition={"StringLike": {CONTEXT: EVALUATIONS.replace("prod_", "team_")}},
            ),
        ),
        "logs under a key that refuses the caller": (without(OPERATIONS, "AllowUseThroughLogs"),),
        "logs under a key that denies the caller": (
            allow(OPERATIONS, "kms:Decrypt", effect="Deny", Principal={"AWS": CALLER}),
        ),
        "logs denied by a policy of the account": (
            new(
                "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
                "limits",
                policyName="limits",
                policyDocument=policy_text(
                    Effect="Deny",
                    Principal={"AWS": CALLER},
                    Action="logs:PutLogEvents",
                    Resource="*",
                ),
            ),
        ),
        "the bucket denied to the caller": (
            allow(
                "output-policy",
                "s3:GetObject",
                effect="Deny",
                Principal={"AWS": CALLER},
                Resource=OBJECTS,
            ),
        ),
        "the bucket's evidence denied to everybody": (
            allow("output-policy", "s3:PutObject", **DENY, Resource=OBJECTS[:-1] + "evaluations/*"),
        ),
        "the bucket denied to roles": (
            allow(
                "output-policy",
                "s3:ListBucket",
                **DENY,
                Resource=f"arn:aws:s3:::{BUCKET}",
                Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}},
            ),
        ),
        "the bucket denied outside of a network that the function is not in": (
            allow(
                "output-policy",
                "s3:PutObject",
                **DENY,
                Resource=OBJECTS,
                Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
            ),
        ),
        "TLS of a version that nobody has": (
            statement(
                "output-policy", "DenyOldTls", Condition={"NumericLessThan": {"s3:TlsVersion": 2}}
            ),
        ),
        "a role that Lambda cannot assume": (
            statement(
                "roles-controller-role",
                "AllowLambda",
                "assumeRolePolicy",
                Principal={"Service": "ec2.amazonaws.com"},
            ),
        ),
        "a role for functions of another name": (
            statement(
                "roles-controller-role",
                "AllowLambda",
                "assumeRolePolicy",
                Condition={
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:lambda:{HERE}:function:other"},
                },
            ),
        ),
    },
    "controller-invocation": {
        "operators without their policy": (
            without_action(OPERATOR, INVOKES, "lambda:GetFunction"),
        ),
        "operators whose policy is not attached": (gone("roles-operator-attachment"),),
        "operators of another function": (
            statement(OPERATOR, INVOKES, Resource=f"arn:aws:lambda:{HERE}:function:other"),
        ),
        "operators who are denied": (limited("operator", "lambda:*"),),
        "operators by MFA that sessions of roles have not": (
            statement(
                OPERATOR,
                INVOKES,
                Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            ),
        ),
        "operators under a boundary": bounded("operator", "s3:*"),
        "a schedule that may not invoke": (without(SCHEDULED, INVOKES),),
        "a schedule that is denied": (limited("schedule", "lambda:InvokeFunction"),),
        "a schedule under a boundary": bounded("schedule", "sqs:SendMessage"),
        "a schedule that may invoke an alias only": (
            statement(SCHEDULED, INVOKES, Resource=f"arn:aws:lambda:{HERE}:function:{NAME}:live"),
        ),
        "a schedule of another group": (
            statement(
                "roles-schedule-role",
                "AllowScheduler",
                "assumeRolePolicy",
                Condition={
                    "StringEquals": {
                        "aws:SourceAccount": ACCOUNT,
                        "aws:SourceArn": GROUP.replace("prod", "team"),
                    }
                },
            ),
        ),
        "a schedule by the ARN of itself and not of its group": (
            statement(
                "roles-schedule-role",
                "AllowScheduler",
                "assumeRolePolicy",
                Condition={
                    "StringEquals": {
                        "aws:SourceAccount": ACCOUNT,
                        "aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule/agentcore-eval-prod/x",
                    }
                },
            ),
        ),
        "a role that the Scheduler cannot assume": (
            statement(
                "roles-schedule-role",
                "AllowScheduler",
                "assumeRolePolicy",
                Principal={"Service": "lambda.amazonaws.com"},
            ),
        ),
        "an event rule without a permission": (
            *event_rule(input=EXPORT),
            gone("nightly-permission"),
        ),
        "a permission for another event rule": (
            *event_rule(input=EXPORT),
            put("nightly-permission", "sourceArn", RULE_ARN.replace("nightly", "weekly")),
        ),
        "a permission for an alias that the rule does not invoke": (
            *event_rule(input=EXPORT),
            put("nightly-permission", "qualifier", "live"),
        ),
    },
    "evaluators-known": {
        "a misspelt evaluator in a schedule's input": (
            put(
                "controller-schedule",
                "target.input",
                '{"parameters": {"evaluators": [{"evaluatorId": "Builtin.Helpfullness"}]}}',
            ),
        ),
        "an evaluator in other letters": (
            put(FUNCTION, "environment.variables.EVALUATORS", "builtin.correctness"),
        ),
    },
    "schedule-failures": {
        "a schedule that ended": (put("controller-schedule", "endDate", "2020-01-01T00:00:00Z"),),
        "a schedule of one day that is past": (
            put("controller-schedule", "scheduleExpression", "at(2020-01-01T00:00:00)"),
        ),
    },
    "failures-delivered": {
        "a FIFO queue": (put(QUEUE, "fifoQueue", True),),
        "a FIFO queue of the schedule": (put(SCHEDULE_QUEUE, "fifoQueue", True),),
        "the controller may not report failures": (without(CONTROLLER, "AllowFailureReports"),),
        "the controller reports to another queue": (
            statement(CONTROLLER, "AllowFailureReports", Resource=f"arn:aws:sqs:{HERE}:other"),
        ),
        "the controller is denied its reports": (limited("controller", "sqs:SendMessage"),),
        "the controller's boundary has no queues": bounded(
            "controller", f"{AGENTCORE}:*", "logs:*", "s3:*", "kms:*", "xray:*"
        ),
        "the schedule may not report failures": (without(SCHEDULED, "AllowFailureReports"),),
        "the schedule's boundary has no queues": bounded("schedule", "lambda:InvokeFunction"),
        "the queue denies senders": (
            allow(f"{QUEUE}-policy", "sqs:SendMessage", **DENY, Resource=QUEUE_ARN),
        ),
        "the queue denies the controller's role": (
            allow(
                f"{QUEUE}-policy",
                "sqs:*",
                effect="Deny",
                Principal={"AWS": CALLER},
                Resource=QUEUE_ARN,
            ),
        ),
        "the queue takes what topics send": (
            allow(
                f"{QUEUE}-policy",
                "sqs:SendMessage",
                **DENY,
                Resource=QUEUE_ARN,
                Condition={
                    "ArnNotEquals": {"aws:SourceArn": f"arn:aws:sns:{HERE}:failures"},
                },
            ),
        ),
        "the queue is under the evaluation key": (point(QUEUE, "kmsMasterKeyId", KEY),),
        "the schedule's queue is under the evaluation key": (
            point(SCHEDULE_QUEUE, "kmsMasterKeyId", KEY),
        ),
        "the key refuses senders": (without(OPERATIONS, "AllowSendersThroughQueues"),),
        "the key refuses the schedule's role": (
            statement(OPERATIONS, "AllowSendersThroughQueues", Principal={"AWS": CALLER}),
        ),
        "the key lets senders decrypt only": (
            statement(OPERATIONS, "AllowSendersThroughQueues", Action="kms:Decrypt"),
        ),
        "the key is for another queue": (
            text(OPERATIONS, f'"{QUEUE_ARN}"', f'"arn:aws:sqs:{HERE}:other"'),
        ),
        "the key is used through another service": (
            text(OPERATIONS, "sqs.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"),
        ),
        "the key denies queues": (
            allow(
                OPERATIONS,
                "kms:GenerateDataKey",
                **DENY,
                Condition={"StringLike": {"kms:ViaService": "sqs.*"}},
            ),
        ),
        "answers to a queue that the role may not write to": (
            new(
                "aws:sqs/queue:Queue", "answers", name="answers", arn=f"arn:aws:sqs:{HERE}:answers"
            ),
            point("controller-invoke-config", "destinationConfig.onSuccess.destination", "answers"),
        ),
        "failures to a bucket that the role may not write to": (
            put(
                "controller-invoke-config",
                "destinationConfig.onFailure.destination",
                "arn:aws:s3:::failures",
            ),
        ),
        "failures to a queue outside that the role may not write to": (
            put(
                "controller-invoke-config",
                "destinationConfig.onFailure.destination",
                f"arn:aws:sqs:{HERE}:outside",
            ),
        ),
        "a second queue that takes nothing from the first": (
            new("aws:sqs/queue:Queue", "late", name="late", arn=f"{QUEUES}:late"),
            put("late", "redriveAllowPolicy", json.dumps({"redrivePermission": "denyAll"})),
            put(
                QUEUE,
                "redrivePolicy",
                json.dumps({"deadLetterTargetArn": f"{QUEUES}:late", "maxReceiveCount": 3}),
            ),
        ),
        "an event rule whose queue grants it nothing": event_queue(grants=False),
        "an event rule whose queue's key refuses it": event_queue(key=False),
    },
}
_SPARED: dict[str, tuple] = {
    "an event rule whose failures are delivered": event_queue(),
    "a boundary that allows what the controller needs": bounded(
        "controller", f"{AGENTCORE}:*", "logs:*", "s3:*", "sqs:*", "kms:*", "xray:*"
    ),
    "a schedule that ends later": (put("controller-schedule", "endDate", "9999-01-01T00:00:00Z"),),
    "a schedule of one day to come": (
        put("controller-schedule", "scheduleExpression", "at(9999-01-01T00:00:00)"),
    ),
    "a boundary of AWS": (
        put(
            "roles-controller-role",
            "permissionsBoundary",
            "arn:aws:iam::aws:policy/PowerUserAccess",
        ),
    ),
    "the bucket denied outside of an organization": (
        allow(
            "output-policy",
            "s3:PutObject",
            **DENY,
            Resource=OBJECTS,
            Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        ),
    ),
    "the bucket denied outside of the network of the function": (
        put(FUNCTION, "vpcConfig", NETWORK),
        INTERFACES,
        allow(
            "output-policy",
            "s3:GetObject",
            **DENY,
            Resource=OBJECTS,
            Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
        ),
    ),
    "the queue denied to everybody but its senders": (
        allow(
            f"{QUEUE}-policy",
            "sqs:SendMessage",
            **DENY,
            Resource=QUEUE_ARN,
            Condition={"ArnNotEquals": {"aws:PrincipalArn": [CALLER, ADMINISTRATOR]}},
        ),
    ),
    "a second queue that takes what the first passes on": (
        new(
            "aws:sqs/queue:Queue",
            "late",
            {"kmsMasterKeyId": f"{OPERATIONS}.arn"},
            name="late",
            arn=f"{QUEUES}:late",
            messageRetentionSeconds=1_209_600,
            redriveAllowPolicy=json.dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [QUEUE_ARN]}
            ),
            policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sqs:*",
                            "Resource": f"{QUEUES}:late",
                            "Condition": condition,
                        }
                        for condition in (
                            {"Bool": {"aws:SecureTransport": "false"}},
                            {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
                        )
                    ],
                }
            ),
        ),
        put(
            QUEUE,
            "redrivePolicy",
            json.dumps({"deadLetterTargetArn": f"{QUEUES}:late", "maxReceiveCount": 3}),
        ),
    ),
}
BLOCKED_WORK = [
    Edit(name, rule, changes) for rule, edits in _REFUSED.items() for name, changes in edits.items()
]
COMPLIANT_WORK = [Edit(name, "", changes) for name, changes in _SPARED.items()]
