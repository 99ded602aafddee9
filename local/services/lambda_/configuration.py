"""Lambda's settings that moto forgets, or forgets to change.

Source: docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

import json
from dataclasses import replace
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState

_SETTERS = frozenset({"CreateFunction", "UpdateFunctionConfiguration"})
_GETTERS = _SETTERS | {
    "GetFunction",
    "GetFunctionConfiguration",
    "ListFunctions",
    "UpdateFunctionCode",
}
# moto would change or show the function itself, whatever version or alias is named.
_UNQUALIFIED = frozenset(
    f"{verb}Function{setting}Config"
    for verb in ("Create", "Delete", "Get", "Put", "Update")
    for setting in ("EventInvoke", "Url")
)
# moto takes the last two when a function is made, but no change of them.
_FORGOTTEN = ("DeadLetterConfig", "EphemeralStorage", "KMSKeyArn")


class FunctionSettings:
    """The layer that remembers them, by function name."""

    def __init__(self, state: MotoState) -> None:
        self._state = state
        self._settings: dict[str, dict[str, Any]] = {}

    def of(self, name: str) -> dict[str, Any]:
        """LoggingConfig of a function, and of what moto forgets the last that was set."""
        return {
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
            **self._settings.get(name, {}),
        }

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a Lambda call; raises NotImplemented for what moto would do to another one."""
        if call.action in _UNQUALIFIED and call.query("Qualifier") is not None:
            raise AwsError(
                "NotImplemented",
                f"{call.action}: the local endpoint keeps these settings of functions only, and "
                "not of their versions and aliases",
                501,
            )
        if call.action == "PutFunctionEventInvokeConfig":
            self._state.forget_event_invoke_config(call.account, call.parameters["FunctionName"])
        self._update(call)
        response = next_handler(call)
        if response.status >= 300 or call.action not in _GETTERS | {"DeleteFunction"}:
            return response
        if call.action == "DeleteFunction":
            self._settings.pop(call.parameters["FunctionName"].rpartition(":")[2], None)
            return response
        answer = json.loads(response.body)
        if call.action in _SETTERS:
            self._remember(answer["FunctionName"], call.parameters)
        configurations = answer.get("Functions", [answer.get("Configuration", answer)])
        for configuration in configurations:
            configuration.update(self.of(configuration["FunctionName"]))
        if call.action == "GetFunction":
            # moto leaves out a reservation of none, which lets nothing run.
            stored = self._state.function(call.account, answer["Configuration"]["FunctionName"])
            if stored and stored.reserved_concurrency is not None:
                answer["Concurrency"] = {
                    "ReservedConcurrentExecutions": stored.reserved_concurrency
                }
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        return replace(response, headers=headers, body=json.dumps(answer).encode())

    def _update(self, call: RequestContext) -> None:
        name = str(call.parameters.get("FunctionName")).rpartition(":")[2]
        if call.action == "UpdateFunctionConfiguration" and "TracingConfig" in call.parameters:
            tracing = call.parameters["TracingConfig"]
            self._state.change_function(call.account, name, tracing_config=tracing)
        if call.action == "UpdateFunctionCode" and "Architectures" in call.parameters:
            architectures = call.parameters["Architectures"]
            if architectures not in (["arm64"], ["x86_64"]):
                raise AwsError(
                    "InvalidParameterValueException",
                    f"Architectures: expected arm64 or x86_64, found {architectures}",
                )
            self._state.change_function(call.account, name, architectures=architectures)

    def _remember(self, name: str, parameters: dict[str, Any]) -> None:
        kept = self._settings.setdefault(name, {})
        if "LoggingConfig" in parameters:
            kept["LoggingConfig"] = {
                "LogFormat": "Text",
                "LogGroup": f"/aws/lambda/{name}",
                **parameters["LoggingConfig"],
            }
        kept |= {name: parameters[name] for name in _FORGOTTEN if name in parameters}
