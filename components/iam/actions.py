"""The actions that this package's policies name, each list under the AWS page that it follows."""

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
# prints the two in this order, and the key policy keeps to the letter of that page.
EVALUATION_KEY_USE = (
    "kms:GenerateDataKey",
    "kms:Decrypt",
)

# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html gives administrators
# wildcards. This list names each action instead: `kms:Create*` holds CreateGrant, with which an
# administrator could hand out decryption, and wildcards also take in whatever AWS adds later.
KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyLastUsage",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html prints these
# for the logs service and, through kms:ViaService, for whoever reads and writes an encrypted
# group. The wildcards are AWS's own: the page does not say which of the actions behind them are
# used.
LOG_ENCRYPTION = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
# asks both of whoever sends to an encrypted queue.
QUEUE_ENCRYPTION = (
    "kms:Decrypt",
    "kms:GenerateDataKey",
)

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-agentcore.html
# gives Start and List no resource type: an ARN in Resource would never match them.
EVALUATION_START = (
    "bedrock-agentcore:ListBatchEvaluations",
    "bedrock-agentcore:StartBatchEvaluation",
)
EVALUATION_CONTROL = (
    "bedrock-agentcore:DeleteBatchEvaluation",
    "bedrock-agentcore:GetBatchEvaluation",
    "bedrock-agentcore:StopBatchEvaluation",
)

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html: the
# service reads sessions and writes results with the caller's permissions. TagResource is not on the
# page; the service tags the result group in the same chain.
LOG_READING = (
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetQueryResults",
    "logs:StartQuery",
)
RESULT_LOG_WRITING = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
)

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html, without
# CreateLogGroup: the function's group is made with its key and retention before the function.
FUNCTION_LOG_WRITING = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
)

# https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
TRACING = (
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
EXPORT_LISTING = (
    "s3:ListBucket",
    "s3:ListBucketVersions",
)
EXPORT_OBJECTS = (
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:PutObject",
)

# What puts an object under some key without being a put, so that no condition on puts reaches it:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html,
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
STORING_WITHOUT_PUT = (
    "s3:ReplicateObject",
    "s3:UpdateObjectEncryption",
)
