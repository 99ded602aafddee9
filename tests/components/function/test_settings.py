"""The function's environment variables."""

from typing import Any

import pytest

from components.function import settings
from components.function.errors import SettingsError

GOOD = {
    "AWS_REGION": "us-gov-west-1",
    "ACCOUNT_ID": "111122223333",
    "ALLOW_DELETE": "false",
    "ENVIRONMENT_NAME": "agentcore-eval-dev",
    "EVALUATION_KEY_ARN": "arn:aws-us-gov:kms:us-gov-west-1:111122223333:"
    "key/aaaaaaaa-1111-2222-3333-444444444444",
    "METRICS_NAMESPACE": "AgentCoreBatchEvaluation",
    "NAME_PREFIXES": '["dev_"]',
    "OUTPUT_BUCKET": "agentcore-eval-dev-exports-111122223333-us-gov-west-1",
    "RESULT_LOG_GROUP": "agentcore-eval-dev-results",
    "SOURCE_LOG_GROUPS": '["aws/spans","/aws/bedrock-agentcore/runtimes/*"]',
}


def test_good_variables_give_typed_settings_with_the_partition_of_the_key() -> None:
    read = settings.read(GOOD)

    assert read.partition == "aws-us-gov"
    assert read.allow_delete is False
    assert read.name_prefixes == ("dev_",)
    assert read.source_log_groups == ("aws/spans", "/aws/bedrock-agentcore/runtimes/*")
    assert read.evaluation_arn("dev_a-0123456789") == (
        "arn:aws-us-gov:bedrock-agentcore:us-gov-west-1:111122223333:batch-evaluate/dev_a-0123456789"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("AWS_REGION", "", id="an empty Region"),
        pytest.param("ACCOUNT_ID", "1111", id="an account of four digits"),
        pytest.param("ALLOW_DELETE", "yes", id="a switch that is neither true nor false"),
        pytest.param("EVALUATION_KEY_ARN", "alias/key", id="an alias for a key ARN"),
        pytest.param(
            "EVALUATION_KEY_ARN",
            GOOD["EVALUATION_KEY_ARN"].replace("west", "east"),
            id="a key of another Region",
        ),
        pytest.param(
            "EVALUATION_KEY_ARN",
            GOOD["EVALUATION_KEY_ARN"].replace("1111222", "9999888"),
            id="a key of another account",
        ),
        pytest.param("METRICS_NAMESPACE", "AWS/Mine", id="a namespace of AWS"),
        pytest.param("NAME_PREFIXES", '["dev"]', id="a prefix without underscore"),
        pytest.param("NAME_PREFIXES", "dev_", id="a prefix list that is not JSON"),
        pytest.param("OUTPUT_BUCKET", "Bucket", id="a bucket name in capitals"),
        pytest.param(
            "RESULT_LOG_GROUP", "/aws/bedrock-agentcore/evaluations/mine", id="a reserved log group"
        ),
        pytest.param("SOURCE_LOG_GROUPS", '["a*b"]', id="a star in the middle"),
        pytest.param("SOURCE_LOG_GROUPS", '["*"]', id="a star for every log group"),
        pytest.param("SOURCE_LOG_GROUPS", "[1]", id="a number for a log group"),
        pytest.param("SOURCE_LOG_GROUPS", '{"a": 1}', id="an object for a list"),
    ],
)
def test_a_bad_variable_is_named_with_what_was_found(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        settings.read({**GOOD, name: value})

    assert f"{name}: expected" in str(raised.value)
    assert str(raised.value).endswith(f"found {value!r}")


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        settings.read({})

    missing: list[Any] = [name for name in GOOD if f"{name}: expected" not in str(raised.value)]
    assert missing == []
