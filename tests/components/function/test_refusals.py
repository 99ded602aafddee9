"""A refusal keeps AWS's name and becomes our own sentence: known fields, known causes."""

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError, ReadTimeoutError

from components.config.deployment_target import DeploymentTarget
from components.config.names import Names
from components.function import errors
from components.function.aws.error_translation import GRANTED_BY, causes, from_sdk
from components.iam import key_policies, role_policies

SERVICE = "bedrock-agentcore.amazonaws.com"
METADATA = "evaluationMetadata.sessionMetadata[2].metadata"


def refusal(
    code: str = "ValidationException",
    message: str = "",
    operation: str = "StartBatchEvaluation",
    **members: Any,
) -> errors.ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, **members}
    return errors.ClientError(answer, operation)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ThrottlingException", "SomethingNewException"]
)
def test_a_services_error_keeps_its_name(code: str) -> None:
    named = from_sdk(refusal(code, operation="GetBatchEvaluation"))

    assert type(named).__name__ == code
    assert isinstance(named, errors.ControllerError)
    assert str(named) == f"GetBatchEvaluation: {code}"


def test_an_error_of_kms_is_named_as_kms_names_it_when_s3_passes_it_on() -> None:
    named = from_sdk(refusal("KMS.DisabledException", operation="PutObject"))

    assert type(named).__name__ == "DisabledException"


@pytest.mark.parametrize("code", ["a card number", "4111", "lower", "X" * 80, "<b>"])
def test_what_is_no_code_is_not_taken_for_one(code: str) -> None:
    assert type(from_sdk(refusal(code))).__name__ == "Unknown"


def test_no_answer_at_all_is_a_service_unavailable() -> None:
    named = from_sdk(ReadTimeoutError(endpoint_url="https://kms"))

    assert type(named).__name__ == "ServiceUnavailableException"
    assert str(named) == "no answer from AWS (ReadTimeoutError)"


def test_the_sdks_own_check_which_quotes_values_is_not_repeated() -> None:
    named = from_sdk(ParamValidationError(report="Invalid length for parameter x, value: secret"))

    assert type(named).__name__ == "InternalServerException"
    assert "secret" not in str(named)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("evaluators[0].evaluatorId", "evaluators[0].evaluatorId"),
        ("/evaluators/0/evaluatorId", "evaluators[0].evaluatorId"),
        ("evaluators.1.member.evaluatorId", "evaluators[1].evaluatorId"),
        ("$.kmsKeyArn", "kmsKeyArn"),
        (f"{METADATA}.diagnosis", METADATA),
        ("tags.diagnosis", "tags"),
        ("diagnosis", ""),
        ("", ""),
    ],
)
def test_fields_are_named_as_far_as_the_model_knows_them(name: str, known: str) -> None:
    told = str(from_sdk(refusal(reason="FieldValidationFailed", fieldList=[{"name": name}])))

    at = f"; at {known}" if known else ""
    assert told == f"StartBatchEvaluation: ValidationException; FieldValidationFailed{at}"


@pytest.mark.parametrize(
    ("message", "action"),
    [
        (
            "FAS credentials do not have permission to create CloudWatch log groups",
            "logs:CreateLogGroup",
        ),
        (
            "FAS credentials do not have permission to set log group retention policy",
            "logs:PutRetentionPolicy",
        ),
        (
            "Cannot verify log group x; ensure the execution role has logs:DescribeLogGroups",
            "logs:DescribeLogGroups",
        ),
        (
            "The evaluation execution role is missing required CloudWatch Logs query permissions",
            "logs:StartQuery",
        ),
        ("User: x is not authorized to perform: logs:TagResource on y", "logs:TagResource"),
    ],
)
def test_a_missing_log_permission_is_recognised_and_named(message: str, action: str) -> None:
    told = str(from_sdk(refusal(message=message)))

    assert f"the controller's role lacks {action} (statement {GRANTED_BY[action]}" in told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        pytest.param(
            f"AWS service: {SERVICE} is not authorized to perform: kms:GenerateDataKey",
            f"{SERVICE} lacks kms:GenerateDataKey (key policy AllowServicePrincipalAccess)",
            id="the service's half",
        ),
        pytest.param(
            "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt",
            "the controller's role lacks kms:Decrypt (key policy AllowCallerCryptoOps)",
            id="the caller's half",
        ),
        pytest.param(
            f"AWS service: {SERVICE} is not authorized: kms:Decrypt with an explicit deny",
            f"{SERVICE} lacks kms:Decrypt (a policy denies it explicitly)",
            id="the service's half, denied",
        ),
        pytest.param(
            "KMS key access denied",
            "look at the key's policy for AllowServicePrincipalAccess",
            id="nothing said but the key",
        ),
    ],
)
def test_a_refusal_for_the_key_names_the_statement(message: str, told: str) -> None:
    assert told in "; ".join(causes(refusal(message=message)))


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("with an explicit deny in a resource-based policy", "a policy denies it explicitly"),
        ("because no permissions boundary allows the", "no permissions boundary allows it"),
    ],
)
def test_no_statement_is_named_for_a_right_that_none_would_give(message: str, told: str) -> None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    (cause,) = causes(refusal(message=f"not authorized to perform: s3:PutObject {message}"))

    assert cause == f"the controller's role lacks s3:PutObject ({told})"


def test_an_action_that_nobody_needs_is_not_repeated() -> None:
    assert causes(refusal(message="not authorized to perform: s3:Diagnosis")) == []


def test_the_statements_named_are_those_that_grant_the_actions() -> None:
    target = DeploymentTarget("aws", "us-east-1", "111122223333")
    policy = role_policies.controller_policy(Names("team-dev", target), [], ["aws/spans"], True)
    key = key_policies.evaluation_key_policy(target, [target.iam_arn("role/r")])
    for action, sid in GRANTED_BY.items():
        document = key if action.startswith("kms:") else policy
        (statement,) = [one for one in document["Statement"] if one["Sid"] == sid]
        named = statement["Action"]
        assert action in ([named] if isinstance(named, str) else named), (action, sid)
