"""The policies of the output bucket and of the queues, which deny and grant nothing."""

from collections.abc import Sequence

from ..config.deployment_target import DeploymentTarget
from . import actions
from .statements import Document, document


def bucket_policy(target: DeploymentTarget, bucket: str, key_arn: str) -> Document:
    """Return the output bucket's policy, which denies and grants nothing.

    AgentCore never writes here, so no service principal appears. The two TLS conditions need two
    statements (one block would demand both at once). The wrong-key statement is AWS's own for a
    required key, but compares a text: S3 takes a key by its bare id and by an alias too, and AWS
    does not document what Arn operators make of a value that is no ARN:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html.
    """
    arn = target.bucket_arn(bucket)
    everything, objects = [arn, f"{arn}/*"], f"{arn}/*"
    algorithm = "s3:x-amz-server-side-encryption"
    key_id = "s3:x-amz-server-side-encryption-aws-kms-key-id"

    return document(
        _deny("DenyPlainHttp", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny("DenyOldTls", "s3:*", everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        _deny(
            "DenyOtherAccounts",
            "s3:*",
            everything,
            {"StringNotEquals": {"aws:PrincipalAccount": target.account}},
        ),
        _deny(
            "DenyWrongKey", "s3:PutObject", objects, {"StringNotEqualsIfExists": {key_id: key_arn}}
        ),
        _deny(
            "DenyWrongAlgorithm",
            "s3:PutObject",
            objects,
            {"Null": {algorithm: "false"}, "StringNotEquals": {algorithm: "aws:kms"}},
        ),
        _deny("DenyOtherEncryption", actions.STORING_WITHOUT_PUT, objects),
    )


def queue_policy(target: DeploymentTarget, queue: str) -> Document:
    """Return a queue's policy, which denies plain HTTP and other accounts and grants nothing.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    """

    arn = target.arn("sqs", queue)
    return document(
        _deny("DenyPlainHttp", "sqs:*", arn, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny(
            "DenyOtherAccounts",
            "sqs:*",
            arn,
            {"StringNotEquals": {"aws:PrincipalAccount": target.account}},
        ),
    )


def _deny(
    sid: str,
    action: str | Sequence[str],
    resource: str | list[str],
    condition: Document | None = None,
) -> Document:
    """Return a Deny statement of a resource policy, for every principal."""
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action if isinstance(action, str) else list(action),
        "Resource": resource,
    }
    return statement if condition is None else {**statement, "Condition": condition}
