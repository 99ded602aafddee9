"""What is deployed: the shipped models, the zip, and how little a start of the container does."""

import ast
import copy
import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from botocore.loaders import create_loader
from botocore.regions import EndpointResolver

from components.controller_archive import archive_file
from components.function.aws import service_model
from components.function.aws.clients import Clients

FUNCTION = Path(service_model.__file__).parent.parent


@pytest.fixture(scope="module")
def trim_models() -> ModuleType:
    path = FUNCTION.parent.parent / "tools" / "trim_models.py"
    spec = importlib.util.spec_from_file_location("trim_models", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_models_are_those_of_the_installed_sdk(trim_models: ModuleType) -> None:
    assert trim_models.differences() == []


def test_a_changed_or_foreign_model_file_is_noticed(
    trim_models: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path, content in trim_models.files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    service = tmp_path / "kms" / "2014-11-01" / "service-2.json"
    service.write_text(service.read_text().replace("DryRunModifiers", "DryRunModifier"))
    (tmp_path / "kms" / "2014-11-01" / "endpoint-rule-set-1.json").unlink()
    (tmp_path / "notes.json").write_text("{}")
    monkeypatch.setattr(trim_models, "MODELS", tmp_path)

    assert trim_models.differences() == [
        "'notes.json': not a file that this tool writes",
        "kms/2014-11-01/endpoint-rule-set-1.json: missing",
        "kms/2014-11-01/service-2.json: differs from the installed botocore",
    ]


def test_the_models_hold_the_operations_that_are_called_and_no_prose() -> None:
    documents = {
        path.parent.parent.name: json.loads(path.read_text())
        for path in FUNCTION.glob("models/*/*/service-2.json")
    }

    assert {name: len(model["operations"]) for name, model in documents.items()} == {
        "bedrock-agentcore": 5,
        "kms": 3,
        "s3": 7,
    }
    assert '"documentation": "' not in json.dumps(documents)
    assert "DryRunModifiers" in documents["kms"]["shapes"]["DecryptRequest"]["members"]


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "https://bedrock-agentcore.us-east-1.amazonaws.com"),
        ("us-gov-west-1", "https://bedrock-agentcore.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://bedrock-agentcore.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_clients_are_made_from_the_shipped_models_in_every_partition(
    region: str, host: str
) -> None:
    made = Clients(region)

    model = made.evaluations.meta.service_model
    assert len(model.operation_names) == 5
    assert len(made.kms.meta.service_model.operation_names) == 3
    assert len(made.s3.meta.service_model.operation_names) == 7
    assert made.evaluations.can_paginate("list_batch_evaluations")
    assert made.evaluations.meta.endpoint_url == host
    assert made.evaluations.meta.config.retries["mode"] == "adaptive"


def test_the_shipped_endpoints_are_the_sdks_in_every_region(trim_models: ModuleType) -> None:
    """As the SDK resolves them: host, signature and name to sign for."""
    whole = create_loader().load_data("endpoints")
    regions = [region for partition in whole["partitions"] for region in partition["regions"]]
    for fips in (False, True):
        # A resolver writes into its document.
        theirs = EndpointResolver(copy.deepcopy(whole))
        ours = EndpointResolver(json.loads((FUNCTION / "models" / "endpoints.json").read_text()))
        for region in [*regions, "eu-north-9"]:
            for service in trim_models.SERVICES:
                expected = theirs.construct_endpoint(service, region, use_fips_endpoint=fips)
                assert expected
                found = ours.construct_endpoint(service, region, use_fips_endpoint=fips)
                assert found == expected


def test_a_later_model_in_the_runtimes_sdk_is_not_taken_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for service in ("bedrock-agentcore", "kms"):
        later = tmp_path / service / "2999-01-01" / "service-2.json"
        later.parent.mkdir(parents=True)
        later.write_text('{"metadata": {}, "operations": {}, "shapes": {}}')
    monkeypatch.setattr("botocore.loaders.Loader.CUSTOMER_DATA_PATH", str(tmp_path))

    made = Clients("us-east-1")

    assert len(made.evaluations.meta.service_model.operation_names) == 5
    assert len(made.kms.meta.service_model.operation_names) == 3


def test_writes_are_conditional_whatever_the_runtimes_sdk_knows() -> None:
    """By the shipped model; the SDK learned of it in August 2024."""
    put = Clients("us-east-1").s3.meta.service_model.operation_model("PutObject")

    assert "IfNoneMatch" in put.input_shape.members
    assert put.service_model.signing_name == "s3"


def test_the_zip_answers_by_itself(tmp_path: Path) -> None:
    """In a process that sees nothing else of ours, as Lambda's does."""
    with zipfile.ZipFile(archive_file()) as opened:
        opened.extractall(tmp_path)
    script = """
import types
from function.handler import handle
context = types.SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 9000)
try:
    handle({"operation": "StartBatchEvaluation", "parameters": {}}, context)
except Exception as error:
    print(type(error).__name__, error)
"""
    environment = {
        "ACCOUNT_ID": "111122223333",
        "ALLOW_DELETE": "true",
        "AWS_REGION": "us-east-1",
        "ENVIRONMENT_NAME": "team",
        "EVALUATION_KEY_ARN": "arn:aws:kms:us-east-1:111122223333:"
        "key/aaaaaaaa-1111-2222-3333-444444444444",
        "METRICS_NAMESPACE": "AgentCoreBatchEvaluation",
        "NAME_PREFIXES": "[]",
        "OUTPUT_BUCKET": "bucket",
        "RESULT_LOG_GROUP": "team-results",
        "SOURCE_LOG_GROUPS": '["aws/spans"]',
    }

    def run(variables: dict[str, str]) -> str:
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.'){script}"],
            cwd=tmp_path,
            env=keep | variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert "ValidationException batchEvaluationName: expected a value" in run(environment)
    assert "SettingsError environment variables: AWS_REGION" in run({})


def test_the_function_imports_nothing_but_botocore_itself_and_the_standard_library() -> None:
    for module in FUNCTION.rglob("*.py"):
        depth = len(module.relative_to(FUNCTION).parts)
        for node in ast.walk(ast.parse(module.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level <= depth, module.name
                names = [node.module or ""] if node.level == 0 else []
            for name in names:
                root = name.partition(".")[0]
                assert root == "botocore" or root in sys.stdlib_module_names, (module.name, name)


def test_importing_the_handler_reads_no_model_and_not_the_whole_sdk() -> None:
    """Container starts are paid for and waited for; clients and models come when needed."""
    script = f"""
import sys
sys.path.insert(0, {str(archive_file())!r})
import function.handler
from function.aws import service_model
print(service_model.evaluations_model.cache_info().currsize)
print(sorted({{"boto3", "s3transfer"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["0", "[]"]
