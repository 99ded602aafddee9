"""Every policy document of an environment, built from plain values; nothing here knows Pulumi.

Statements stand in a fixed order under Sids that never change, lists are sorted (but for the
documented statements, which keep AWS's order) and a list of one is written as its element: that is
how AWS hands policies back, so that an unchanged policy shows no difference.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from . import actions
from .names import Names
from .place import Place

Document = dict[str, Any]

SERVICE_PRINCIPAL = "bedrock-agentcore.amazonaws.com"
ENCRYPTION_CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
EVERY_EVALUATION = ("*",)


def to_json(document: Document) -> str:
    """Serialize a document, the same way at every place that hands one to AWS."""
    return json.dumps(document, separators=(",", ":"))


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _one_or_many(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _sorted(values: Iterable[str]) -> str | list[str]:
    return _one_or_many(sorted(set(values)))


def _allow(sid: str, action: Sequence[str], resource: Iterable[str], **more: Any) -> Document:
    """Return an Allow statement of an identity policy."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": _one_or_many(action),
        "Resource": _sorted(resource),
        **more,
    }


def _key_statement(
    sid: str, principal: Document, action: Sequence[str], condition: Document | None = None
) -> Document:
    """Return an Allow statement of a key policy, where Resource `*` means the key itself."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": _one_or_many(action),
        "Resource": "*",
    }
    return statement if condition is None else {**statement, "Condition": condition}


def evaluation_patterns(name_prefixes: Sequence[str], evaluation_ids: Sequence[str]) -> list[str]:
    """Return the patterns of evaluation ids in scope: every name when no prefix is given.

    An id begins with the evaluation's name, so a name prefix is an id prefix.
    """
    if not name_prefixes:
        return list(EVERY_EVALUATION)
    return [*(f"{prefix}*" for prefix in name_prefixes), *evaluation_ids]


# --- keys -------------------------------------------------------------------------------------


def _key_administration(place: Place, administrators: Sequence[str]) -> Document:
    """Let the administrators, or IAM policies of the account when none is named, manage a key.

    KMS refuses a policy that would leave nobody able to change it
    (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html), so the three
    documented statements cannot stand alone. The account as principal grants nothing by itself: it
    lets IAM policies delegate the actions of this statement, none of which encrypts or decrypts.
    """
    principals = administrators or [place.account_principal]
    return _key_statement(
        "AllowKeyAdministration", {"AWS": _sorted(principals)}, actions.KEY_ADMINISTRATION
    )


def documented_key_statements(
    place: Place, callers: Sequence[str], evaluations: Sequence[str]
) -> list[Document]:
    """Return AWS's three statements for batch evaluation encryption, to the letter.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html.
    `callers` are role or user ARNs; `evaluations` are the id patterns of the scope. DescribeKey
    takes no encryption context and would be denied under such a condition, hence its own statement.
    """
    principals = {"AWS": _sorted(callers)}
    scope = _sorted(place.evaluation_arn(pattern) for pattern in evaluations)
    return [
        _key_statement("AllowCallerAccess", principals, ("kms:DescribeKey",)),
        _key_statement(
            "AllowCallerCryptoOps",
            principals,
            actions.EVALUATION_KEY_USE,
            {"StringLike": {f"kms:EncryptionContext:{ENCRYPTION_CONTEXT_KEY}": scope}},
        ),
        _key_statement(
            "AllowServicePrincipalAccess",
            {"Service": SERVICE_PRINCIPAL},
            actions.EVALUATION_KEY_USE,
            {
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnLike": {"aws:SourceArn": scope},
            },
        ),
    ]


def evaluation_key_policy(
    place: Place,
    callers: Sequence[str],
    evaluations: Sequence[str] = EVERY_EVALUATION,
    administrators: Sequence[str] = (),
) -> Document:
    """Return the evaluation key's policy: the three documented statements and administration."""
    return _document(
        *documented_key_statements(place, callers, evaluations),
        _key_administration(place, administrators),
    )


def operations_key_policy(
    names: Names, administrators: Sequence[str] = (), readers: Sequence[str] = ()
) -> Document:
    """Return the policy of the key for logs and queues.

    The logs service may use it for exactly our two groups, controller and readers through the logs
    service, the two roles that send to the queues and the readers through SQS. Both services bind
    their ciphertexts to the ARN of group or queue by encryption context:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html,
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
    """
    place = names.place
    controller = place.iam_arn(f"role/{names.controller_role}")
    schedule = place.iam_arn(f"role/{names.schedule_role}")
    log_groups = _sorted(
        place.log_group_arn(group) for group in (names.result_log_group, names.function_log_group)
    )
    queues = _sorted(
        place.arn("sqs", queue) for queue in (names.failure_queue, names.schedule_failure_queue)
    )
    through_logs = {"kms:ViaService": place.endpoint("logs")}
    log_users = {"AWS": _sorted((controller, *readers))}

    def through_queues(sid: str, principals: Sequence[str], action: Sequence[str]) -> Document:
        condition = {
            "StringEquals": {"kms:ViaService": place.endpoint("sqs")},
            "ArnEquals": {"kms:EncryptionContext:aws:sqs:arn": queues},
        }
        return _key_statement(sid, {"AWS": _sorted(principals)}, action, condition)

    reading = [through_queues("AllowReadersThroughQueues", readers, ("kms:Decrypt",))]
    return _document(
        _key_statement(
            "AllowLogsService",
            {"Service": place.endpoint("logs")},
            (*actions.LOG_ENCRYPTION, "kms:Describe*"),
            {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        ),
        _key_statement(
            "AllowUseThroughLogs",
            log_users,
            actions.LOG_ENCRYPTION,
            {
                "StringEquals": through_logs,
                "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": log_groups},
            },
        ),
        _key_statement(
            "AllowDescribeThroughLogs",
            log_users,
            ("kms:DescribeKey",),
            {"StringEquals": through_logs},
        ),
        through_queues(
            "AllowSendersThroughQueues", (controller, schedule), actions.QUEUE_ENCRYPTION
        ),
        *(reading if readers else []),
        _key_administration(place, administrators),
    )


# --- resources --------------------------------------------------------------------------------


def bucket_policy(place: Place, bucket: str, key_arn: str) -> Document:
    """Return the output bucket's policy, which denies and grants nothing.

    AgentCore never writes here, so no service principal appears. The two TLS conditions need two
    statements (one block would demand both at once). The wrong-key statement is AWS's own for a
    required key, but compares a text: S3 takes a key by its bare id and by an alias too, and AWS
    does not document what Arn operators make of a value that is no ARN:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html.
    """
    arn = place.bucket_arn(bucket)
    everything, objects = [arn, f"{arn}/*"], f"{arn}/*"
    algorithm = "s3:x-amz-server-side-encryption"
    key_id = "s3:x-amz-server-side-encryption-aws-kms-key-id"

    def deny(
        sid: str,
        action: str | list[str],
        resource: str | list[str],
        condition: Document | None = None,
    ) -> Document:
        statement = {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": resource,
        }
        return statement if condition is None else {**statement, "Condition": condition}

    return _document(
        deny("DenyPlainHttp", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}}),
        deny("DenyOldTls", "s3:*", everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        deny(
            "DenyOtherAccounts",
            "s3:*",
            everything,
            {"StringNotEquals": {"aws:PrincipalAccount": place.account}},
        ),
        deny(
            "DenyWrongKey", "s3:PutObject", objects, {"StringNotEqualsIfExists": {key_id: key_arn}}
        ),
        deny(
            "DenyWrongAlgorithm",
            "s3:PutObject",
            objects,
            {"Null": {algorithm: "false"}, "StringNotEquals": {algorithm: "aws:kms"}},
        ),
        deny("DenyOtherEncryption", list(actions.STORING_WITHOUT_PUT), objects),
    )


def queue_policy(place: Place, queue: str) -> Document:
    """Return a queue's policy, which denies plain HTTP and other accounts and grants nothing.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    """

    def deny(sid: str, condition: Document) -> Document:
        return {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": place.arn("sqs", queue),
            "Condition": condition,
        }

    return _document(
        deny("DenyPlainHttp", {"Bool": {"aws:SecureTransport": "false"}}),
        deny("DenyOtherAccounts", {"StringNotEquals": {"aws:PrincipalAccount": place.account}}),
    )


# --- roles ------------------------------------------------------------------------------------


def _trust(sid: str, principal: Document, condition: Document | None = None) -> Document:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    return _document(statement if condition is None else {**statement, "Condition": condition})


def controller_trust(place: Place) -> Document:
    """Let Lambda take the controller's role, for functions of this account only.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    return _trust(
        "AllowLambda",
        {"Service": "lambda.amazonaws.com"},
        {"StringEquals": {"aws:SourceAccount": place.account}},
    )


def schedule_trust(names: Names) -> Document:
    """Let EventBridge Scheduler take the schedule's role, for our schedule group only.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    names the group's ARN, not the schedule's, as the source.
    """
    place = names.place
    group = place.arn("scheduler", f"schedule-group/{names.schedule_group}")
    return _trust(
        "AllowScheduler",
        {"Service": "scheduler.amazonaws.com"},
        {"StringEquals": {"aws:SourceAccount": place.account, "aws:SourceArn": group}},
    )


def operator_trust(place: Place, operators: Sequence[str]) -> Document:
    """Let the operators take their role; without any, IAM policies of the account decide."""
    return _trust("AllowOperators", {"AWS": _sorted(operators or [place.account_principal])})


def controller_policy(
    names: Names,
    name_prefixes: Sequence[str],
    source_log_groups: Sequence[str],
    allow_delete: bool,
) -> Document:
    """Return what the controller's role may do.

    It holds no KMS action (the key policies name the role) and no PassRole (a batch evaluation runs
    under its caller: there is no role to hand over).
    """
    place = names.place
    in_region = {"StringEquals": {"aws:RequestedRegion": place.region}}
    patterns = evaluation_patterns(name_prefixes, ())
    evaluations = [place.evaluation_arn(pattern) for pattern in patterns]
    results = _log_group_arns(place, [names.result_log_group])
    bucket = place.bucket_arn(names.bucket)
    writing = sorted((*actions.RESULT_LOG_WRITING, *(["logs:DeleteLogStream"] * allow_delete)))
    return _document(
        _allow("AllowStartAndList", actions.EVALUATION_START, ["*"], Condition=in_region),
        _allow("AllowEvaluations", actions.EVALUATION_CONTROL, evaluations),
        _allow("AllowLogGroupSearch", ("logs:DescribeLogGroups",), ["*"], Condition=in_region),
        _allow(
            "AllowLogReading",
            actions.LOG_READING,
            [*_log_group_arns(place, source_log_groups), *results],
        ),
        _allow("AllowResultLogs", writing, results),
        _allow(
            "AllowFunctionLogs",
            actions.FUNCTION_LOG_WRITING,
            _log_group_arns(place, [names.function_log_group]),
        ),
        _allow("AllowExportListing", actions.EXPORT_LISTING, [bucket]),
        _allow("AllowExportObjects", actions.EXPORT_OBJECTS, [f"{bucket}/*"]),
        _allow(
            "AllowFailureReports",
            ("sqs:SendMessage",),
            [place.arn("sqs", names.failure_queue)],
        ),
        _allow("AllowTracing", actions.TRACING, ["*"], Condition=in_region),
    )


def operator_policy(names: Names) -> Document:
    """Let operators invoke the controller, and nothing else."""
    return _document(_allow("AllowController", ("lambda:InvokeFunction",), [_function(names)]))


def schedule_policy(names: Names) -> Document:
    """Let the schedule invoke the controller and report what it could not deliver."""
    return _document(
        _allow("AllowController", ("lambda:InvokeFunction",), [_function(names)]),
        _allow(
            "AllowFailureReports",
            ("sqs:SendMessage",),
            [names.place.arn("sqs", names.schedule_failure_queue)],
        ),
    )


def _function(names: Names) -> str:
    return names.place.arn("lambda", f"function:{names.function}")


def _log_group_arns(place: Place, log_groups: Sequence[str]) -> list[str]:
    """Return the ARNs of log groups given by name or by prefix (`…*`).

    Tagging takes a group's ARN without `:*`, every other action with it:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    arns = [place.log_group_arn(group) for group in log_groups]
    return [form for arn in arns for form in ((arn,) if arn.endswith("*") else (arn, f"{arn}:*"))]
