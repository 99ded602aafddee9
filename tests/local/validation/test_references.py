"""One resource that points at another: each row of the table is refused as it says."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from local.services.reference import Reference
from local.validation.references_table import BEGIN, END, REFERENCES, table
from tests.harness import ROOT as FOLDER
from tests.local.account import (
    ACCOUNT,
    LAMBDA,
    LOGS,
    NOBODY,
    ROOT,
    SCHEDULER,
    Case,
    LocalAccount,
    allow,
    archive,
    document,
    trust,
)

CASES: dict[tuple[str, str, str], list[Case]] = {}
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:case"
SEND = "sqs:SendMessage"


@pytest.fixture(scope="module")
def account() -> Iterator[LocalAccount]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0)) as cloud:
        made = LocalAccount(cloud)
        yield made
        made.close()


@pytest.fixture(scope="module")
def world(account: LocalAccount) -> LocalAccount:
    """The account with what the cases share."""
    queue = account.queue("inbox")
    account.queue("inbox.fifo", FifoQueue="true")
    account.role("plain", trust({"AWS": ROOT}))
    account.role("runs", trust({"Service": LAMBDA}))
    account.role("sends", trust({"Service": LAMBDA}), allow(SEND, queue))
    account.role("fires", trust({"Service": SCHEDULER}))
    account.function("case", role("runs"))
    account.function("sending", role("sends"))
    account.client("s3").create_bucket(Bucket="bucket")
    account.client("logs").create_log_group(logGroupName="group")
    return account


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def arn_of(queue: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}"


def case(service: str, action: str, rule: str) -> Callable[[Case], Case]:
    """Files a case under a row: the operation and the beginning of the rule."""

    def file(made: Case) -> Case:
        CASES.setdefault((service, action, rule), []).append(made)
        return made

    return file


def row_of(service: str, action: str, rule: str) -> Reference:
    (row,) = (
        one
        for one in REFERENCES
        if one.service == service and action in one.actions and rule in f"{one.member} {one.rule}"
    )
    return row


# --- IAM and STS ------------------------------------------------------------------------------


@case("iam", "CreateRole", "Principal of the trust policy")
def _(at: LocalAccount) -> None:
    at.role("trusting", trust({"AWS": NOBODY}))


@case("iam", "UpdateAssumeRolePolicy", "Principal of the trust policy")
def _(at: LocalAccount) -> None:
    at.client("iam").update_assume_role_policy(
        RoleName="plain", PolicyDocument=trust({"AWS": NOBODY})
    )


@case("iam", "AttachRolePolicy", "PolicyArn exists")
def _(at: LocalAccount) -> None:
    missing = f"arn:aws:iam::{ACCOUNT}:policy/none"
    at.client("iam").attach_role_policy(RoleName="plain", PolicyArn=missing)


@case("iam", "AttachRolePolicy", "no more than 10")
def _(at: LocalAccount) -> None:
    iam = at.client("iam")
    at.role("laden", trust({"AWS": ROOT}))
    for number in range(11):
        made = iam.create_policy(
            PolicyName=f"load-{number}", PolicyDocument=document(allow("s3:GetObject"))
        )
        iam.attach_role_policy(RoleName="laden", PolicyArn=made["Policy"]["Arn"])


@case("iam", "PutRolePolicy", "other inline policies")
def _(at: LocalAccount) -> None:
    text = document(allow("s3:GetObject", [f"arn:aws:s3:::b/{i:0>40}" for i in range(90)]))
    for name in ("first", "first", "second", "third"):
        at.client("iam").put_role_policy(RoleName="plain", PolicyName=name, PolicyDocument=text)


@case("iam", "CreateRole", "PermissionsBoundary exists")
def _(at: LocalAccount) -> None:
    at.client("iam").create_role(
        RoleName="bound",
        AssumeRolePolicyDocument=trust({"AWS": ROOT}),
        PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none",
    )


@case("iam", "AddUserToGroup", "exist")
def _(at: LocalAccount) -> None:
    at.client("iam").add_user_to_group(GroupName="none", UserName="developer")


@case("iam", "CreatePolicyVersion", "fewer than 5")
def _(at: LocalAccount) -> None:
    iam, text = at.client("iam"), document(allow("s3:GetObject"))
    arn = iam.create_policy(PolicyName="versions", PolicyDocument=text)["Policy"]["Arn"]
    for _ in range(5):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text)


@case("sts", "AssumeRole", "exists and trusts")
def _(at: LocalAccount) -> None:
    at.client("sts").assume_role(RoleArn=NOBODY, RoleSessionName="me")


@case("sts", "AssumeRole", "exists and trusts")
def _(at: LocalAccount) -> None:
    at.client("sts").assume_role(RoleArn=role("runs"), RoleSessionName="me")


# --- KMS --------------------------------------------------------------------------------------


@case("kms", "CreateKey", "Principal of the key policy")
def _(at: LocalAccount) -> None:
    at.key(allow("kms:Decrypt", Principal={"AWS": NOBODY}))


@case("kms", "CreateKey", "lets its writer")
def _(at: LocalAccount) -> None:
    policy = document(allow("kms:*", Principal={"AWS": role("plain")}))
    at.client("kms").create_key(Policy=policy)


@case("kms", "CreateGrant", "exist")
def _(at: LocalAccount) -> None:
    at.client("kms").create_grant(KeyId=at.key(), GranteePrincipal=NOBODY, Operations=["Decrypt"])


@case("kms", "CreateAlias", "TargetKeyId exists")
def _(at: LocalAccount) -> None:
    missing = "01234567-89ab-cdef-0123-456789abcdef"
    at.client("kms").create_alias(AliasName="alias/a", TargetKeyId=missing)


@case("kms", "CreateAlias", "pending deletion")
def _(at: LocalAccount) -> None:
    kms, key = at.client("kms"), at.key()
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.create_alias(AliasName="alias/b", TargetKeyId=key)


@case("kms", "UpdateAlias", "pending deletion")
def _(at: LocalAccount) -> None:
    kms, key = at.client("kms"), at.key()
    kms.create_alias(AliasName="alias/c", TargetKeyId=at.key())
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.update_alias(AliasName="alias/c", TargetKeyId=key)


# --- Lambda -----------------------------------------------------------------------------------


@case("lambda", "CreateFunction", "Role exists and trusts")
def _(at: LocalAccount) -> None:
    at.function("f", NOBODY)


@case("lambda", "CreateFunction", "Role exists and trusts")
def _(at: LocalAccount) -> None:
    at.function("f", role("plain"))


@case("lambda", "CreateFunction", "Role exists and trusts")
def _(at: LocalAccount) -> None:
    elsewhere = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    other = at.role("elsewhere", trust({"Service": LAMBDA}, Condition=elsewhere))
    at.function("f", other)


@case("lambda", "UpdateFunctionConfiguration", "Role exists and trusts")
def _(at: LocalAccount) -> None:
    at.client("lambda").update_function_configuration(FunctionName="case", Role=role("fires"))


@case("lambda", "CreateFunction", "TargetArn is a standard queue")
def _(at: LocalAccount) -> None:
    at.function("f", role("sends"), DeadLetterConfig={"TargetArn": arn_of("none")})


@case("lambda", "CreateFunction", "TargetArn is a standard queue")
def _(at: LocalAccount) -> None:
    at.function("f", role("sends"), DeadLetterConfig={"TargetArn": arn_of("inbox.fifo")})


@case("lambda", "CreateFunction", "TargetArn may be sent to")
def _(at: LocalAccount) -> None:
    at.function("f", role("runs"), DeadLetterConfig={"TargetArn": arn_of("inbox")})


@case("lambda", "UpdateFunctionConfiguration", "TargetArn may be sent to")
def _(at: LocalAccount) -> None:
    at.client("lambda").update_function_configuration(
        FunctionName="case", DeadLetterConfig={"TargetArn": arn_of("inbox")}
    )


@case("lambda", "UpdateFunctionConfiguration", "TargetArn may be sent to")
def _(at: LocalAccount) -> None:
    """The queue's own policy lets everybody in, and the role's does not say a word."""
    open_queue = at.queue("open")
    policy = document(allow(SEND, open_queue, Principal="*"))
    at.client("sqs").set_queue_attributes(QueueUrl=at.url("open"), Attributes={"Policy": policy})
    at.client("lambda").update_function_configuration(
        FunctionName="case", DeadLetterConfig={"TargetArn": open_queue}
    )


def destination(at: LocalAccount, function: str, target: str, operation: str = "put") -> None:
    change = getattr(at.client("lambda"), f"{operation}_function_event_invoke_config")
    change(FunctionName=function, DestinationConfig={"OnFailure": {"Destination": target}})


@case("lambda", "PutFunctionEventInvokeConfig", "names a standard queue")
def _(at: LocalAccount) -> None:
    destination(at, "sending", arn_of("inbox.fifo"))


@case("lambda", "PutFunctionEventInvokeConfig", "names a standard queue")
def _(at: LocalAccount) -> None:
    destination(at, "sending", arn_of("none"))


@case("lambda", "PutFunctionEventInvokeConfig", "DestinationConfig may be sent to")
def _(at: LocalAccount) -> None:
    destination(at, "case", arn_of("inbox"))


@case("lambda", "UpdateFunctionEventInvokeConfig", "DestinationConfig may be sent to")
def _(at: LocalAccount) -> None:
    at.client("lambda").put_function_event_invoke_config(
        FunctionName="case", MaximumRetryAttempts=0
    )
    destination(at, "case", arn_of("inbox"), "update")


@case("lambda", "CreateFunction", "KMSKeyArn")
def _(at: LocalAccount) -> None:
    missing = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef"
    at.function("f", role("runs"), KMSKeyArn=missing)


@case("lambda", "CreateFunction", "KMSKeyArn")
def _(at: LocalAccount) -> None:
    key = at.key()
    at.client("kms").disable_key(KeyId=key)
    at.function("f", role("runs"), KMSKeyArn=key)


@case("lambda", "UpdateFunctionConfiguration", "KMSKeyArn")
def _(at: LocalAccount) -> None:
    administration = ["kms:DescribeKey", "kms:PutKeyPolicy"]
    policy = document(allow(administration, Principal={"AWS": ROOT}))
    key = at.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    at.client("lambda").update_function_configuration(FunctionName="case", KMSKeyArn=key)


@case("lambda", "UpdateFunctionConfiguration", "KMSKeyArn")
def _(at: LocalAccount) -> None:
    at.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=at.key())
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/mine"
    at.client("lambda").update_function_configuration(FunctionName="case", KMSKeyArn=alias)


@case("lambda", "CreateFunction", "S3Key exist")
def _(at: LocalAccount) -> None:
    at.function("f", role("runs"), Code={"S3Bucket": "no-such-bucket", "S3Key": "code.zip"})


@case("lambda", "UpdateFunctionCode", "S3Key exist")
def _(at: LocalAccount) -> None:
    at.client("lambda").update_function_code(
        FunctionName="case", S3Bucket="bucket", S3Key="none.zip"
    )


@case("lambda", "CreateFunction", "S3Key may be read")
def _(at: LocalAccount) -> None:
    at.client("s3").put_object(Bucket="bucket", Key="code.zip", Body=archive())
    passing = [allow("lambda:*"), allow("iam:PassRole"), allow("s3:ListBucket")]
    maker = at.role("maker", trust({"AWS": ROOT}), *passing)
    at.client("lambda", session=maker).create_function(
        FunctionName="f",
        Runtime="python3.13",
        Handler="m.h",
        Role=role("runs"),
        Code={"S3Bucket": "bucket", "S3Key": "code.zip"},
    )


@case("lambda", "CreateFunction", "ImageUri")
def _(at: LocalAccount) -> None:
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/mine:latest"
    at.client("lambda").create_function(
        FunctionName="f", PackageType="Image", Role=role("runs"), Code={"ImageUri": image}
    )


@case("lambda", "CreateFunction", "SubnetIds")
def _(at: LocalAccount) -> None:
    network = {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": []}
    at.function("f", role("runs"), VpcConfig=network)


@case("lambda", "CreateFunction", "CodeSigningConfigArn")
def _(at: LocalAccount) -> None:
    config = f"arn:aws:lambda:us-east-1:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0"
    at.function("f", role("runs"), CodeSigningConfigArn=config)


@case("lambda", "PutFunctionConcurrency", "reservations")
def _(at: LocalAccount) -> None:
    at.client("lambda").put_function_concurrency(
        FunctionName="case", ReservedConcurrentExecutions=901
    )


@case("lambda", "AddPermission", "Principal exists")
def _(at: LocalAccount) -> None:
    at.client("lambda").add_permission(
        FunctionName="case", StatementId="s", Action="lambda:InvokeFunction", Principal=NOBODY
    )


@case("lambda", "CreateEventSourceMapping", "EventSourceArn")
def _(at: LocalAccount) -> None:
    at.client("lambda").create_event_source_mapping(
        FunctionName="sending", EventSourceArn=arn_of("inbox")
    )


# --- CloudWatch Logs --------------------------------------------------------------------------


def group(at: LocalAccount, key: str, name: str = "/sealed") -> None:
    at.client("logs").create_log_group(logGroupName=name, kmsKeyId=key)


def for_logs(principal: str, **condition: Any) -> dict[str, Any]:
    actions = ["kms:Decrypt*", "kms:Describe*", "kms:GenerateDataKey*"]
    return allow(actions, Principal={"Service": principal}, **condition)


@case("logs", "CreateLogGroup", "is the ARN")
def _(at: LocalAccount) -> None:
    group(at, at.key(for_logs(LOGS)).partition("/")[2])


@case("logs", "CreateLogGroup", "is the ARN")
def _(at: LocalAccount) -> None:
    group(at, f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef")


@case("logs", "CreateLogGroup", "is the ARN")
def _(at: LocalAccount) -> None:
    at.client("kms").create_alias(AliasName="alias/l", TargetKeyId=at.key(for_logs(LOGS)))
    group(at, f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/l")


@case("logs", "CreateLogGroup", "is the ARN")
def _(at: LocalAccount) -> None:
    group(at, at.key(for_logs(LOGS), KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"))


@case("logs", "AssociateKmsKey", "is the ARN")
def _(at: LocalAccount) -> None:
    key = at.key(for_logs(LOGS))
    at.client("kms").disable_key(KeyId=key)
    at.client("logs").associate_kms_key(logGroupName="group", kmsKeyId=key)


@case("logs", "CreateLogGroup", "lets `logs.REGION")
def _(at: LocalAccount) -> None:
    group(at, at.key())


@case("logs", "CreateLogGroup", "lets `logs.REGION")
def _(at: LocalAccount) -> None:
    """A regional service has one principal, which has the Region in its name."""
    group(at, at.key(for_logs("logs.amazonaws.com")))


@case("logs", "AssociateKmsKey", "lets `logs.REGION")
def _(at: LocalAccount) -> None:
    other = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:other"
    bound = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": other}}
    key = at.key(for_logs(LOGS, Condition=bound))
    at.client("logs").associate_kms_key(logGroupName="group", kmsKeyId=key)


@case("logs", "CreateLogStream", "logGroupName exists")
def _(at: LocalAccount) -> None:
    at.client("logs").create_log_stream(logGroupName="none", logStreamName="s")


@case("logs", "PutRetentionPolicy", "logGroupName exists")
def _(at: LocalAccount) -> None:
    at.client("logs").put_retention_policy(logGroupName="none", retentionInDays=7)


@case("logs", "PutSubscriptionFilter", "not answered here")
def _(at: LocalAccount) -> None:
    at.client("logs").put_subscription_filter(
        logGroupName="group", filterName="f", filterPattern="", destinationArn=FUNCTION
    )


@case("logs", "CreateExportTask", "not answered here")
def _(at: LocalAccount) -> None:
    at.client("logs").create_export_task(
        logGroupName="group", fromTime=0, to=1, destination="bucket"
    )


# --- S3 ---------------------------------------------------------------------------------------


def put(at: LocalAccount, key: str, **members: Any) -> None:
    at.client("s3").put_object(
        Bucket="bucket", Key="sealed", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, **members
    )


@case("s3", "PutBucketPolicy", "Principal of the bucket policy")
def _(at: LocalAccount) -> None:
    statement = allow("s3:GetObject", "arn:aws:s3:::bucket/*", Principal={"AWS": [ROOT, NOBODY]})
    at.client("s3").put_bucket_policy(Bucket="bucket", Policy=document(statement))


@case("s3", "PutObject", "SSE-KMS exists")
def _(at: LocalAccount) -> None:
    put(at, "01234567-89ab-cdef-0123-456789abcdef")


@case("s3", "PutObject", "is enabled")
def _(at: LocalAccount) -> None:
    key = at.key()
    at.client("kms").disable_key(KeyId=key)
    put(at, key)


@case("s3", "PutObject", "lets the caller")
def _(at: LocalAccount) -> None:
    policy = document(allow(["kms:DescribeKey", "kms:PutKeyPolicy"], Principal={"AWS": ROOT}))
    put(at, at.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


@case("s3", "CopyObject", "copy-source exists")
def _(at: LocalAccount) -> None:
    at.client("s3").copy_object(Bucket="bucket", Key="copy", CopySource="bucket/none")


@case("s3", "PutBucketNotificationConfiguration", "not answered here")
def _(at: LocalAccount) -> None:
    configuration = {"QueueArn": arn_of("inbox"), "Events": ["s3:ObjectCreated:*"]}
    at.client("s3").put_bucket_notification_configuration(
        Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [configuration]}
    )


@case("s3", "PutBucketReplication", "not answered here")
def _(at: LocalAccount) -> None:
    rule = {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::none"}}
    at.client("s3").put_bucket_replication(
        Bucket="bucket", ReplicationConfiguration={"Role": role("plain"), "Rules": [rule]}
    )


@case("s3", "PutBucketLogging", "not answered here")
def _(at: LocalAccount) -> None:
    target = {"LoggingEnabled": {"TargetBucket": "none", "TargetPrefix": ""}}
    at.client("s3").put_bucket_logging(Bucket="bucket", BucketLoggingStatus=target)


# --- EventBridge Scheduler --------------------------------------------------------------------


@case("scheduler", "CreateSchedule", "RoleArn exists and trusts")
def _(at: LocalAccount) -> None:
    at.schedule("s", NOBODY, FUNCTION)


@case("scheduler", "CreateSchedule", "RoleArn exists and trusts")
def _(at: LocalAccount) -> None:
    at.schedule("s", role("runs"), FUNCTION)


@case("scheduler", "CreateSchedule", "RoleArn exists and trusts")
def _(at: LocalAccount) -> None:
    """The source is the group, never the schedule."""
    itself = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/default/s"
    bound = {"StringEquals": {"aws:SourceArn": itself}}
    at.schedule("s", at.role("own", trust({"Service": SCHEDULER}, Condition=bound)), FUNCTION)


@case("scheduler", "UpdateSchedule", "RoleArn exists and trusts")
def _(at: LocalAccount) -> None:
    at.schedule("changing", role("fires"), FUNCTION)
    at.client("scheduler").update_schedule(
        Name="changing",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": role("plain")},
    )


@case("scheduler", "CreateSchedule", "GroupName exists")
def _(at: LocalAccount) -> None:
    at.schedule("s", role("fires"), FUNCTION, GroupName="none")


@case("scheduler", "CreateSchedule", "KmsKeyArn")
def _(at: LocalAccount) -> None:
    key = at.key()
    at.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    at.schedule("s", role("fires"), FUNCTION, KmsKeyArn=key)


@case("logs", "PutResourcePolicy", "Principal of the policy")
def _(at: LocalAccount) -> None:
    policy = document(allow("logs:PutLogEvents", Principal={"AWS": NOBODY}))
    at.client("logs").put_resource_policy(policyName="policy", policyDocument=policy)


def tag_past_the_limit(at: LocalAccount, service: str, given: Any, **names: str) -> None:
    for start in (0, 26):
        numbers = {str(number): "x" for number in range(start, start + 26)}
        at.client(service).tag_resource(**names, Tags=given(numbers))


@case("kms", "TagResource", "Tags")
def _(at: LocalAccount) -> None:
    def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
        return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]

    tag_past_the_limit(at, "kms", pairs, KeyId=at.key())


@case("lambda", "TagResource", "Tags")
def _(at: LocalAccount) -> None:
    tag_past_the_limit(at, "lambda", dict, Resource=FUNCTION)


# --- SQS --------------------------------------------------------------------------------------


@case("sqs", "SetQueueAttributes", "Principal of the queue policy")
def _(at: LocalAccount) -> None:
    policy = document(allow(SEND, arn_of("inbox"), Principal={"AWS": NOBODY}))
    at.client("sqs").set_queue_attributes(QueueUrl=at.url("inbox"), Attributes={"Policy": policy})


@case("sqs", "CreateQueue", "Principal of the queue policy")
def _(at: LocalAccount) -> None:
    at.queue("new", Policy=document(allow(SEND, arn_of("new"), Principal={"AWS": NOBODY})))


def redrive(target: str) -> str:
    return json.dumps({"deadLetterTargetArn": arn_of(target), "maxReceiveCount": 3})


@case("sqs", "CreateQueue", "deadLetterTargetArn")
def _(at: LocalAccount) -> None:
    at.queue("new", RedrivePolicy=redrive("none"))


@case("sqs", "SetQueueAttributes", "deadLetterTargetArn")
def _(at: LocalAccount) -> None:
    at.client("sqs").set_queue_attributes(
        QueueUrl=at.url("inbox"), Attributes={"RedrivePolicy": redrive("inbox.fifo")}
    )


@case("sqs", "SendMessage", "KmsMasterKeyId")
def _(at: LocalAccount) -> None:
    policy = document(allow(["kms:DescribeKey", "kms:PutKeyPolicy"], Principal={"AWS": ROOT}))
    key = at.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    at.queue("sealed", KmsMasterKeyId=key)
    at.client("sqs").send_message(QueueUrl=at.url("sealed"), MessageBody="x")


# ----------------------------------------------------------------------------------------------


def test_each_reference_has_a_case() -> None:
    tried = [row_of(*place) for place in CASES]
    assert [row for row in REFERENCES if row not in tried] == []


@pytest.mark.parametrize("place", CASES, ids=" ".join)
def test_a_reference_that_does_not_hold_is_refused(
    world: LocalAccount, place: tuple[str, str, str]
) -> None:
    row = row_of(*place)
    for attempt in CASES[place]:
        with pytest.raises(ClientError) as caught:
            attempt(world)
        answer = caught.value.response
        assert answer["Error"]["Code"] == row.code
        assert row.text in answer["Error"]["Message"]
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == row.status
        assert caught.value.operation_name in row.actions


def test_what_holds_is_made(world: LocalAccount) -> None:
    """Each kind of reference once in its right form, so that the refusals above mean something."""
    key = world.key(for_logs(LOGS))
    world.client("s3").put_object(Bucket="bucket", Key="right.zip", Body=archive())
    world.function(
        "right",
        role("sends"),
        DeadLetterConfig={"TargetArn": arn_of("inbox")},
        KMSKeyArn=key,
        Code={"S3Bucket": "bucket", "S3Key": "right.zip"},
    )
    destination(world, "right", arn_of("inbox"))
    group(world, key, "/right")
    account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    bound = world.role("bound-by-account", trust({"Service": SCHEDULER}, Condition=account))
    world.schedule("right", bound, FUNCTION, KmsKeyArn=key)
    world.queue("right", RedrivePolicy=redrive("inbox"))
    world.role("right", trust({"AWS": role("plain")}))
    world.client("kms").create_alias(AliasName="alias/right", TargetKeyId=key)
    world.client("lambda").invoke(FunctionName="right", Payload=b"{}")


def test_what_aws_does_not_look_at_is_made(world: LocalAccount) -> None:
    """Targets and dead-letter queues of schedules, keys of queues and of buckets' defaults."""
    missing = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef"
    dead = {"DeadLetterConfig": {"Arn": arn_of("none")}}
    world.schedule("blind", role("fires"), f"{FUNCTION}-none", Target=dead)
    world.queue("blind", KmsMasterKeyId=missing)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": missing}
    world.client("s3").create_bucket(Bucket="blind")
    world.client("s3").put_bucket_encryption(
        Bucket="blind",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        },
    )


MISSING: list[tuple[str, str, dict[str, Any], str]] = [
    ("lambda", "update_function_configuration", {"FunctionName": "none", "Role": NOBODY},
     "ResourceNotFoundException"),
    ("lambda", "put_function_event_invoke_config",
     {"FunctionName": "none", "DestinationConfig": {"OnFailure": {"Destination": arn_of("none")}}},
     "ResourceNotFoundException"),
    ("lambda", "add_permission", {"FunctionName": "none", "StatementId": "s", "Principal": NOBODY,
     "Action": "lambda:InvokeFunction"}, "ResourceNotFoundException"),
    ("scheduler", "update_schedule",
     {"Name": "none", "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": {"Mode": "OFF"},
      "Target": {"Arn": FUNCTION, "RoleArn": NOBODY}}, "ResourceNotFoundException"),
    ("scheduler", "create_schedule",
     {"Name": "one", "GroupName": "none", "ScheduleExpression": "rate(1 hour)",
      "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": FUNCTION, "RoleArn": NOBODY}},
     "ResourceNotFoundException"),
    ("s3", "put_bucket_policy", {"Bucket": "no-such-bucket", "Policy": document(
        allow("s3:GetObject", "arn:aws:s3:::no-such-bucket/*", Principal={"AWS": NOBODY}))},
     "NoSuchBucket"),
    ("sqs", "set_queue_attributes",
     {"QueueUrl": f"http://127.0.0.1/{ACCOUNT}/none", "Attributes": {"Policy": document(
         allow(SEND, arn_of("none"), Principal={"AWS": NOBODY}))}},
     "AWS.SimpleQueueService.NonExistentQueue"),
    ("iam", "update_assume_role_policy",
     {"RoleName": "none", "PolicyDocument": trust({"AWS": NOBODY})}, "NoSuchEntity"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation", "members", "code"), MISSING, ids=[case[1] for case in MISSING]
)
def test_a_resource_that_is_not_there_is_said_before_what_it_points_at(
    world: LocalAccount, service: str, operation: str, members: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(world.client(service), operation)(**members)
    assert caught.value.response["Error"]["Code"] == code


def test_the_documentation_lists_each_reference() -> None:
    text = (FOLDER / "docs" / "local.md").read_text("utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == table().strip()
