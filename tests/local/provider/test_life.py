"""Each type created, read back, changed and deleted on the local AWS."""

import json
import time
from typing import Any
from unittest import mock

import pytest

from local.deploy.resource_monitor import TAKEN
from local.provider.archives import zip_bytes
from local.provider.lifecycle import CloudError, PartialError
from local.provider.resource_types import RESOURCES
from tests.local.provider.workshop import ACCOUNT, ROOT, Workshop, code, document, token, trust

# For each type: what to change, and the differences that the engine is to be shown.
CHANGES: dict[str, dict[str, Any]] = {
    "kms.Key": {
        "description": "more evaluations",
        "policy": document("kms:*", "kms:Decrypt", principal={"AWS": ROOT}),
        "rotationPeriodInDays": 365,
        "deletionWindowInDays": 14,
        "bypassPolicyLockoutSafetyCheck": True,
        "isEnabled": False,
        "tags": {"team": "quality", "stage": "dev"},
    },
    "kms.Alias": {"targetKeyId": lambda workshop: other_key(workshop)},
    "s3.Bucket": {"tags": {"stage": "dev"}, "forceDestroy": True},
    "s3.BucketServerSideEncryptionConfiguration": {
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    },
    "s3.BucketVersioning": {"versioningConfiguration": {"status": "Suspended"}},
    "s3.BucketPublicAccessBlock": {
        "blockPublicAcls": False,
        "blockPublicPolicy": False,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    },
    "s3.BucketOwnershipControls": {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    "s3.BucketLifecycleConfiguration": {
        "rules": [{"id": "expire", "status": "Disabled", "expiration": {"days": 60}}],
        "transitionDefaultMinimumObjectSize": "varies_by_storage_class",
    },
    "s3.BucketPolicy": {
        "policy": document(
            "s3:PutObject", principal={"AWS": ROOT}, resource="arn:aws:s3:::thing-exports/*"
        )
    },
    "cloudwatch.LogGroup": {
        "retentionInDays": 30,
        "kmsKeyId": lambda workshop: other_key(workshop),
        "tags": {"stage": "dev"},
    },
    "cloudwatch.MetricAlarm": {
        "actionsEnabled": False,
        "alarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:nobody"],
        "alarmDescription": "few failures",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "datapointsToAlarm": 1,
        "dimensions": {"QueueName": "other"},
        "evaluationPeriods": 2,
        "insufficientDataActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:on-call"],
        "metricName": "NumberOfMessagesSent",
        "namespace": "Own",
        "okActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:on-call"],
        "period": 60,
        "statistic": "Sum",
        "threshold": 2.5,
        "treatMissingData": "breaching",
        "unit": "Count",
        "tags": {"stage": "dev"},
    },
    "iam.Role": {
        "assumeRolePolicy": trust("scheduler.amazonaws.com"),
        "description": "fires",
        "maxSessionDuration": 3600,
        "permissionsBoundary": lambda workshop: workshop.output("iam.Policy", "arn"),
        "tags": {"stage": "dev"},
    },
    "iam.Policy": {"policy": document("s3:PutObject"), "tags": {"stage": "dev"}},
    "iam.RolePolicy": {"policy": document("s3:PutObject")},
    "lambda.Function": {
        "code": code("def handler(event, context): return None"),
        "description": "controller",
        "memorySize": 256,
        "timeout": 30,
        "environment": {"variables": {"MODE": "lenient"}},
        "tracingConfig": {"mode": "PassThrough"},
        "role": lambda workshop: other_role(workshop),
        "runtime": "python3.12",
        "handler": "index.other",
        "deadLetterConfig": {"targetArn": lambda workshop: workshop.output("sqs.Queue", "arn")},
        "loggingConfig": {"logFormat": "JSON", "systemLogLevel": "WARN"},
        "architectures": ["x86_64"],
        "reservedConcurrentExecutions": -1,
        "tags": {"stage": "dev"},
    },
    "lambda.FunctionEventInvokeConfig": {
        "maximumRetryAttempts": 2,
        "maximumEventAgeInSeconds": 60,
        "destinationConfig": {
            "onFailure": {
                "destination": lambda workshop: workshop.output("sqs.Queue", "arn", name="other")
            }
        },
    },
    "sqs.Queue": {
        "delaySeconds": 3,
        "kmsDataKeyReusePeriodSeconds": 300,
        "kmsMasterKeyId": lambda workshop: other_key(workshop),
        "maxMessageSize": 2048,
        "messageRetentionSeconds": 600,
        "receiveWaitTimeSeconds": 2,
        "visibilityTimeoutSeconds": 60,
        "redrivePolicy": lambda workshop: json.dumps(
            {
                "deadLetterTargetArn": workshop.output("sqs.Queue", "arn", name="other"),
                "maxReceiveCount": 3,
            }
        ),
        "tags": {"stage": "dev"},
    },
    "sqs.QueuePolicy": {"policy": document("sqs:ReceiveMessage", principal={"AWS": ROOT})},
    "scheduler.ScheduleGroup": {"tags": {"stage": "dev"}},
    "scheduler.Schedule": {
        "scheduleExpression": "rate(1 hour)",
        "scheduleExpressionTimezone": "Europe/Paris",
        "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5},
        "kmsKeyArn": lambda workshop: other_key(workshop),
        "target": {
            "arn": lambda workshop: workshop.output("lambda.Function", "arn"),
            "roleArn": lambda workshop: schedule_role(workshop),
            "input": "{}",
        },
        "state": "DISABLED",
        "description": "exports",
    },
}
# What is tried elsewhere or cannot be: rotation that is off hides its period; the local AWS keeps
# these settings of functions as they were made and takes one value of the schedule's; a queue has a
# key of KMS or one of SQS; a hash that was never given tells of no change.
UNTRIED: dict[str, set[str]] = {
    "kms.Key": {"enableKeyRotation"},
    "lambda.Function": {"kmsKeyArn", "ephemeralStorage", "sourceCodeHash"},
    "scheduler.Schedule": {"actionAfterCompletion"},
    "sqs.Queue": {"sqsManagedSseEnabled"},
}
# What a bucket keeps: versioning can only be suspended, and objects are always encrypted.
LASTING: dict[str, dict[str, Any]] = {
    "s3.BucketVersioning": {"versioningConfiguration": {"status": "Suspended"}},
    "s3.BucketServerSideEncryptionConfiguration": {
        "rules": [
            {
                "applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"},
                "bucketKeyEnabled": False,
                "blockedEncryptionTypes": ["SSE-C"],
            }
        ]
    },
}
TYPES = sorted({*CHANGES, "iam.RolePolicyAttachment"})


def other_role(workshop: Workshop) -> str:
    """A role that may send to the dead-letter queue: Lambda takes no other one."""
    name = workshop.output("iam.Role", "name", name="other")
    workshop.output("iam.RolePolicyAttachment", "id", role=name)
    return workshop.output("iam.Role", "arn", name="other")


def other_key(workshop: Workshop) -> str:
    """Return the ARN of a key that every service may use."""
    everybody = {"Service": ["logs.us-east-1.amazonaws.com"], "AWS": ROOT}
    return workshop.output("kms.Key", "arn", policy=document("kms:*", principal=everybody))


def schedule_role(workshop: Workshop) -> str:
    return workshop.inputs("scheduler.Schedule")["target"]["roleArn"]


def changes_of(workshop: Workshop, kind: str) -> dict[str, Any]:
    """Return the changes of a type with all that they use made."""

    def made(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: made(inner) for key, inner in value.items()}
        return value(workshop) if callable(value) else value

    return made(CHANGES[kind])


def test_every_type_is_tried() -> None:
    assert {token(kind) for kind in TYPES} == set(RESOURCES)


@pytest.mark.parametrize("kind", TYPES)
def test_every_input_is_changed_in_place_or_replaces(kind: str) -> None:
    """An input that cannot be changed in place and is not marked so fails as a change below."""
    fields = RESOURCES[token(kind)].fields
    assert set(CHANGES.get(kind, {})) | UNTRIED.get(kind, set()) == {
        name for name, field in fields.items() if not field.replaces
    }


@pytest.mark.parametrize("kind", TYPES)
def test_what_was_created_reads_back_and_imports_as_declared(workshop: Workshop, kind: str) -> None:
    resource_id, state, inputs = workshop.make(kind)
    read = workshop.provider.read(token(kind), "thing", resource_id, state, inputs)
    assert read is not None
    assert read[1] == inputs
    assert read[0] == state
    assert {key: state[key] for key in inputs} == inputs

    imported = workshop.provider.read(token(kind), "thing", resource_id, {}, {})
    assert imported is not None
    assert workshop.provider.diff(token(kind), *imported, inputs).paths == {}


@pytest.mark.parametrize("kind", CHANGES)
def test_an_update_makes_it_as_declared(workshop: Workshop, kind: str) -> None:
    resource_id, state, inputs = workshop.make(kind)
    changes = changes_of(workshop, kind)
    news = {**inputs, **changes}
    difference = workshop.provider.diff(token(kind), state, inputs, news)
    assert {path.split(".")[0].split("[")[0] for path in difference.paths} == set(changes)
    assert not any(replaces for _, replaces in difference.paths.values())

    updated = workshop.provider.update(token(kind), "thing", resource_id, inputs, news)

    read = workshop.provider.read(token(kind), "thing", resource_id, updated, news)
    assert read == (updated, news)
    found = workshop.provider.read(token(kind), "thing", resource_id, {}, {})
    assert found is not None
    assert workshop.provider.diff(token(kind), *found, news).paths == {}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_made_elsewhere_is_found_and_repaired(workshop: Workshop, kind: str) -> None:
    """The change is made by the provider itself; state and inputs do not know of it."""
    resource_id, state, inputs = workshop.make(kind)
    fields = RESOURCES[token(kind)].fields
    told = {
        key: value
        for key, value in changes_of(workshop, kind).items()
        if not fields[key].unread and (key in inputs or not fields[key].filled)
    }
    workshop.provider.update(token(kind), "thing", resource_id, inputs, {**inputs, **told})

    read = workshop.provider.read(token(kind), "thing", resource_id, state, inputs)
    assert read is not None
    drifted = workshop.provider.diff(token(kind), read[0], read[1], inputs)
    assert {path.split(".")[0].split("[")[0] for path in drifted.paths} == set(told)

    workshop.provider.update(token(kind), "thing", resource_id, read[1], inputs)
    repaired = workshop.provider.read(token(kind), "thing", resource_id, *read)
    assert repaired is not None
    assert workshop.provider.diff(token(kind), repaired[0], repaired[1], inputs).paths == {}


@pytest.mark.parametrize("kind", TYPES)
def test_what_was_deleted_is_gone(workshop: Workshop, kind: str) -> None:
    resource_id, state, _ = workshop.make(kind)
    workshop.provider.delete(token(kind), "thing", resource_id, state)
    gone = workshop.provider.read(token(kind), "thing", resource_id, state, {})
    if kind in LASTING:
        assert gone is not None
        (key, value), *_ = LASTING[kind].items()
        assert gone[0][key] == value
    else:
        assert gone is None
    workshop.provider.delete(token(kind), "thing", resource_id, state)


@pytest.mark.parametrize(
    "kind",
    [
        "cloudwatch.LogGroup",
        "cloudwatch.MetricAlarm",
        "iam.Policy",
        "iam.Role",
        "kms.Alias",
        "lambda.Function",
        "s3.Bucket",
        "scheduler.Schedule",
        "scheduler.ScheduleGroup",
        "sqs.Queue",
    ],
)
def test_a_name_that_is_taken_is_an_error(workshop: Workshop, kind: str) -> None:
    """S3 in us-east-1 and SQS would answer as if they had made it."""
    workshop.make(kind)
    with pytest.raises(CloudError, match="thing") as caught:
        workshop.make(kind)
    assert not isinstance(caught.value, PartialError)
    assert caught.value.code in TAKEN


class TestKeys:
    def test_a_key_is_deleted_after_its_window(self, workshop: Workshop) -> None:
        key, state, _ = workshop.make("kms.Key")
        workshop.provider.delete(token("kms.Key"), "thing", key, state)
        described = workshop.aws("kms").describe_key(KeyId=key)["KeyMetadata"]
        assert described["KeyState"] == "PendingDeletion"
        days = (described["DeletionDate"].timestamp() - time.time()) / 86400
        assert days == pytest.approx(7, abs=0.1)

    def test_tags_that_aws_does_not_tell_apart_are_all_managed(self, workshop: Workshop) -> None:
        key, state, inputs = workshop.make("kms.Key")
        workshop.aws("kms").tag_resource(KeyId=key, Tags=[{"TagKey": "x", "TagValue": "y"}])
        read = workshop.provider.read(token("kms.Key"), "thing", key, state, inputs)
        assert read is not None
        assert read[0]["tagsAll"] == {"team": "evaluation", "x": "y"}

    def test_a_period_of_rotation_stays_declared_while_rotation_is_off(
        self, workshop: Workshop
    ) -> None:
        """KMS tells no period then: nobody changed it, and the next update needs it."""
        key, state, inputs = workshop.make("kms.Key")
        workshop.aws("kms").disable_key_rotation(KeyId=key)
        read = workshop.provider.read(token("kms.Key"), "thing", key, state, inputs)
        assert read is not None
        assert read[1] == {**inputs, "enableKeyRotation": False}
        workshop.provider.update(token("kms.Key"), "thing", key, read[1], inputs)
        status = workshop.aws("kms").get_key_rotation_status(KeyId=key)
        assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)

        off = {**inputs, "enableKeyRotation": False}
        state = workshop.provider.update(token("kms.Key"), "thing", key, inputs, off)
        assert workshop.provider.read(token("kms.Key"), "thing", key, state, off) == (state, off)

    def test_undeclared_drift_appears_in_the_inputs(self, workshop: Workshop) -> None:
        key, state, inputs = workshop.make("kms.Key")
        workshop.aws("kms").disable_key(KeyId=key)
        read = workshop.provider.read(token("kms.Key"), "thing", key, state, inputs)
        assert read is not None
        assert read[1] == {**inputs, "isEnabled": False}


class TestBuckets:
    def put(self, workshop: Workshop, name: str) -> None:
        workshop.aws("s3").put_object(Bucket=name, Key="evaluations/one", Body=b"1")

    def test_one_that_holds_objects_is_not_deleted(self, workshop: Workshop) -> None:
        name, state, _ = workshop.make("s3.Bucket")
        self.put(workshop, name)
        with pytest.raises(CloudError, match="BucketNotEmpty"):
            workshop.provider.delete(token("s3.Bucket"), "thing", name, state)

    def test_force_destroy_deletes_every_version(self, workshop: Workshop) -> None:
        name, state, _ = workshop.make("s3.Bucket", forceDestroy=True)
        workshop.aws("s3").put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
        self.put(workshop, name)
        self.put(workshop, name)
        workshop.aws("s3").delete_object(Bucket=name, Key="evaluations/one")
        workshop.provider.delete(token("s3.Bucket"), "thing", name, state)
        assert workshop.provider.read(token("s3.Bucket"), "thing", name, state, {}) is None


class TestFunctions:
    def test_outputs_name_the_function_as_other_services_want_it(self, workshop: Workshop) -> None:
        _, state, _ = workshop.make("lambda.Function")
        arn = "arn:aws:lambda:us-east-1:111122223333:function:thing"
        gateway = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
        assert state["arn"] == arn
        assert state["qualifiedArn"] == f"{arn}:$LATEST"
        assert state["invokeArn"] == f"{gateway}/{arn}/invocations"

    def test_code_replaced_elsewhere_is_uploaded_again(self, workshop: Workshop) -> None:
        name, state, inputs = workshop.make("lambda.Function")
        other = workshop.make("lambda.Function", name="other", code=code("other = 1"))[1]
        assert other["codeSha256"] != state["codeSha256"]
        other_code = zip_bytes(code("other = 1"))
        workshop.aws("lambda").update_function_code(FunctionName=name, ZipFile=other_code)

        read = workshop.provider.read(token("lambda.Function"), "thing", name, state, inputs)
        assert read is not None
        assert "code" not in read[1]
        assert read[0]["codeSha256"] == other["codeSha256"]
        repaired = workshop.provider.update(
            token("lambda.Function"), "thing", name, read[1], inputs
        )
        assert repaired["codeSha256"] == state["codeSha256"]


class TestPolicies:
    def test_the_oldest_of_five_versions_makes_room(self, workshop: Workshop) -> None:
        arn, _, inputs = workshop.make("iam.Policy")
        for number in range(6):
            news = {**inputs, "policy": document(f"s3:Get{number}*")}
            workshop.provider.update(token("iam.Policy"), "thing", arn, inputs, news)
        versions = workshop.aws("iam").list_policy_versions(PolicyArn=arn)["Versions"]
        assert sorted(version["VersionId"] for version in versions) == [
            "v3",
            "v4",
            "v5",
            "v6",
            "v7",
        ]


class TestPartialFailure:
    def test_tells_id_and_state_so_that_the_next_update_finishes_it(
        self, workshop: Workshop
    ) -> None:
        client = workshop.aws("kms")
        with (
            mock.patch.object(client, "enable_key_rotation", side_effect=ValueError("not now")),
            pytest.raises(PartialError, match="thing: not now") as caught,
        ):
            workshop.make("kms.Key")
        partial = caught.value
        assert partial.state["keyId"] == partial.resource_id
        assert partial.state["enableKeyRotation"] is False

        inputs = workshop.inputs("kms.Key")
        state = workshop.provider.update(
            token("kms.Key"), "thing", partial.resource_id, inputs, inputs
        )
        assert state["enableKeyRotation"] is True
        assert len(client.list_keys()["Keys"]) == 1

    def test_nothing_made_is_no_partial_failure(self, workshop: Workshop) -> None:
        with pytest.raises(CloudError) as caught:
            workshop.make("kms.Key", policy='{"Version": "2012-10-17"}')
        assert not isinstance(caught.value, PartialError)
        assert caught.value.code == "MalformedPolicyDocumentException"


def test_an_error_names_resource_operation_and_cause(workshop: Workshop) -> None:
    with pytest.raises(CloudError) as caught:
        workshop.make("kms.Alias", targetKeyId="00000000-0000-0000-0000-000000000000")
    assert str(caught.value).startswith(
        "aws:kms/alias:Alias thing: CreateAlias failed: NotFoundException: "
    )
    assert caught.value.code == "NotFoundException"
