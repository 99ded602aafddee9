"""The demo under its own policies, and where it ends when the key's policy lacks a statement."""

from typing import Any

import pytest

from components.iam import key_policies
from components.iam.statements import Document
from local.cli.command_error import CommandError
from local.cli.demo import Demo
from local.cloud import LocalCloud


def test_the_demo_passes_under_its_own_policies(capsys: pytest.CaptureFixture[str]) -> None:
    with LocalCloud() as cloud, pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment().items():
            patch.setenv(name, value)
        assert Demo(cloud).run()
    told = capsys.readouterr().out
    # Each artifact lies under the key, and KMS was asked by nobody whom the policy does not name.
    assert "bytes, aws:kms, our key," in told
    assert "AccessDenied" not in told
    assert "Decrypt              agentcore-eval-local-controller" in told


@pytest.mark.parametrize(
    ("sid", "end"),
    [
        (
            "AllowCallerAccess",
            "StartBatchEvaluation: AccessDeniedException: .*missing permission kms:DescribeKey "
            r"\(key policy statement AllowCallerAccess\)",
        ),
        (
            "AllowCallerCryptoOps",
            "StartBatchEvaluation: AccessDeniedException: .*missing permission kms:GenerateDataKey "
            r"\(key policy statement AllowCallerCryptoOps\)",
        ),
        (
            "AllowServicePrincipalAccess",
            "StartBatchEvaluation: ValidationException: .*at kmsKeyArn; "
            "bedrock-agentcore.amazonaws.com lacks kms:GenerateDataKey "
            r"\(key policy AllowServicePrincipalAccess\)",
        ),
    ],
)
def test_without_a_statement_the_demo_ends_at_the_start_and_says_why(
    monkeypatch: pytest.MonkeyPatch, sid: str, end: str
) -> None:
    whole = key_policies.documented_key_statements

    def incomplete(*arguments: Any) -> list[Document]:
        return [statement for statement in whole(*arguments) if statement["Sid"] != sid]

    monkeypatch.setattr(key_policies, "documented_key_statements", incomplete)
    with LocalCloud() as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        with pytest.raises(CommandError, match=end):
            Demo(cloud).run()
