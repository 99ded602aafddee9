"""The key policies of the evaluation key and of the operations key."""

from collections.abc import Sequence

from ..config.deployment_target import DeploymentTarget
from ..config.names import Names
from . import actions
from .statements import Document, document, one_or_many, sorted_values

SERVICE_PRINCIPAL = "bedrock-agentcore.amazonaws.com"
ENCRYPTION_CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
EVERY_EVALUATION = ("*",)


def evaluation_patterns(name_prefixes: Sequence[str], evaluation_ids: Sequence[str]) -> list[str]:
    """Return the patterns of evaluation ids in scope: every name when no prefix is given.

    An id begins with the evaluation's name, so a name prefix is an id prefix.
    """
    if not name_prefixes:
        return list(EVERY_EVALUATION)
    return [*(f"{prefix}*" for prefix in name_prefixes), *evaluation_ids]


def _key_administration(target: DeploymentTarget, administrators: Sequence[str]) -> Document:
    """Let the administrators, or IAM policies of the account when none is named, manage a key.

    KMS refuses a policy that would leave nobody able to change it
    (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html), so the three
    documented statements cannot stand alone. The account as principal grants nothing by itself: it
    lets IAM policies delegate the actions of this statement, none of which encrypts or decrypts.
    """
    principals = administrators or [target.account_principal]
    return _key_statement(
        "AllowKeyAdministration", {"AWS": sorted_values(principals)}, actions.KEY_ADMINISTRATION
    )


def documented_key_statements(
    target: DeploymentTarget, callers: Sequence[str], evaluations: Sequence[str]
) -> list[Document]:
    """Return AWS's three statements for batch evaluation encryption, to the letter.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html.
    `callers` are role or user ARNs; `evaluations` are the id patterns of the scope. DescribeKey
    takes no encryption context and would be denied under such a condition, hence its own statement.
    """
    principals = {"AWS": sorted_values(callers)}
    scope = sorted_values(target.evaluation_arn(pattern) for pattern in evaluations)
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
                "StringEquals": {"aws:SourceAccount": target.account},
                "ArnLike": {"aws:SourceArn": scope},
            },
        ),
    ]


def evaluation_key_policy(
    target: DeploymentTarget,
    callers: Sequence[str],
    evaluations: Sequence[str] = EVERY_EVALUATION,
    administrators: Sequence[str] = (),
) -> Document:
    """Return the evaluation key's policy: the three documented statements and administration."""
    return document(
        *documented_key_statements(target, callers, evaluations),
        _key_administration(target, administrators),
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
    target = names.target
    controller = target.iam_arn(f"role/{names.controller_role}")
    schedule = target.iam_arn(f"role/{names.schedule_role}")
    log_groups = sorted_values(
        target.log_group_arn(group) for group in (names.result_log_group, names.function_log_group)
    )
    queues = sorted_values(
        target.arn("sqs", queue) for queue in (names.failure_queue, names.schedule_failure_queue)
    )
    through_logs = {"kms:ViaService": target.endpoint("logs")}
    log_users = {"AWS": sorted_values((controller, *readers))}

    def through_queues(sid: str, principals: Sequence[str], action: Sequence[str]) -> Document:
        condition = {
            "StringEquals": {"kms:ViaService": target.endpoint("sqs")},
            "ArnEquals": {"kms:EncryptionContext:aws:sqs:arn": queues},
        }
        return _key_statement(sid, {"AWS": sorted_values(principals)}, action, condition)

    reading = [through_queues("AllowReadersThroughQueues", readers, ("kms:Decrypt",))]
    return document(
        _key_statement(
            "AllowLogsService",
            {"Service": target.endpoint("logs")},
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
        _key_administration(target, administrators),
    )


def _key_statement(
    sid: str, principal: Document, action: Sequence[str], condition: Document | None = None
) -> Document:
    """Return an Allow statement of a key policy, where Resource `*` means the key itself."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": one_or_many(action),
        "Resource": "*",
    }
    return statement if condition is None else {**statement, "Condition": condition}
