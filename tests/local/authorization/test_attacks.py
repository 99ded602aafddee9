"""Attacks on the evaluation key and what lies under it, each refused for the right reason."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from botocore.config import Config

from local.aws_api.caller import ForwardAccessSession, Principal, ServicePrincipal
from local.runtime.clients import isolated_session
from policies.iam import Policies, PolicyType, Request, is_authorized, parse_policy
from policies.iam import Principal as AccessPrincipal

ACCOUNT, OTHER_ACCOUNT, REGION = "111122223333", "444455556666", "us-east-1"
CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
EVALUATION = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate/any-0000000000"
FOREIGN = EVALUATION.replace(ACCOUNT, OTHER_ACCOUNT)
AGENTCORE = "bedrock-agentcore.amazonaws.com"
NO_KEY_POLICY = "because no resource-based policy allows the kms:"
Denial = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def attackers(world: Any, document: Any) -> None:
    """A role that may do anything by its own policy, and one of another team."""
    world.assume("anything", world.role("Anything", document("*", "*")))
    world.assume("nothing", world.role("Nothing"))


def data_key(world: Any, who: str, context: dict[str, str] | None) -> tuple[Any, dict[str, Any]]:
    members: dict[str, Any] = {"KeyId": world.key, "KeySpec": "AES_256"}
    if context is not None:
        members["EncryptionContext"] = context
    return world.client("kms", who).generate_data_key, members


def sealed(world: Any, **changed: Any) -> dict[str, Any]:
    """The members of a PutObject as the controller makes it; None takes a member out."""
    context = json.dumps({CONTEXT_KEY: EVALUATION}).encode()
    members = {
        "Bucket": world.bucket,
        "Key": "attack.json",
        "Body": b"{}",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": world.key,
        "SSEKMSEncryptionContext": base64.b64encode(context).decode(),
        "BucketKeyEnabled": False,
        **changed,
    }
    return {name: value for name, value in members.items() if value is not None}


# --- use of the key ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anything", "deployer", "operator", "outsider", "nothing"])
@pytest.mark.parametrize("action", ["Decrypt", "GenerateDataKey", "Encrypt"])
def test_nobody_else_uses_the_key_whatever_their_own_policy_allows(
    world: Any, denial: Denial, who: str, action: str
) -> None:
    context = {CONTEXT_KEY: EVALUATION}
    blob = world.client("kms", "controller").generate_data_key(
        KeyId=world.key, KeySpec="AES_256", EncryptionContext=context
    )["CiphertextBlob"]
    kms = world.client("kms", who)
    calls: dict[str, Any] = {
        "Decrypt": (kms.decrypt, {"CiphertextBlob": blob}),
        "GenerateDataKey": (kms.generate_data_key, {"KeySpec": "AES_256"}),
        "Encrypt": (kms.encrypt, {"Plaintext": b"secret"}),
    }
    call, members = calls[action]
    refused = denial(call, KeyId=world.key, EncryptionContext=context, **members)
    assert refused.code == "AccessDeniedException"
    assert f"{NO_KEY_POLICY}{action} action" in refused.message
    assert f"on resource: {world.key}" in refused.message
    assert refused.near_misses == []
    assert (refused.event["eventName"], refused.event["errorCode"]) == (action, "AccessDenied")
    assert refused.event["requestParameters"]["encryptionContext"] == context


@pytest.mark.parametrize("who", ["controller", "developer"])
@pytest.mark.parametrize(
    "context",
    [None, {"team": "ours"}, {CONTEXT_KEY: FOREIGN}, {CONTEXT_KEY: f"{EVALUATION[:-20]}x/y"}],
    ids=["none", "without an evaluation", "of another account", "of another resource type"],
)
def test_callers_use_the_key_for_evaluations_of_the_account_only(
    world: Any, denial: Denial, who: str, context: dict[str, str] | None
) -> None:
    call, members = data_key(world, who, context)
    refused = denial(call, **members)
    assert (refused.code, NO_KEY_POLICY in refused.message) == ("AccessDeniedException", True)
    (miss,) = refused.near_misses
    assert "(AllowCallerCryptoOps): StringLike kms:EncryptionContext:" in miss
    found = (context or {}).get(CONTEXT_KEY)
    assert miss.endswith(f'found "{found}"' if found else "found no such key in the request")


def test_what_was_sealed_for_one_evaluation_does_not_open_for_another(
    world: Any, denial: Denial
) -> None:
    kms = world.client("kms", "controller")
    made = kms.generate_data_key(
        KeyId=world.key, KeySpec="AES_256", EncryptionContext={CONTEXT_KEY: EVALUATION}
    )
    other = {CONTEXT_KEY: EVALUATION.replace("any", "another")}
    refused = denial(
        kms.decrypt,
        KeyId=world.key,
        CiphertextBlob=made["CiphertextBlob"],
        EncryptionContext=other,
    )
    assert refused.code == "InvalidCiphertextException"


@pytest.mark.parametrize(
    ("source_account", "source_arn", "condition"),
    [
        (OTHER_ACCOUNT, FOREIGN, "StringEquals aws:SourceAccount"),
        (OTHER_ACCOUNT, EVALUATION, "StringEquals aws:SourceAccount"),
        (ACCOUNT, FOREIGN, "ArnLike aws:SourceArn"),
        (ACCOUNT, EVALUATION.replace("batch-evaluate", "evaluator"), "ArnLike aws:SourceArn"),
    ],
    ids=[
        "for another account",
        "for another account with our ARN",
        "for our account with a foreign ARN",
        "for another type of resource",
    ],
)
def test_the_service_uses_the_key_for_evaluations_of_the_account_only(
    world: Any, denial: Denial, source_account: str, source_arn: str, condition: str
) -> None:
    service = ServicePrincipal(AGENTCORE, "999999999999", source_arn, source_account)
    refused = denial(
        world.acting("kms", service).generate_data_key,
        KeyId=world.key,
        KeySpec="AES_256",
        EncryptionContext={CONTEXT_KEY: EVALUATION},
    )
    assert refused.code == "AccessDeniedException"
    assert refused.message.startswith(f"AWS service: {AGENTCORE} is not authorized")
    (miss,) = refused.near_misses
    assert f"(AllowServicePrincipalAccess): {condition} wants" in miss
    assert refused.event["userIdentity"] == {"type": "AWSService", "invokedBy": AGENTCORE}


@pytest.mark.parametrize("service", ["logs.us-east-1.amazonaws.com", "s3.amazonaws.com"])
def test_another_service_does_not_use_the_key(world: Any, denial: Denial, service: str) -> None:
    refused = denial(
        world.acting(
            "kms", ServicePrincipal(service, ACCOUNT, EVALUATION, ACCOUNT)
        ).generate_data_key,
        KeyId=world.key,
        KeySpec="AES_256",
        EncryptionContext={CONTEXT_KEY: EVALUATION},
    )
    assert (refused.code, refused.near_misses) == ("AccessDeniedException", [])


def test_an_evaluation_of_somebody_without_the_key_does_not_start(
    world: Any, denial: Denial
) -> None:
    refused = denial(
        world.client("bedrock-agentcore", "anything").start_batch_evaluation,
        **world.request("borrowed_key"),
        kmsKeyArn=world.key,
    )
    assert refused.code == "ValidationException"
    # The account principal delegates DescribeKey to IAM policies, but no use.
    assert "the caller failed the kms:GenerateDataKey check" in refused.message
    assert "the caller failed the kms:Decrypt check" in refused.message
    assert refused.event["userIdentity"]["invokedBy"] == AGENTCORE


# --- control of the key and of the roles ------------------------------------------------------


@pytest.mark.parametrize("who", ["controller", "developer", "operator"])
@pytest.mark.parametrize(
    "attempt", ["PutKeyPolicy", "CreateGrant", "ScheduleKeyDeletion", "DisableKey"]
)
def test_users_of_the_key_do_not_control_it(
    world: Any, denial: Denial, who: str, attempt: str
) -> None:
    kms = world.client("kms", who)
    calls: dict[str, Any] = {
        "PutKeyPolicy": (kms.put_key_policy, {"PolicyName": "default", "Policy": "{}"}),
        "CreateGrant": (
            kms.create_grant,
            {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Decrypt"]},
        ),
        "ScheduleKeyDeletion": (kms.schedule_key_deletion, {"PendingWindowInDays": 7}),
        "DisableKey": (kms.disable_key, {}),
    }
    call, members = calls[attempt]
    refused = denial(call, KeyId=world.key, **members)
    assert refused.code == "AccessDeniedException"
    # The account principal delegates administration to IAM policies; a grant it does not.
    applied_as = "resource-based" if attempt == "CreateGrant" else "identity-based"
    assert f"because no {applied_as} policy allows the kms:{attempt} action" in refused.message


def test_the_administrator_grants_nobody_use_of_the_key(world: Any, denial: Denial) -> None:
    refused = denial(
        world.client("kms").create_grant,
        KeyId=world.key,
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/deployer",
        Operations=["Decrypt"],
    )
    assert refused.code == "AccessDeniedException"
    assert f"{NO_KEY_POLICY}CreateGrant action" in refused.message


def test_the_administrator_can_change_the_policy_in_view_of_the_trail(world: Any) -> None:
    policy = world.key_policy(world.key)
    opened = json.loads(json.dumps(policy))
    opened["Statement"].append(
        {
            "Sid": "AllowMyself",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/deployer"},
            "Action": "kms:GenerateDataKey",
            "Resource": "*",
        }
    )
    world.put_key_policy(world.key, opened)
    call, members = data_key(world, "deployer", None)
    call(**members)
    world.put_key_policy(world.key, policy)
    wanted = {"AttributeKey": "EventName", "AttributeValue": "PutKeyPolicy"}
    rows = world.client("cloudtrail").lookup_events(LookupAttributes=[wanted])["Events"]
    changes = [json.loads(row["CloudTrailEvent"]) for row in rows]
    texts = [change["requestParameters"]["policy"] for change in changes]
    assert any("AllowMyself" in text for text in texts)
    assert changes[0]["userIdentity"]["userName"] == "deployer"
    assert changes[0]["resources"][0]["ARN"] == world.key


def test_the_controller_cannot_give_itself_more(world: Any, denial: Denial, document: Any) -> None:
    iam = world.client("iam", "controller")
    role = world.outputs["controller_role_arn"].rpartition("/")[2]
    more = json.dumps(document("*", "*"))
    policy = f"arn:aws:iam::{ACCOUNT}:policy/{role}"
    for call, members in (
        (iam.put_role_policy, {"RoleName": role, "PolicyName": "p", "PolicyDocument": more}),
        (
            iam.attach_role_policy,
            {"RoleName": role, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        (iam.update_assume_role_policy, {"RoleName": role, "PolicyDocument": more}),
        (iam.create_policy_version, {"PolicyArn": policy, "PolicyDocument": more}),
        (iam.create_access_key, {"UserName": "deployer"}),
    ):
        refused = denial(call, **members)
        assert refused.code == "AccessDenied"
        assert "because no identity-based policy allows the iam:" in refused.message


@pytest.mark.parametrize("who", ["deployer", "developer", "operator", "anything", "outsider"])
def test_nobody_takes_the_controllers_role(world: Any, denial: Denial, who: str) -> None:
    refused = denial(
        world.client("sts", who).assume_role,
        RoleArn=world.outputs["controller_role_arn"],
        RoleSessionName="me",
    )
    assert refused.code == "AccessDenied"
    assert "because no resource-based policy allows the sts:AssumeRole action" in refused.message


@pytest.mark.parametrize(
    ("role", "service", "source_arn", "source_account", "miss"),
    [
        (
            "controller",
            "lambda.amazonaws.com",
            f"arn:aws:lambda:{REGION}:{OTHER_ACCOUNT}:function:theirs",
            OTHER_ACCOUNT,
            "(AllowLambda): StringEquals aws:SourceAccount",
        ),
        (
            "schedule",
            "scheduler.amazonaws.com",
            f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default",
            ACCOUNT,
            "(AllowScheduler): StringEquals aws:SourceArn",
        ),
    ],
    ids=["Lambda for another account", "the Scheduler for another group"],
)
def test_a_service_takes_a_role_for_its_own_resource_only(
    world: Any,
    denial: Denial,
    role: str,
    service: str,
    source_arn: str,
    source_account: str,
    miss: str,
) -> None:
    acting = ServicePrincipal(service, ACCOUNT, source_arn, source_account)
    arn = f"arn:aws:iam::{ACCOUNT}:role/agentcore-eval-local-{role}-{REGION}"
    call = world.acting("sts", acting).assume_role
    refused = denial(call, RoleArn=arn, RoleSessionName="confused")
    assert refused.code == "AccessDenied"
    assert miss in refused.near_misses[0]


# --- the operations side ----------------------------------------------------------------------


def test_the_operations_key_opens_for_its_own_log_groups_and_readers_only(
    world: Any, denial: Denial
) -> None:
    group = world.outputs["result_log_group"]
    refused = denial(world.client("logs").filter_log_events, logGroupName=group)
    assert refused.code == "AccessDeniedException"
    assert f"{NO_KEY_POLICY}Decrypt action" in refused.message
    assert refused.event["userIdentity"]["invokedBy"] == "logs.us-east-1.amazonaws.com"
    direct = denial(
        world.client("kms", "developer").generate_data_key,
        KeyId=world.outputs["operations_key_arn"],
        KeySpec="AES_256",
        EncryptionContext={"aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"},
    )
    assert direct.code == "AccessDeniedException"
    assert "(AllowUseThroughLogs): StringEquals kms:ViaService" in direct.near_misses[0]
    foreign = denial(
        world.client("logs").create_log_group,
        logGroupName="someone-elses",
        kmsKeyId=world.outputs["operations_key_arn"],
    )
    assert foreign.code == "AccessDeniedException"
    assert (
        "(AllowLogsService): ArnEquals kms:EncryptionContext:aws:logs:arn"
        in (foreign.near_misses[0])
    )


def test_readers_of_operations_data_do_not_read_artifacts(world: Any, denial: Denial) -> None:
    s3 = world.client("s3", "developer")
    refused = denial(s3.list_objects_v2, Bucket=world.bucket)
    assert refused.code == "AccessDenied"
    assert "because no identity-based policy allows the s3:ListBucket action" in refused.message


def test_the_schedules_role_uses_no_evaluation_key(world: Any, denial: Denial) -> None:
    group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/agentcore-eval-local"
    scheduler = ServicePrincipal("scheduler.amazonaws.com", ACCOUNT, group, ACCOUNT)
    role = f"arn:aws:iam::{ACCOUNT}:role/agentcore-eval-local-schedule-{REGION}"
    world.assume_as("schedule", role, scheduler)
    call, members = data_key(world, "schedule", {CONTEXT_KEY: EVALUATION})
    refused = denial(call, **members)
    assert (refused.code, refused.near_misses) == ("AccessDeniedException", [])


# --- through the controller -------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation", ["GetBatchEvaluation", "StopBatchEvaluation", "DeleteBatchEvaluation"]
)
def test_an_operator_does_not_reach_another_teams_evaluation(world: Any, operation: str) -> None:
    started = world.client("bedrock-agentcore", "developer").start_batch_evaluation(
        **world.request(f"theirs_{operation[:3]}")
    )
    error = world.invoke(operation, {"batchEvaluationId": started["batchEvaluationId"]}, fails=True)
    assert error["errorType"] == "ResourceNotFoundException"
    world.cloud.advance(15)


def test_an_operator_does_not_reach_another_teams_log_group(world: Any) -> None:
    request = world.request("their_logs")
    request["dataSourceConfig"]["cloudWatchLogs"]["logGroupNames"] = ["payroll"]
    error = world.invoke("StartBatchEvaluation", request, fails=True)
    assert error["errorType"] == "ValidationException"
    assert "payroll" in error["errorMessage"]


def test_nor_would_the_controllers_own_role_let_it(world: Any, denial: Denial) -> None:
    world.client("logs").create_log_group(logGroupName="payroll")
    request = world.request("their_logs")
    request["dataSourceConfig"]["cloudWatchLogs"]["logGroupNames"] = ["payroll"]
    service = world.client("bedrock-agentcore", "controller")
    refused = denial(service.start_batch_evaluation, **request, kmsKeyArn=world.key)
    assert refused.code == "ValidationException"
    assert "missing required CloudWatch Logs query permissions on payroll" in refused.message
    assert "no identity-based policy allows the logs:StartQuery action" in refused.message


@pytest.mark.parametrize(
    ("service", "call", "members"),
    [
        ("lambda", "get_function", {"FunctionName": "agentcore-eval-local-controller"}),
        ("lambda", "update_function_code", {"FunctionName": "agentcore-eval-local-controller"}),
        ("bedrock-agentcore", "list_batch_evaluations", {}),
        ("s3", "list_buckets", {}),
        ("logs", "describe_log_groups", {}),
    ],
)
def test_an_operator_may_invoke_and_nothing_else(
    world: Any, denial: Denial, service: str, call: str, members: dict[str, str]
) -> None:
    members = {**members, "S3Bucket": "code", "S3Key": "k"} if "update" in call else members
    refused = denial(getattr(world.client(service, "operator"), call), **members)
    assert refused.code.startswith("AccessDenied")
    assert "because no identity-based policy allows the" in refused.message


# --- objects ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "statement"),
    [
        ({"ServerSideEncryption": None, "SSEKMSKeyId": None}, "DenyWrongKey"),
        ({"SSEKMSKeyId": None}, "DenyWrongKey"),
        ({"SSEKMSKeyId": "alias/aws/s3"}, "DenyWrongKey"),
        ({"SSEKMSKeyId": "operations"}, "DenyWrongKey"),
        ({"SSEKMSKeyId": "bare id"}, "DenyWrongKey"),
        ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": None}, "DenyWrongKey"),
        ({"ServerSideEncryption": "aws:kms:dsse"}, "DenyWrongAlgorithm"),
    ],
    ids=[
        "without headers",
        "under the AWS managed key",
        "under the AWS managed key by name",
        "under the operations key",
        "under the evaluation key by its bare id",
        "under S3's own key",
        "with another algorithm",
    ],
)
def test_an_object_is_not_written_otherwise_than_under_the_key(
    world: Any, denial: Denial, changed: dict[str, Any], statement: str
) -> None:
    if changed.get("SSEKMSKeyId") == "operations":
        changed = {"SSEKMSKeyId": world.outputs["operations_key_arn"]}
    if changed.get("SSEKMSKeyId") == "bare id":
        changed = {"SSEKMSKeyId": world.outputs["evaluation_key_arn"].rpartition("/")[2]}
    if "ServerSideEncryption" in changed and changed["ServerSideEncryption"] != "aws:kms:dsse":
        changed = {**changed, "SSEKMSEncryptionContext": None, "BucketKeyEnabled": None}
    refused = denial(world.client("s3", "controller").put_object, **sealed(world, **changed))
    assert refused.code == "AccessDenied"
    assert "with an explicit deny in a resource-based policy" in refused.message
    assert refused.decided_by[0].endswith(f"({statement})")


def test_an_object_is_not_written_under_a_customers_own_secret(world: Any, denial: Denial) -> None:
    # SSE-C needs TLS, which the SDK would enforce: the headers are put in by hand.
    s3 = world.client("s3", "controller")
    members = {"Bucket": world.bucket, "Key": "attack.json", "Body": b"{}"}

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-amz-server-side-encryption-customer-algorithm"] = "AES256"

    s3.meta.events.register("before-call.s3.PutObject", add)
    try:
        refused = denial(s3.put_object, **members)
    finally:
        s3.meta.events.unregister("before-call.s3.PutObject", add)
    assert refused.decided_by[0].endswith("(DenyWrongKey)")


def test_a_multipart_upload_fails_at_its_first_part(world: Any, denial: Denial) -> None:
    s3 = world.client("s3", "controller")
    begun = s3.create_multipart_upload(**sealed(world, Body=None))
    refused = denial(
        s3.upload_part,
        Bucket=world.bucket,
        Key="attack.json",
        UploadId=begun["UploadId"],
        PartNumber=1,
        Body=b"{}",
    )
    assert (refused.code, refused.decided_by[0][-14:]) == ("AccessDenied", "(DenyWrongKey)")


def test_bucket_keys_on_a_put_leave_the_callers_statement(world: Any, denial: Denial) -> None:
    call = world.client("s3", "controller").put_object
    refused = denial(call, **sealed(world, BucketKeyEnabled=True))
    assert (refused.code, f"{NO_KEY_POLICY}GenerateDataKey" in refused.message) == (
        "AccessDenied",
        True,
    )
    assert "(AllowCallerCryptoOps): StringLike kms:EncryptionContext" in refused.near_misses[0]
    assert refused.event["requestParameters"]["encryptionContext"] == {
        "aws:s3:arn": f"arn:aws:s3:::{world.bucket}"
    }


@pytest.mark.parametrize("who", ["controller", "deployer"])
def test_plain_http_is_denied_to_everybody(world: Any, denial: Denial, who: str) -> None:
    s3 = world.client("s3", who, plain=True)
    for call, members in (
        (s3.put_object, sealed(world)),
        (s3.get_object, {"Bucket": world.bucket, "Key": "any"}),
        (s3.list_objects_v2, {"Bucket": world.bucket}),
    ):
        refused = denial(call, **members)
        assert refused.code == "AccessDenied"
        assert refused.decided_by[0].endswith("(DenyPlainHttp)")


def test_old_tls_is_denied_by_the_bucket(world: Any) -> None:
    # No listener speaks it: the bucket's policy is asked directly.
    text = world.client("s3").get_bucket_policy(Bucket=world.bucket)["Policy"]
    policy = parse_policy(text, PolicyType.BUCKET)
    who = AccessPrincipal.of(f"arn:aws:iam::{ACCOUNT}:user/deployer")
    for version, denied in (("1.1", True), ("1.2", False), ("1.3", False)):
        context = {"aws:SecureTransport": "true", "s3:TlsVersion": version}
        asked = Request(who, "s3:GetObject", f"arn:aws:s3:::{world.bucket}/k", context)
        decision = is_authorized(asked, Policies(resource=policy))
        by = [ruling.statement.sid for ruling in decision.decided_by]
        assert by == (["DenyOldTls"] if denied else [])


def test_plain_http_is_denied_at_the_queues_too(world: Any, denial: Denial) -> None:
    url = f"{world.cloud.plain_address}/{ACCOUNT}/agentcore-eval-local-failures"
    sqs = world.client("sqs", plain=True)
    refused = denial(sqs.send_message, QueueUrl=url, MessageBody="{}")
    assert (refused.code, refused.decided_by[0][-15:]) == ("AccessDenied", "(DenyPlainHttp)")


@pytest.mark.parametrize("service", ["s3", "sqs"])
def test_another_account_is_denied_by_bucket_and_queue(
    world: Any, denial: Denial, service: str
) -> None:
    client = world.client(service, "outsider")
    url = f"{world.cloud.address}/{ACCOUNT}/agentcore-eval-local-failures"
    refused = (
        denial(client.list_objects_v2, Bucket=world.bucket)
        if service == "s3"
        else denial(client.receive_message, QueueUrl=url)
    )
    assert (refused.code, refused.decided_by[0][-19:]) == ("AccessDenied", "(DenyOtherAccounts)")


def test_an_administrator_lists_artifacts_and_reads_none(world: Any, denial: Denial) -> None:
    world.client("s3", "controller").put_object(**sealed(world, Key="artifact.json"))
    s3 = world.client("s3")
    assert s3.head_object(Bucket=world.bucket, Key="artifact.json")["SSEKMSKeyId"] == world.key
    refused = denial(s3.get_object, Bucket=world.bucket, Key="artifact.json")
    assert (refused.code, f"{NO_KEY_POLICY}Decrypt action" in refused.message) == (
        "AccessDenied",
        True,
    )
    assert refused.event["userIdentity"]["invokedBy"] == "s3.us-east-1.amazonaws.com"
    copied = {"Bucket": world.bucket, "Key": "artifact.json"}
    world.client("s3").create_bucket(Bucket="elsewhere")
    assert denial(s3.copy_object, Bucket="elsewhere", Key="k", CopySource=copied).code == (
        "AccessDenied"
    )


def test_a_missing_object_is_forbidden_to_who_may_not_list(
    world: Any, denial: Denial, document: Any
) -> None:
    reading = document("s3:GetObject", f"arn:aws:s3:::{world.bucket}/*")
    world.assume("blind", world.role("Blind", reading))
    call = world.client("s3", "blind").get_object
    refused = denial(call, Bucket=world.bucket, Key="missing")
    assert (refused.code, "s3:ListBucket" in refused.message) == ("AccessDenied", True)


def test_deleting_several_objects_is_decided_for_each(world: Any, document: Any) -> None:
    own = document("s3:DeleteObject", f"arn:aws:s3:::{world.bucket}/own/*")
    world.assume("tidy", world.role("Tidy", own))
    objects = [{"Key": "own/one"}, {"Key": "artifact.json"}]
    answer = world.client("s3", "tidy").delete_objects(
        Bucket=world.bucket, Delete={"Objects": objects}
    )
    assert [one["Key"] for one in answer["Deleted"]] == ["own/one"]
    (error,) = answer["Errors"]
    assert (error["Key"], error["Code"]) == ("artifact.json", "AccessDenied")


# --- ways around ------------------------------------------------------------------------------


def presigned(world: Any, who: str, operation: str, plain: bool = False, **members: Any) -> str:
    key, secret, token = world.people[who]
    client = isolated_session(REGION).client(
        "s3",
        endpoint_url=world.cloud.plain_address if plain else world.cloud.address,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )
    try:
        return client.generate_presigned_url(operation, {"Bucket": world.bucket, **members})
    finally:
        client.close()


def test_a_presigned_url_has_no_more_rights_than_who_made_it(world: Any) -> None:
    world.client("s3", "controller").put_object(**sealed(world, Key="artifact.json"))
    with urllib3.PoolManager() as http:
        for who, plain, status, reason in (
            ("controller", False, 200, b""),
            ("deployer", False, 403, b"kms:Decrypt"),
            ("operator", False, 403, b"no identity-based policy allows the s3:GetObject"),
            ("controller", True, 403, b"explicit deny in a resource-based policy"),
        ):
            url = presigned(world, who, "get_object", plain, Key="artifact.json")
            answer = http.request("GET", url)
            assert (answer.status, reason in answer.data) == (status, True), who
        upload = presigned(world, "controller", "put_object", Key="attack.json")
        answer = http.request("PUT", upload, body=b"{}")
        assert (answer.status, b"explicit deny" in answer.data) == (403, True)


def test_a_presigned_url_is_good_for_what_was_signed_only(world: Any) -> None:
    s3 = world.client("s3", "controller")
    s3.put_object(**sealed(world, Key="artifact.json"))
    url = presigned(world, "controller", "get_object", Key="artifact.json")
    upload = presigned(world, "controller", "put_object", Key="attack.json")
    sse = {"x-amz-server-side-encryption": "aws:kms"}
    with urllib3.PoolManager() as http:
        assert http.request("GET", url).status == 200
        for method, target, headers in (
            ("DELETE", url, {}),
            ("PUT", url, {}),
            ("GET", url.replace("artifact.json", "other.json"), {}),
            ("GET", url.replace("artifact.json", "../artifact.json"), {}),
            ("GET", f"{url}&versionId=null", {}),
            ("GET", f"{url}&acl", {}),
            ("GET", url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"), {}),
            ("GET", url.replace("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="), {}),
            ("GET", url, {"x-amz-expected-bucket-owner": ACCOUNT}),
            ("PUT", upload, sse),
            ("PUT", upload, {name.upper(): value for name, value in sse.items()}),
            ("PUT", upload, {"X-Amz-Copy-Source": f"{world.bucket}/artifact.json"}),
        ):
            answer = http.request(method, target, headers=headers)
            assert answer.status == 403, (method, target, headers)
            assert b"SignatureDoesNotMatch" in answer.data or b"not signed" in answer.data
    listed = s3.list_objects_v2(Bucket=world.bucket, Prefix="attack.json")
    assert listed["KeyCount"] == 0


def test_a_chunked_upload_is_decided_by_its_headers(world: Any, denial: Denial) -> None:
    s3 = world.client("s3", "controller")
    bare = {"Bucket": world.bucket, "Key": "attack.json", "Body": b"{}" * 1000}
    refused = denial(s3.put_object, **bare, ChecksumAlgorithm="CRC32")
    assert refused.decided_by[0].endswith("(DenyWrongKey)")
    s3.put_object(**sealed(world, Body=b"{}" * 1000), ChecksumAlgorithm="CRC32")


@pytest.mark.parametrize("token", ["bogus", "", "operator's"])
def test_the_controllers_session_needs_its_own_token(
    world: Any, denial: Denial, token: str
) -> None:
    key, secret, _ = world.people["controller"]
    given = world.people["operator"][2] if token == "operator's" else token
    world.people[f"forged {token}"] = (key, secret, given)
    call, members = data_key(world, f"forged {token}", {CONTEXT_KEY: EVALUATION})
    refused = denial(call, **members)
    assert (refused.code, refused.event) == ("UnrecognizedClientException", {})


def test_a_session_ends_with_its_role(world: Any, denial: Denial, document: Any) -> None:
    world.assume("leaver", world.role("Leaver", document("kms:ListKeys", "*")))
    kms = world.client("kms", "leaver")
    kms.list_keys()
    world.client("iam").delete_role_policy(RoleName="Leaver", PolicyName="own")
    assert "no identity-based policy" in denial(kms.list_keys).message
    world.client("iam").delete_role(RoleName="Leaver")
    refused = denial(kms.list_keys)
    assert refused.code == "AccessDeniedException"
    assert "does not exist any more" in refused.message


def test_a_request_that_reads_in_two_ways_is_decided_on_what_is_done(
    world: Any, denial: Denial
) -> None:
    controller = world.outputs["controller_function_name"]
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:mine"
    world.assume("mine", world.role("Mine", {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "lambda:*", "Resource": function},
            {"Effect": "Allow", "Action": "s3:GetBucketAcl", "Resource": "*"},
        ],
    }))  # fmt: skip
    aws_lambda = world.client("lambda", "mine")

    def rename(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps({"FunctionName": "mine", "ReservedConcurrentExecutions": 0})

    aws_lambda.meta.events.register("before-call.lambda.PutFunctionConcurrency", rename)
    refused = denial(
        aws_lambda.put_function_concurrency,
        FunctionName=controller,
        ReservedConcurrentExecutions=0,
    )
    assert f"function:{controller} because no identity-based policy" in refused.message
    s3 = world.client("s3", "mine")

    def add(params: dict[str, Any], **_: Any) -> None:
        params["url"] += "&policy"

    s3.meta.events.register("before-call.s3.GetBucketAcl", add)
    refused = denial(s3.get_bucket_acl, Bucket=world.bucket)
    assert (refused.code, "Conflicting query string" in refused.message) == (
        "InvalidArgument",
        True,
    )


def test_a_forward_access_session_has_no_more_rights_than_its_principal(
    world: Any, denial: Denial
) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/deployer"
    acting = ForwardAccessSession(Principal(arn, ACCOUNT, world.people["deployer"][0]), AGENTCORE)
    refused = denial(
        world.acting("kms", acting).generate_data_key,
        KeyId=world.key,
        KeySpec="AES_256",
        EncryptionContext={CONTEXT_KEY: EVALUATION},
    )
    assert (refused.code, arn in refused.message) == ("AccessDeniedException", True)
