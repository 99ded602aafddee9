"""`python -m local load`: agent sessions into the running endpoint, and how to evaluate them."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cli.command_error import CommandError
from local.cli.running_endpoint import client
from local.services.agentcore.start_rules import DEFAULT_RESULT_GROUP
from local.telemetry.log_delivery import DEFECT_FILE, SAMPLE_FILES, SAMPLES, Loaded, load_files
from local.terminal import remark, shell_word, show


def load(files: Sequence[Path], log_group: str | None, *, defects: bool) -> None:
    """Load recordings, the samples without any, and print what can be done with them.

    Raises CommandError, which says which line or call is the reason.
    """
    names = (*SAMPLE_FILES, *((DEFECT_FILE,) if defects else ()))
    paths = files or [SAMPLES / name for name in names]
    now = time.time()
    try:
        loaded = load_files(client("logs"), paths, now, log_group=log_group)
        functions = list(_controllers(client("lambda")))
    except (OSError, ValueError, RuntimeError, ClientError, BotoCoreError) as error:
        raise CommandError(f"{error}{_advice(error)}") from error
    for line in _report(loaded):
        show(remark(line))
    for function in functions or [None]:
        for line in commands(loaded, function, now):
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


def commands(loaded: Loaded, function: dict[str, str] | None, now: float) -> Iterator[str]:
    """Give what to type to evaluate the sessions: through a controller, and as a caller.

    An evaluation's name can be used once, so each has the moment of this load in it.
    """
    prefix = next(iter(json.loads((function or {}).get("NAME_PREFIXES", "[]"))), "run_")
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d_%H%M%S")
    for number, (service, groups) in enumerate(sorted(loaded.groups.items())):
        if not loaded.sessions.get(service):
            continue
        name = f"{prefix}{stamp}" + (f"_{number}" if number else "")
        request = {
            "batchEvaluationName": name,
            "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
            "dataSourceConfig": {
                "cloudWatchLogs": {"serviceNames": [service], "logGroupNames": list(groups)}
            },
        }
        yield ""
        if function:
            yield from _through_controller(service, request, function)
        yield from _as_caller(service, request, function)
    if function is None:
        yield remark("No controller is deployed here: python -m local up deploys one, with its key")


def _through_controller(
    service: str, request: dict[str, Any], function: dict[str, str]
) -> Iterator[str]:
    event = {"operation": "StartBatchEvaluation", "parameters": request}
    yield remark(f"Evaluate {service} through the controller, as the deployer or an operator:")
    yield remark(f"under the evaluation key, results in {function.get('RESULT_LOG_GROUP')}")
    yield f"printf '%s\\n' {shell_word(json.dumps(event))} > start.json"
    yield (
        f"aws lambda invoke --function-name {shell_word(function['NAME'])}"
        " --payload fileb://start.json answer.json && cat answer.json"
    )


def _as_caller(
    service: str, request: dict[str, Any], function: dict[str, str] | None
) -> Iterator[str]:
    direct = request | {"batchEvaluationName": f"{request['batchEvaluationName']}_direct"}
    key = {"kmsKeyArn": function["EVALUATION_KEY_ARN"]} if function else {}
    under = (
        "a caller of the key: as_developer, if it names that" if key else "a caller, under no key"
    )
    yield remark(f"Evaluate {service} as {under}")
    yield remark(
        f"Results of sessions go to the default group {DEFAULT_RESULT_GROUP} then, of AWS,"
    )
    yield remark("with the explanations of the judge, and under no key of yours")
    text = shell_word(json.dumps(direct | key))
    yield f"aws bedrock-agentcore start-batch-evaluation --cli-input-json {text}"
