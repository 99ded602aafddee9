"""The key of an evaluation: checked at Start, used for artifacts, asked again at Get."""

import base64
import json
from typing import Any

import pytest

from local.aws_api.caller import ForwardAccessSession, ServicePrincipal

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
CONTEXT = "aws:bedrock-agentcore:batchEvaluationArn"
VIA = "bedrock-agentcore.amazonaws.com"


def test_the_key_is_tried_for_the_caller_and_for_the_service(world: Any, start: Any) -> None:
    answer = start(kmsKeyArn=KEY)
    assert answer["kmsKeyArn"] == KEY
    assert world.calls[:4] == [
        "caller:kms:DescribeKey",
        "caller:kms:GenerateDataKey",
        "caller:kms:Decrypt",
        "service:kms:GenerateDataKey",
    ]
    assert world.contexts
    assert all(one == {CONTEXT: answer["batchEvaluationArn"]} for one in world.contexts)


def test_calls_are_made_in_the_right_name(world: Any, start: Any) -> None:
    answer = start(kmsKeyArn=KEY)
    assert {acting for acting in world.acting if isinstance(acting, ForwardAccessSession)} == {
        ForwardAccessSession(world.caller, VIA)
    }
    assert {acting for acting in world.acting if isinstance(acting, ServicePrincipal)} == {
        ServicePrincipal(VIA, "999999999999", answer["batchEvaluationArn"], ACCOUNT)
    }


UNFIT: dict[str, tuple[dict[str, str], str]] = {
    "a disabled key": ({"KeyState": "Disabled"}, "KeyState Enabled, found Disabled"),
    "a key that is to be deleted": (
        {"KeyState": "PendingDeletion"},
        "KeyState Enabled, found PendingDeletion",
    ),
    "a key that waits for its material": (
        {"KeyState": "PendingImport"},
        "KeyState Enabled, found PendingImport",
    ),
    "an RSA key": ({"KeySpec": "RSA_2048"}, "KeySpec SYMMETRIC_DEFAULT, found RSA_2048"),
    "a signing key": ({"KeyUsage": "SIGN_VERIFY"}, "KeyUsage ENCRYPT_DECRYPT, found SIGN_VERIFY"),
    "a key of AWS's": ({"KeyManager": "AWS"}, "KeyManager CUSTOMER, found AWS"),
}


@pytest.mark.parametrize(("changes", "told"), UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_key_is_refused(
    api: Any, world: Any, start: Any, fit_key: Any, changes: dict[str, str], told: str
) -> None:
    world.keys[KEY] = fit_key(**changes)
    with pytest.raises(api.exceptions.ValidationException, match=told) as refusal:
        start(kmsKeyArn=KEY)
    assert {fault["name"] for fault in refusal.value.response["fieldList"]} == {"kmsKeyArn"}
    assert world.calls == ["caller:kms:DescribeKey"]
    assert api.list_batch_evaluations()["batchEvaluations"] == []


def test_a_key_that_does_not_exist_is_refused(api: Any, start: Any) -> None:
    with pytest.raises(api.exceptions.ValidationException, match="NotFoundException"):
        start(kmsKeyArn=KEY.replace("1111-2222", "1111-0000"))


@pytest.mark.parametrize(
    ("denied", "told"),
    [
        ("caller:kms:DescribeKey", "DescribeKey failed for the caller: AccessDeniedException"),
        ("caller:kms:GenerateDataKey", "the caller failed the kms:GenerateDataKey check"),
        ("caller:kms:Decrypt", "the caller failed the kms:Decrypt check"),
        ("service:kms:GenerateDataKey", f"{VIA} failed the kms:GenerateDataKey check"),
    ],
)
def test_a_missing_permission_on_the_key_is_named(
    api: Any, world: Any, start: Any, denied: str, told: str
) -> None:
    world.denied.add(denied)
    with pytest.raises(api.exceptions.ValidationException, match=told) as refusal:
        start(kmsKeyArn=KEY)
    assert {fault["name"] for fault in refusal.value.response["fieldList"]} == {"kmsKeyArn"}


def test_all_missing_permissions_on_the_key_are_named_at_once(
    api: Any, world: Any, start: Any
) -> None:
    world.denied |= {"caller:kms:Decrypt", "service:kms:GenerateDataKey"}
    with pytest.raises(api.exceptions.ValidationException) as refusal:
        start(kmsKeyArn=KEY)
    assert len(refusal.value.response["fieldList"]) == 2


def test_a_refused_start_leaves_nothing(api: Any, world: Any, start: Any) -> None:
    world.denied.add("service:kms:GenerateDataKey")
    with pytest.raises(api.exceptions.ValidationException):
        start(kmsKeyArn=KEY)
    assert not [one for one in world.calls if not one.split(":", 1)[1].startswith("kms:")]
    world.denied.clear()
    assert start(kmsKeyArn=KEY)["batchEvaluationName"] == "nightly"


def test_every_artifact_is_encrypted_under_the_key_and_the_context(
    world: Any, finished: Any, ground_truth: Any
) -> None:
    answer = finished(
        kmsKeyArn=KEY,
        evaluationMetadata=ground_truth,
        evaluators=[{"evaluatorId": "Builtin.FailureAnalysis"}],
    )
    folder = f"{ACCOUNT}/{answer['batchEvaluationId']}"
    assert sorted(world.objects) == [
        f"{folder}/data-source-config.json",
        f"{folder}/evaluation-results.json",
        f"{folder}/insight-results.json",
        f"{folder}/session-metadata.json",
    ]
    for put in world.objects.values():
        assert put["Bucket"] == "bedrock-agentcore-batch-evaluations-999999999999-us-east-1"
        assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", KEY)
        assert put["BucketKeyEnabled"] is False
        context = json.loads(base64.b64decode(put["SSEKMSEncryptionContext"]))
        assert context == {CONTEXT: answer["batchEvaluationArn"]}


def test_without_a_key_kms_is_not_asked(world: Any, finished: Any) -> None:
    assert finished()["status"] == "COMPLETED"
    assert not [one for one in world.calls if ":kms:" in one]
    assert {put["ServerSideEncryption"] for put in world.objects.values()} == {"AES256"}


@pytest.mark.parametrize(
    ("state", "told"),
    [("Disabled", "DisabledException"), ("PendingDeletion", "KMSInvalidStateException")],
)
def test_get_with_an_unusable_key_shows_metadata_and_why(
    api: Any, world: Any, finished: Any, state: str, told: str
) -> None:
    whole = finished(kmsKeyArn=KEY, description="nightly run")
    world.keys[KEY]["KeyState"] = state
    answer = api.get_batch_evaluation(batchEvaluationId=whole["batchEvaluationId"])
    assert {name for name in whole if name not in answer} == {
        "dataSourceConfig",
        "evaluationResults",
    }
    assert (answer["status"], answer["description"]) == ("COMPLETED", "nightly run")
    [text] = answer["errorDetails"]
    assert text.startswith(f"The results cannot be read: {KEY}: {told}")
    world.keys[KEY]["KeyState"] = "Enabled"
    again = api.get_batch_evaluation(batchEvaluationId=whole["batchEvaluationId"])
    assert again["evaluationResults"] == whole["evaluationResults"]


@pytest.mark.parametrize("who", ["caller", "service"])
def test_get_needs_decrypt(api: Any, world: Any, finished: Any, who: str) -> None:
    identifier = finished(kmsKeyArn=KEY)["batchEvaluationId"]
    world.denied.add(f"{who}:kms:Decrypt")
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert "evaluationResults" not in answer
    assert "AccessDeniedException" in answer["errorDetails"][0]


def test_get_can_be_set_to_need_the_services_permission_only(
    new_world: Any, api: Any, finished: Any
) -> None:
    world = new_world(read_needs_decrypt=False)
    identifier = start_in(world, api)
    world.denied.add("caller:kms:Decrypt")
    assert "evaluationResults" in api.get_batch_evaluation(batchEvaluationId=identifier)


def start_in(world: Any, api: Any) -> str:
    answer = api.start_batch_evaluation(
        batchEvaluationName="nightly",
        kmsKeyArn=KEY,
        evaluators=[{"evaluatorId": "Builtin.Refusal"}],
        dataSourceConfig={
            "cloudWatchLogs": {"serviceNames": ["nobody"], "logGroupNames": ["/none"]}
        },
    )
    world.advance(10)
    return answer["batchEvaluationId"]


def test_an_unreadable_reason_is_added_to_the_jobs_own(
    api: Any, world: Any, finished: Any, split: Any
) -> None:
    answer = finished(kmsKeyArn=KEY, source={**split, "serviceNames": ["nobody"]})
    world.keys[KEY]["KeyState"] = "Disabled"
    [text] = api.get_batch_evaluation(batchEvaluationId=answer["batchEvaluationId"])["errorDetails"]
    assert text.startswith("No sessions were found to evaluate. The results cannot be read")


def test_list_stop_and_delete_never_ask_the_key(
    api: Any, world: Any, start: Any, finished: Any
) -> None:
    running = start("running", kmsKeyArn=KEY)["batchEvaluationId"]
    done = finished("done", kmsKeyArn=KEY)["batchEvaluationId"]
    again = start("again", kmsKeyArn=KEY)["batchEvaluationId"]
    world.keys[KEY]["KeyState"] = "Disabled"
    del world.calls[:]
    rows = api.list_batch_evaluations()["batchEvaluations"]
    assert {row["kmsKeyArn"] for row in rows} == {KEY}
    api.stop_batch_evaluation(batchEvaluationId=again)
    api.delete_batch_evaluation(batchEvaluationId=done)
    api.delete_batch_evaluation(batchEvaluationId=running)
    assert world.calls == []
    world.advance(10)
    assert not [one for one in world.calls if ":kms:" in one]
    [row] = api.list_batch_evaluations()["batchEvaluations"]
    assert row["status"] == "STOPPED"


def test_a_key_lost_while_a_job_runs_fails_the_job(
    api: Any, world: Any, start: Any, samples: Any, events: Any
) -> None:
    identifier = start(kmsKeyArn=KEY)["batchEvaluationId"]
    world.advance(3)
    world.keys[KEY]["KeyState"] = "Disabled"
    world.advance(10)
    world.keys[KEY]["KeyState"] = "Enabled"
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert answer["status"] == "FAILED"
    [text] = answer["errorDetails"]
    assert text.startswith("The results could not be stored: KMS.DisabledException")
    assert "evaluationResults" not in answer
    # Results in CloudWatch Logs are not encrypted under this key.
    assert len(events(answer)) == 7


def test_while_a_job_runs_its_counters_need_no_key(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    identifier = start(kmsKeyArn=KEY)["batchEvaluationId"]
    world.advance(3)
    world.keys[KEY]["KeyState"] = "Disabled"
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert answer["evaluationResults"]["totalNumberOfSessions"] == 7


def test_a_dry_run_that_is_answered_is_a_fault_of_the_endpoint(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(world), "check_key", lambda *_: None)
    monkeypatch.setattr("local.services.agentcore.encryption._generate", lambda *_: lambda: {})
    with pytest.raises(RuntimeError, match="answered a dry run"):
        start(kmsKeyArn=KEY)
