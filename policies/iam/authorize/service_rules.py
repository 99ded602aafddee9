"""Rules of the services themselves, which no policy changes.

`is_authorized` asks them of a request and the proofs of each case, so that both always agree.
"""

from ..language.request import Kind

# Permissions on a key of another account have an effect for these alone; "if you give a user in a
# different account permission for other operations, those permissions have no effect".
# docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html and
# "Cross-account use" of each operation in docs.aws.amazon.com/kms/latest/APIReference/
_KMS_ACROSS_ACCOUNTS = frozenset(
    f"kms:{name}".lower()
    for name in (
        "CreateGrant",
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListGrants",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "RevokeGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    )
)
# "The root principal in a bucket owner's Amazon Web Services account can perform" these, "even if
# their bucket policy explicitly denies the root principal's access"; only VPC endpoint policies and
# those of the organization stop it. Who has the permission and is not of the owner's account gets
# 405 Method Not Allowed.
# docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html, API_GetBucketPolicy.html,
# API_DeleteBucketPolicy.html
_BUCKET_POLICY = frozenset({"s3:deletebucketpolicy", "s3:getbucketpolicy", "s3:putbucketpolicy"})
# "Cross-account permissions don't apply to the following actions".
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/,
# sqs-limitations-of-custom-policies.html
_QUEUE_ADMINISTRATION = frozenset(
    f"sqs:{name}".lower()
    for name in (
        "AddPermission",
        "CancelMessageMoveTask",
        "CreateQueue",
        "DeleteQueue",
        "ListMessageMoveTasks",
        "ListQueueTags",
        "ListQueues",
        "RemovePermission",
        "SetQueueAttributes",
        "StartMessageMoveTask",
        "TagQueue",
        "UntagQueue",
    )
)
# kms:CallerAccount comes with actions of KMS alone, and a role must grant actions of STS on it.
_UNLIKE_OTHERS = frozenset({"kms", "sts"})


def root_may_never(kind: Kind, action: str) -> bool:
    """Whether no policy lets the account root user do this (in lower case): assume a role.

    Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    return kind is Kind.ROOT and action == "sts:assumerole"


def stays_in_account(action: str) -> bool:
    """Whether an action (in lower case) is refused to everybody of another account than the
    resource's, whatever policies allow."""
    if action.startswith("kms:"):
        return action not in _KMS_ACROSS_ACCOUNTS
    return action in _BUCKET_POLICY or action in _QUEUE_ADMINISTRATION


def passes_resource_denials(kind: Kind, action: str, *, crosses_accounts: bool) -> bool:
    """Whether no Deny of the resource's own policy stops who asks: the bucket owner's root user,
    about the bucket policy."""
    return kind is Kind.ROOT and not crosses_accounts and action in _BUCKET_POLICY


def told_apart(action: str) -> tuple[str, bool]:
    """What sets an action (in lower case) apart from others that statements treat alike."""
    service = action.partition(":")[0]
    if action == "sts:assumerole":
        return action, False
    of_bucket_policy = action in _BUCKET_POLICY
    own = "s3 policy" if of_bucket_policy else service if service in _UNLIKE_OTHERS else ""
    return own, stays_in_account(action)
