"""`python -m local load`: agent sessions into the running endpoint, and how to evaluate them."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.endpoint import client
from local.failures import CommandError
from local.telemetry import DEFECT_FILE, SAMPLE_FILES, SAMPLES, Loaded, load_files
from local.terminal import remark, shell_word, show


def load(files: Sequence[Path], log_group: str | None, *, defects: bool) -> None:
    """Load recordings, the samples without any, and print what can be done with them.

    Raises CommandError, which says which line or call is the reason.
    """
    names = (*SAMPLE_FILES, *((DEFECT_FILE,) if defects else ()))
    paths = files or [SAMPLES / name for name in names]
    try:
        loaded = load_files(client("logs"), paths, time.time(), log_group=log_group)
        functions = list(_controllers(client("lambda")))
    except (OSError, ValueError, RuntimeError, ClientError, BotoCoreError) as error:
        raise CommandError(f"{error}{_advice(error)}") from error
    for line in _report(loaded):
        show(remark(line))
    for function in functions or [None]:
        for line in _commands(loaded, function):
            show(line)


def _advice(error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    return "; load as the deployer (as_deployer)" if code.startswith("AccessDenied") else ""


def _report(loaded: Loaded) -> Iterator[str]:
    for (group, stream), count in sorted(loaded.events.items()):
        yield f"{count} records in {group} {stream}"
    for service, sessions in sorted(loaded.sessions.items()):
        yield f"service {service}: {len(sessions)} sessions"
        yield from (f"  {session}" for session in sessions)


def _controllers(client_of_lambda: Any) -> Iterator[dict[str, str]]:
    """Give the variables, with its name, of each controller function that was deployed here."""
    for page in client_of_lambda.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            if "EVALUATION_KEY_ARN" in variables:
                yield {**variables, "NAME": function["FunctionName"]}


def _commands(loaded: Loaded, function: dict[str, str] | None) -> Iterator[str]:
    """Give what to type to evaluate the sessions: for a caller, and through a controller."""
    prefix = next(iter(json.loads((function or {}).get("NAME_PREFIXES", "[]"))), "")
    for number, (service, groups) in enumerate(sorted(loaded.groups.items())):
        if not loaded.sessions.get(service):
            continue
        request = {
            "batchEvaluationName": f"{prefix}first" if number == 0 else f"{prefix}next_{number}",
            "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
            "dataSourceConfig": {
                "cloudWatchLogs": {"serviceNames": [service], "logGroupNames": list(groups)}
            },
        }
        yield ""
        yield remark(f"Evaluate {service} as a caller of the key: as_developer, if it names that")
        key = {"kmsKeyArn": function["EVALUATION_KEY_ARN"]} if function else {}
        yield _start(request | key)
        if function:
            another = {"batchEvaluationName": f"{request['batchEvaluationName']}_controlled"}
            event = {"operation": "StartBatchEvaluation", "parameters": request | another}
            yield remark("… or through the controller, as the deployer or an operator")
            yield f"printf '%s\\n' {shell_word(json.dumps(event))} > start.json"
            yield (
                f"aws lambda invoke --function-name {shell_word(function['NAME'])}"
                " --payload fileb://start.json answer.json && cat answer.json"
            )
    if function is None:
        yield remark("No controller is deployed here: python -m local up deploys one, with its key")


def _start(request: dict[str, Any]) -> str:
    text = shell_word(json.dumps(request))
    return f"aws bedrock-agentcore start-batch-evaluation --cli-input-json {text}"
