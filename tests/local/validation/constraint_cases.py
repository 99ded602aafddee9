"""Values that AWS documents as refused and that service models let through: one case a limit."""

from typing import Any

Members = dict[str, Any]
ZIP = {"Code": {"ZipFile": b"x"}, "Role": "arn:aws:iam::111122223333:role/r"}
FUNCTION = {"FunctionName": "fn", "Runtime": "python3.13", "Handler": "m.h", **ZIP}
IMAGE = {
    "FunctionName": "fn",
    "PackageType": "Image",
    "Role": ZIP["Role"],
    "Code": {"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/r:t"},
}
ROLE = {"RoleName": "role", "AssumeRolePolicyDocument": "{}"}
QUEUE = {"QueueUrl": "http://127.0.0.1/111122223333/q"}
OBJECT = {"Bucket": "bucket", "Key": "key"}
COPIED_PART = OBJECT | {"UploadId": "u", "PartNumber": 1, "CopySource": "bucket/key"}
TRUST = {"RoleName": "role", "AssumeRolePolicyDocument": "x" * 2049}
RULE = {"ID": "one", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
AES = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
ABORT = RULE | {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
TARGET = {"Arn": "arn:aws:lambda:us-east-1:111122223333:function:fn", "RoleArn": ZIP["Role"]}
SCHEDULE = {
    "Name": "one",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": TARGET,
}
AWS_TAG = "aws: is reserved for AWS, found tag key"
SESSION = {"RoleArn": ZIP["Role"], "RoleSessionName": "session"}
ALARM = {
    "AlarmName": "a",
    "MetricName": "m",
    "Namespace": "n",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
MODEL = "failed to satisfy constraint: Member must have"


def lifecycle(*rules: Members) -> Members:
    return {"Bucket": "bucket", "LifecycleConfiguration": {"Rules": list(rules)}}


def encryption(**default: str) -> Members:
    rule = {"ApplyServerSideEncryptionByDefault": default}
    return {"Bucket": "bucket", "ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def attributes(**values: str) -> Members:
    return {**QUEUE, "Attributes": values}


def entries(count: int, body: str = "x") -> Members:
    found = [{"Id": str(number), "MessageBody": body} for number in range(count)]
    return {**QUEUE, "Entries": found}


def fifo(**values: str) -> Members:
    return {"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true", **values}}


def grant(**constraints: dict[str, str]) -> Members:
    return {
        "KeyId": "k",
        "GranteePrincipal": ZIP["Role"],
        "Operations": ["Decrypt"],
        "Constraints": constraints,
    }


def iam_tags(*keys: str) -> list[Members]:
    return [{"Key": key, "Value": "x"} for key in keys]


def kms_tags(*keys: str) -> list[Members]:
    return [{"TagKey": key, "TagValue": "x"} for key in keys]


STRING = {"DataType": "String", "StringValue": "x"}


def message(**attributes: dict[str, str]) -> Members:
    return {**QUEUE, "MessageBody": "x", "MessageAttributes": attributes}


def tags(count: int) -> list[Members]:
    return [{"TagKey": str(number), "TagValue": "x"} for number in range(count)]


def transition(days: int, kind: str) -> Members:
    listed = [{"Days": days, "StorageClass": kind}]
    return RULE | {"Transitions": listed, "Expiration": {"Days": 365}}


def two_transitions(first: str, second: str) -> Members:
    listed = [{"Days": 30, "StorageClass": first}, {"Days": 60, "StorageClass": second}]
    return RULE | {"Transitions": listed, "Expiration": {"Days": 365}}


def newer_versions(count: int) -> Members:
    expiration = {"NoncurrentDays": 1, "NewerNoncurrentVersions": count}
    return RULE | {"NoncurrentVersionExpiration": expiration}


# Operation, members that break a limit, members that keep it, and AWS's error.
CASES: list[tuple[str, str, Members, Members, str, str]] = [
    ("kms", "ScheduleKeyDeletion", {"KeyId": "k", "PendingWindowInDays": 6},
     {"KeyId": "k", "PendingWindowInDays": 7}, "ValidationException", f"{MODEL} value greater"),
    ("kms", "ScheduleKeyDeletion", {"KeyId": "k", "PendingWindowInDays": 31},
     {"KeyId": "k", "PendingWindowInDays": 30}, "ValidationException", f"{MODEL} value less"),
    ("kms", "GenerateDataKey", {"KeyId": "k", "KeySpec": "AES_256", "NumberOfBytes": 32},
     {"KeyId": "k", "NumberOfBytes": 32}, "ValidationException", "either number of bytes or"),
    ("kms", "GenerateDataKeyWithoutPlaintext", {"KeyId": "k"}, {"KeyId": "k", "KeySpec": "AES_256"},
     "ValidationException", "either number of bytes or key spec"),
    ("kms", "CreateKey", {"KeySpec": "RSA_2048"}, {"KeySpec": "SYMMETRIC_DEFAULT"},
     "ValidationException", "must specify a KeyUsage value"),
    ("kms", "CreateKey", {"KeySpec": "HMAC_256", "KeyUsage": "ENCRYPT_DECRYPT"},
     {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, "ValidationException", "KeyUsage"),
    ("kms", "CreateKey", {"KeyUsage": "SIGN_VERIFY"}, {"KeyUsage": "ENCRYPT_DECRYPT"},
     "ValidationException", "KeyUsage"),
    ("kms", "CreateKey", {"Tags": [{"TagKey": "a", "TagValue": v} for v in "bc"]},
     {"Tags": [{"TagKey": k, "TagValue": "b"} for k in "aA"]}, "TagException", "Duplicate"),
    ("logs", "PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 25},
     {"logGroupName": "g", "retentionInDays": 30}, "InvalidParameterException",
     "Invalid retention value. Valid values are: [1, 3, 5, 7, 14, 30,"),
    ("logs", "CreateLogGroup", {"logGroupName": "aws/mine"}, {"logGroupName": "/aws/mine"},
     "InvalidParameterException", "reserved"),
    ("logs", "FilterLogEvents",
     {"logGroupName": "g", "logStreamNames": ["s"], "logStreamNamePrefix": "s"},
     {"logGroupName": "g", "logStreamNames": ["s"]}, "InvalidParameterException", "exclusive"),
    ("logs", "GetLogEvents",
     {"logGroupName": "g", "logStreamName": "s", "startTime": 2, "endTime": 1},
     {"logGroupName": "g", "logStreamName": "s", "startTime": 1, "endTime": 2},
     "InvalidParameterException", "startTime"),
    ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "a", "logGroupNamePattern": "abc"},
     {"logGroupNamePrefix": "a"}, "InvalidParameterException", "mutually exclusive"),
    ("iam", "CreatePolicy", {"PolicyName": "p", "PolicyDocument": "x" * 6145},
     {"PolicyName": "p", "PolicyDocument": "x " * 6144}, "LimitExceeded",
     "Cannot exceed quota for PolicySize: 6144"),
    ("iam", "CreateRole", TRUST, TRUST | {"AssumeRolePolicyDocument": "x\n" * 2048},
     "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"),
    ("iam", "UpdateAssumeRolePolicy", {"RoleName": "r", "PolicyDocument": "x" * 2049},
     {"RoleName": "r", "PolicyDocument": "x" * 2048}, "LimitExceeded", "ACLSizePerRole: 2048"),
    ("lambda", "CreateFunction", FUNCTION | {"Environment": {"Variables": {"AB": "x" * 4088}}},
     FUNCTION | {"Environment": {"Variables": {"AB": "x" * 4087}}},
     "InvalidParameterValueException", "exceeded the 4KB limit. String measured: {\"AB\":\"xxx"),
    ("lambda", "UpdateFunctionConfiguration",
     {"FunctionName": "fn", "Environment": {"Variables": {"AWS_REGION": "x"}}},
     {"FunctionName": "fn", "Environment": {"Variables": {"AWS_MAX_ATTEMPTS": "1"}}},
     "InvalidParameterValueException", "Reserved keys used in this request: AWS_REGION"),
    ("lambda", "CreateFunction", FUNCTION | {"Timeout": 901}, FUNCTION | {"Timeout": 900},
     "ValidationException", "less than or equal to 900"),
    ("lambda", "CreateFunction", FUNCTION | {"MemorySize": 10241}, FUNCTION | {"MemorySize": 10240},
     "ValidationException", "less than or equal to 10240"),
    ("lambda", "CreateFunction", FUNCTION | {"FunctionName": "f" * 65},
     FUNCTION | {"FunctionName": "f" * 64}, "ValidationException", "length less than or equal"),
    ("lambda", "CreateFunction", FUNCTION | {"Code": {}}, FUNCTION,
     "InvalidParameterValueException", "Please provide a source for function code."),
    ("lambda", "CreateFunction", {k: v for k, v in FUNCTION.items() if k != "Handler"}, FUNCTION,
     "InvalidParameterValueException", "Runtime and Handler are mandatory parameters"),
    ("lambda", "CreateFunction", FUNCTION | {"LoggingConfig": {"SystemLogLevel": "INFO"}},
     FUNCTION | {"LoggingConfig": {"SystemLogLevel": "INFO", "LogFormat": "JSON"}},
     "InvalidParameterValueException", "LogFormat"),
    ("s3", "PutObject", OBJECT | {"IfNoneMatch": '"0123"'}, OBJECT | {"IfNoneMatch": "*"},
     "NotImplemented", "A header you provided implies functionality that is not implemented"),
    ("s3", "PutObject", OBJECT | {"Key": "\N{LATIN SMALL LETTER E WITH ACUTE}" * 513},
     OBJECT | {"Key": "e" * 1024}, "KeyTooLongError", "Your key is too long"),
    ("s3", "PutObject", OBJECT | {"Metadata": {"a": "x" * 2048}},
     OBJECT | {"Metadata": {"a": "x" * 2047}}, "MetadataTooLarge", "metadata"),
    ("s3", "ListObjectsV2", {"Bucket": "bucket", "ExpectedBucketOwner": "me"},
     {"Bucket": "bucket", "ExpectedBucketOwner": "111122223333"},
     "InvalidBucketOwnerAWSAccountID", "must be an AWS Account ID"),
    ("s3", "DeleteObjects", {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "k"}] * 1001}},
     {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "k"}] * 1000}}, "MalformedXML", ""),
    ("s3", "PutBucketEncryption", encryption(SSEAlgorithm="AES256", KMSMasterKeyID="k"),
     encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID="k"), "InvalidArgument", "KMSMasterKeyID"),
    ("s3", "ListObjectsV2", {"Bucket": "bucket", "MaxKeys": -1}, {"Bucket": "bucket", "MaxKeys": 0},
     "InvalidArgument", "maxKeys"),
    ("s3", "UploadPart", OBJECT | {"UploadId": "u", "PartNumber": 10_001},
     OBJECT | {"UploadId": "u", "PartNumber": 10_000}, "InvalidArgument", "between 1 and 10000"),
    ("s3", "GetObject", OBJECT | {"PartNumber": -1}, OBJECT | {"PartNumber": 1},
     "InvalidArgument", "between 1 and 10000"),
    ("s3", "UploadPartCopy", COPIED_PART | {"CopySourceRange": "bytes=3-1"},
     COPIED_PART | {"CopySourceRange": "bytes=1-3"}, "InvalidArgument", "of the form bytes="),
    ("s3", "UploadPartCopy", COPIED_PART | {"CopySourceRange": "x"}, COPIED_PART,
     "InvalidArgument", "of the form bytes="),
    ("s3", "GetObject", OBJECT | {"ResponseContentType": "\u202e"},
     OBJECT | {"ResponseContentType": "text/plain; a=\u00e9"}, "InvalidArgument", "ISO-8859-1"),
    ("s3", "GetObject", OBJECT | {"ResponseCacheControl": "a\r\nb: c"},
     OBJECT | {"ResponseCacheControl": "a"}, "InvalidArgument", "without line breaks"),
    ("s3", "PutBucketVersioning", {"Bucket": "bucket", "VersioningConfiguration": {}},
     {"Bucket": "bucket", "VersioningConfiguration": {"Status": "Suspended"}},
     "IllegalVersioningConfigurationException", "The Versioning element must be specified"),
    ("s3", "PutBucketEncryption",
     {"Bucket": "bucket", "ServerSideEncryptionConfiguration": {"Rules": [AES, AES]}},
     {"Bucket": "bucket", "ServerSideEncryptionConfiguration": {"Rules": [AES]}},
     "MalformedXML", ""),
    ("s3", "PutBucketWebsite", {"Bucket": "bucket", "WebsiteConfiguration": {}},
     {"Bucket": "bucket", "WebsiteConfiguration": {"IndexDocument": {"Suffix": "i"}}},
     "MalformedXML", ""),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(RULE | {"Expiration": {"Days": 0}}),
     lifecycle(RULE), "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
    ("s3", "PutBucketLifecycleConfiguration",
     lifecycle(RULE | {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}}),
     lifecycle(RULE | {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}),
     "InvalidArgument", "'NoncurrentDays' for NoncurrentVersionExpiration action must be"),
    ("s3", "PutBucketLifecycleConfiguration",
     lifecycle(RULE | {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}}),
     lifecycle(RULE | {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}),
     "InvalidArgument", "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be"),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(transition(29, "STANDARD_IA")),
     lifecycle(transition(0, "GLACIER")), "InvalidArgument", "greater than or equal to 30 for"),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(RULE | {"Expiration": None}),
     lifecycle(RULE), "InvalidRequest", "At least one action needs to be specified in a rule"),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(RULE | {"ID": "i" * 256}),
     lifecycle(RULE | {"ID": "i" * 255}), "InvalidArgument", "allowed limit of 255"),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(RULE, RULE),
     lifecycle(RULE, RULE | {"ID": "two"}), "InvalidArgument", "Rule ID must be unique"),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(RULE | {"Expiration": {}}),
     lifecycle(RULE | {"Expiration": {"ExpiredObjectDeleteMarker": True}}), "MalformedXML", ""),
    ("s3", "PutBucketLifecycleConfiguration",
     lifecycle(transition(60, "GLACIER") | {"Expiration": {"Days": 60}}),
     lifecycle(transition(60, "GLACIER") | {"Expiration": {"Days": 61}}), "InvalidArgument",
     "greater than 'Days' in the Transition"),
    ("s3", "PutBucketLifecycleConfiguration", lifecycle(two_transitions("GLACIER", "STANDARD_IA")),
     lifecycle(two_transitions("STANDARD_IA", "GLACIER")), "InvalidArgument",
     "found GLACIER, STANDARD_IA"),
    *(("s3", "PutBucketLifecycleConfiguration", lifecycle(newer_versions(count)),
       lifecycle(newer_versions(100)), "InvalidArgument", "NewerNoncurrentVersions")
      for count in (0, 101)),
    ("s3", "PutBucketLifecycleConfiguration",
     lifecycle(*(RULE | {"ID": str(number)} for number in range(1001))), lifecycle(RULE),
     "InvalidRequest", "limit of 1000"),
    *(("s3", "PutBucketLifecycleConfiguration", lifecycle(ABORT | {"Filter": found}),
       lifecycle(ABORT | {"Filter": {"Prefix": "a"}}), "InvalidRequest",
       "AbortIncompleteMultipartUpload cannot be specified")
      for found in ({"Tag": {"Key": "k", "Value": "v"}}, {"ObjectSizeLessThan": 5},
                    {"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}]}})),
    *(("s3", "PutBucketLifecycleConfiguration", lifecycle(RULE | {"Filter": found}),
       lifecycle(RULE | {"Filter": {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 6}}}),
       "InvalidRequest", "'ObjectSize")
      for found in ({"ObjectSizeGreaterThan": -1}, {"ObjectSizeLessThan": 0},
                    {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5}})),
    ("scheduler", "CreateSchedule", SCHEDULE | {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
     SCHEDULE | {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}},
     "ValidationException", "window"),
    ("scheduler", "CreateSchedule",
     SCHEDULE | {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, SCHEDULE,
     "ValidationException", "window"),
    ("scheduler", "CreateSchedule", SCHEDULE | {"Target": TARGET | {"Input": "{not JSON"}},
     SCHEDULE | {"Target": TARGET | {"Input": "[1]"}}, "ValidationException", "JSON"),
    ("scheduler", "CreateSchedule", SCHEDULE | {"StartDate": 2000, "EndDate": 1000},
     SCHEDULE | {"StartDate": 1000, "EndDate": 2000}, "ValidationException", "EndDate"),
    ("sqs", "SetQueueAttributes", attributes(DelaySeconds="901"), attributes(DelaySeconds="900"),
     "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
    ("sqs", "SetQueueAttributes", attributes(MessageRetentionPeriod="59"),
     attributes(MessageRetentionPeriod="1209600"), "InvalidAttributeValue",
     "Invalid value for the parameter MessageRetentionPeriod."),
    ("sqs", "SetQueueAttributes", attributes(QueueArn="x"), attributes(Policy=""),
     "InvalidAttributeName", "Unknown Attribute QueueArn."),
    ("sqs", "SetQueueAttributes", attributes(KmsMasterKeyId="k", SqsManagedSseEnabled="true"),
     attributes(KmsMasterKeyId="k", SqsManagedSseEnabled="false"), "InvalidAttributeValue",
     "one type of server-side encryption"),
    ("sqs", "CreateQueue", {"QueueName": "q.x"}, {"QueueName": "q" * 80}, "InvalidParameterValue",
     "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
    ("sqs", "CreateQueue", {"QueueName": "q.fifo"},
     {"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}}, "InvalidParameterValue",
     ".fifo suffix"),
    ("sqs", "ReceiveMessage", QUEUE | {"MaxNumberOfMessages": 11},
     QUEUE | {"MaxNumberOfMessages": 10}, "InvalidParameterValue",
     "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10"),
    ("sqs", "ReceiveMessage", QUEUE | {"WaitTimeSeconds": 21}, QUEUE | {"WaitTimeSeconds": 20},
     "InvalidParameterValue", "Value 21 for parameter WaitTimeSeconds is invalid."),
    ("sqs", "ReceiveMessage", QUEUE | {"VisibilityTimeout": 43_201},
     QUEUE | {"VisibilityTimeout": 43_200}, "InvalidParameterValue", "VisibilityTimeout"),
    ("sqs", "SendMessage", QUEUE | {"MessageBody": "x", "DelaySeconds": 901},
     QUEUE | {"MessageBody": "x", "DelaySeconds": 900}, "InvalidParameterValue", "DelaySeconds"),
    ("sqs", "SendMessageBatch", entries(0), entries(1),
     "AWS.SimpleQueueService.EmptyBatchRequest", "at least one"),
    ("sqs", "SendMessageBatch", entries(11), entries(10),
     "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "You have sent 11."),
    ("sqs", "SendMessageBatch", entries(2, "x" * 524_289), entries(2, "x" * 524_288),
     "InvalidParameterValue", "shorter than 1048576 bytes"),
    ("scheduler", "CreateSchedule",
     SCHEDULE | {"Target": TARGET | {"SqsParameters": {"MessageGroupId": "g"}}}, SCHEDULE,
     "ValidationException", "Target.SqsParameters: expected with a target of sqs only"),
    ("scheduler", "UpdateSchedule",
     SCHEDULE | {"Target": TARGET | {"KinesisParameters": {"PartitionKey": "k"}}}, SCHEDULE,
     "ValidationException", "Target.KinesisParameters: expected with a target of kinesis only"),
    ("scheduler", "CreateSchedule",
     SCHEDULE | {"Target": TARGET | {"EventBridgeParameters": {"DetailType": "d", "Source": "s"}}},
     SCHEDULE, "ValidationException", "Target.EventBridgeParameters"),
    ("scheduler", "CreateSchedule",
     SCHEDULE | {"Target": TARGET | {"EcsParameters": {"TaskDefinitionArn": "t"}}}, SCHEDULE,
     "ValidationException", "Target.EcsParameters"),
    ("scheduler", "CreateSchedule",
     SCHEDULE | {"Target": TARGET | {"SageMakerPipelineParameters": {}}}, SCHEDULE,
     "ValidationException", "Target.SageMakerPipelineParameters"),
    ("kms", "CreateKey", {"Tags": tags(51)}, {"Tags": tags(50)}, "TagException", "Too many tags"),
    ("kms", "TagResource", {"KeyId": "k", "Tags": tags(51)}, {"KeyId": "k", "Tags": tags(50)},
     "TagException", "Too many tags"),
    ("kms", "CreateAlias", {"AliasName": "alias/aws/mine", "TargetKeyId": "k"},
     {"AliasName": "alias/awsmine", "TargetKeyId": "k"}, "NotAuthorizedException", "reserved"),
    ("kms", "UpdateAlias", {"AliasName": "alias/aws/s3", "TargetKeyId": "k"},
     {"AliasName": "alias/s3", "TargetKeyId": "k"}, "NotAuthorizedException", "reserved"),
    ("kms", "DeleteAlias", {"AliasName": "alias/aws/s3"}, {"AliasName": "alias/s3"},
     "NotAuthorizedException", "reserved"),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": b"x", "EncryptionContext": {"a": "x" * 8185}},
     {"KeyId": "k", "Plaintext": b"x", "EncryptionContext": {"a": "x" * 8184}},
     "ValidationException", "8192"),
    ("kms", "ReEncrypt",
     {"CiphertextBlob": b"x", "DestinationKeyId": "k",
      "DestinationEncryptionContext": {"a": "x" * 8185}},
     {"CiphertextBlob": b"x", "DestinationKeyId": "k"}, "ValidationException", "8192"),
    ("kms", "CreateGrant", grant(EncryptionContextSubset={str(n): "x" for n in range(9)}),
     grant(EncryptionContextSubset={str(n): "x" for n in range(8)}), "ValidationException",
     "8 pairs at most"),
    ("kms", "CreateGrant", grant(EncryptionContextEquals={"a": "x" * 385}),
     grant(EncryptionContextEquals={"a": "x" * 384}), "ValidationException", "384 characters"),
    ("kms", "RetireGrant", {"GrantToken": "t", "KeyId": "k", "GrantId": "g"},
     {"KeyId": "k", "GrantId": "g"}, "ValidationException", "either GrantToken"),
    ("kms", "RetireGrant", {"KeyId": "k"}, {"GrantToken": "t"}, "ValidationException",
     "either GrantToken"),
    ("iam", "CreateRole", ROLE | {"Path": "/aws-service-role/s3.amazonaws.com/"},
     ROLE | {"Path": "/service-role/"}, "InvalidInput", "/aws-service-role/ is reserved"),
    ("iam", "CreateRole", ROLE | {"Path": "/aws-reserved/"}, ROLE | {"Path": "/x/aws-reserved/"},
     "InvalidInput", "/aws-reserved/ is reserved"),
    ("lambda", "CreateFunction", FUNCTION | {"Runtime": "python3.6"}, FUNCTION,
     "InvalidParameterValueException", "The runtime parameter of python3.6 is no longer supported"),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "fn", "Runtime": "nodejs12.x"},
     {"FunctionName": "fn", "Runtime": "nodejs22.x"}, "InvalidParameterValueException",
     "The runtime parameter of nodejs12.x is no longer supported"),
    ("lambda", "CreateFunction", IMAGE | {"Handler": "m.h"}, IMAGE,
     "InvalidParameterValueException", "Please don't provide handler or runtime or layer"),
    ("lambda", "CreateFunction", IMAGE | {"Code": {"ZipFile": b"x"}}, IMAGE,
     "InvalidParameterValueException", "Please provide ImageUri"),
    ("lambda", "CreateFunction", FUNCTION | {"ImageConfig": {"Command": ["m.h"]}}, FUNCTION,
     "InvalidParameterValueException", "PackageType is Zip"),
    ("lambda", "CreateFunction", FUNCTION | {"Code": {"ImageUri": "a"}}, FUNCTION,
     "InvalidParameterValueException", "PackageType is Zip"),
    ("lambda", "CreateFunction", FUNCTION | {"Tags": {str(n): "x" for n in range(51)}},
     FUNCTION | {"Tags": {str(n): "x" for n in range(50)}}, "InvalidParameterValueException",
     "number of tags"),
    ("lambda", "PutFunctionEventInvokeConfig", {"FunctionName": "fn"},
     {"FunctionName": "fn", "MaximumRetryAttempts": 0}, "InvalidParameterValueException",
     "at least one of error handling or destination setting"),
    ("sqs", "SetQueueAttributes", attributes(FifoQueue="true"), attributes(DelaySeconds="1"),
     "InvalidAttributeName", "Unknown Attribute FifoQueue."),
    ("sqs", "CreateQueue", {"QueueName": "q", "Attributes": {"ContentBasedDeduplication": "true"}},
     {"QueueName": "q.fifo",
      "Attributes": {"FifoQueue": "true", "ContentBasedDeduplication": "true"}},
     "InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication."),
    ("sqs", "SetQueueAttributes", attributes(SqsManagedSseEnabled="maybe"),
     attributes(SqsManagedSseEnabled="false"), "InvalidAttributeValue", "SqsManagedSseEnabled"),
    ("sqs", "CreateQueue", fifo(DeduplicationScope="message"), fifo(DeduplicationScope="queue"),
     "InvalidAttributeValue", "DeduplicationScope"),
    ("sqs", "CreateQueue", fifo(FifoThroughputLimit="perMessageGroupId",
                                DeduplicationScope="queue"),
     fifo(FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup"),
     "InvalidAttributeValue", "FifoThroughputLimit"),
    ("sqs", "CreateQueue", fifo(FifoThroughputLimit="perMessageGroupId"),
     fifo(FifoThroughputLimit="perQueue"), "InvalidAttributeValue", "FifoThroughputLimit"),
    ("sqs", "SetQueueAttributes", attributes(RedriveAllowPolicy="x"),
     attributes(RedriveAllowPolicy='{"redrivePermission":"denyAll"}'), "InvalidParameterValue",
     "Value x for parameter RedriveAllowPolicy is invalid."),
    ("sqs", "SetQueueAttributes",
     attributes(RedriveAllowPolicy='{"redrivePermission":"byQueue"}'),
     attributes(RedriveAllowPolicy='{"redrivePermission":"byQueue","sourceQueueArns":'
                '["arn:aws:sqs:us-east-1:111122223333:q"]}'), "InvalidParameterValue",
     "for parameter RedriveAllowPolicy is invalid."),
    ("sqs", "SendMessage", QUEUE | {"MessageBody": ""}, QUEUE | {"MessageBody": " "},
     "MissingParameter", "The request must contain the parameter MessageBody."),
    ("sqs", "SendMessageBatch", entries(1, ""), entries(1), "MissingParameter",
     "parameter SendMessageBatchRequestEntry.1.MessageBody."),
    ("sqs", "SendMessage", QUEUE | {"MessageBody": "a\u0001"}, QUEUE | {"MessageBody": "a\t"},
     "InvalidMessageContents", "Invalid characters found"),
    ("sqs", "SendMessageBatch", entries(1, "\ufffe"), entries(1, "\ufffd"),
     "InvalidMessageContents", "Invalid characters found"),
    ("sqs", "SendMessage", QUEUE | {"MessageBody": "x", "MessageAttributes":
                                    {"a": {"DataType": "String", "StringValue": "\u0001"}}},
     QUEUE | {"MessageBody": "x", "MessageAttributes":
              {"a": {"DataType": "String", "StringValue": "b"}}},
     "InvalidMessageContents", "Invalid characters found"),
    ("scheduler", "DeleteScheduleGroup", {"Name": "default"}, {"Name": "mine"},
     "ValidationException", "default schedule group cannot be deleted"),
    ("kms", "CreateAlias", {"AliasName": "alias/", "TargetKeyId": "k"},
     {"AliasName": "alias/a", "TargetKeyId": "k"}, "ValidationException", "alias/ and a name"),
    ("logs", "StartQuery",
     {"logGroupName": "g", "queryString": "fields @message", "startTime": 2, "endTime": 1},
     {"logGroupName": "g", "queryString": "fields @message", "startTime": 1, "endTime": 2},
     "InvalidParameterException", "startTime cannot be after endTime."),
    ("iam", "CreateUser", {"UserName": "u", "Tags": iam_tags("a", "A")},
     {"UserName": "u", "Tags": iam_tags("a", "b")}, "InvalidInput", "Duplicate tag keys found."),
    ("sqs", "SendMessage", message(**{str(n): STRING for n in range(11)}),
     message(**{str(n): STRING for n in range(10)}), "InvalidParameterValue",
     "Number of message attributes [11] exceeds the allowed maximum [10]."),
    ("sqs", "SendMessage", message(**{"AWS.a": STRING}), message(**{"a.AWS": STRING}),
     "InvalidParameterValue", "The message attribute name 'AWS.a' is invalid"),
    ("sqs", "SendMessage", message(a={"DataType": "Number", "StringValue": "x"}),
     message(a={"DataType": "Number", "StringValue": "-1.5e3"}), "InvalidParameterValue",
     "to a number"),
    ("sqs", "SendMessage", message() | {"MessageDeduplicationId": "d"},
     message() | {"MessageGroupId": "g"}, "InvalidParameterValue", "not valid for this queue type"),
    ("sqs", "SendMessage",
     {"QueueUrl": "http://127.0.0.1/111122223333/q.fifo", "MessageBody": "x", "DelaySeconds": 5},
     {"QueueUrl": "http://127.0.0.1/111122223333/q.fifo", "MessageBody": "x", "DelaySeconds": 0},
     "InvalidParameterValue", "not valid for this queue type"),
    ("sqs", "SetQueueAttributes",
     {"QueueUrl": "http://127.0.0.1/111122223333/q.fifo", "Attributes": {"FifoQueue": "true"}},
     {"QueueUrl": "http://127.0.0.1/111122223333/q.fifo", "Attributes": {"DelaySeconds": "5"}},
     "InvalidAttributeName", "Unknown Attribute FifoQueue."),
    ("lambda", "UpdateFunctionConfiguration",
     {"FunctionName": "f", "ImageConfig": {"Command": ["c"]}},
     {"FunctionName": "f", "Handler": "m.h"}, "InvalidParameterValueException", "ImageConfig"),
    ("kms", "CreateKey", {"Tags": kms_tags("aws:a")}, {"Tags": kms_tags("a:aws:")}, "TagException",
     "begin with aws:"),
    ("iam", "TagRole", {"RoleName": "r", "Tags": iam_tags("AWS:a")},
     {"RoleName": "r", "Tags": iam_tags("aws-a")}, "InvalidInput", AWS_TAG),
    ("lambda", "CreateFunction", FUNCTION | {"Tags": {"aws:a": "b"}},
     FUNCTION | {"Tags": {"a": ""}},
     "InvalidParameterValueException", AWS_TAG),
    ("logs", "CreateLogGroup", {"logGroupName": "g", "tags": {"aws:a": "b"}},
     {"logGroupName": "g", "tags": {"aws": "b"}}, "InvalidParameterException", AWS_TAG),
    ("s3", "PutObject", OBJECT | {"Tagging": "a=b&aws%3Ac="}, OBJECT | {"Tagging": "a=aws:c"},
     "InvalidTag", "System tags cannot be added"),
    ("s3", "PutBucketTagging", {"Bucket": "bucket", "Tagging": {"TagSet": iam_tags("aws:a")}},
     {"Bucket": "bucket", "Tagging": {"TagSet": iam_tags("a")}}, "InvalidTag", "System tags"),
    ("scheduler", "CreateScheduleGroup", {"Name": "g", "Tags": iam_tags("aws:a")},
     {"Name": "g", "Tags": iam_tags("a")}, "ValidationException", AWS_TAG),
    ("sqs", "TagQueue", QUEUE | {"Tags": {"aws:a": "b"}}, QUEUE | {"Tags": {"a": "b"}},
     "InvalidParameterValue", AWS_TAG),
    ("sqs", "CreateQueue", {"QueueName": "q", "tags": {"aws:a": "b"}},
     {"QueueName": "q", "tags": {"a": "b"}}, "InvalidParameterValue", AWS_TAG),
    ("cloudwatch", "PutMetricAlarm", ALARM | {"Tags": iam_tags("aws:a")},
     ALARM | {"Tags": iam_tags("a")}, "InvalidParameterValue", AWS_TAG),
    ("sts", "AssumeRole", SESSION | {"Tags": iam_tags("aws:a")}, SESSION | {"Tags": iam_tags("a")},
     "ValidationError", AWS_TAG),
]  # fmt: skip
