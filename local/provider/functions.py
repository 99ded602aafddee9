"""AWS Lambda: functions and the handling of their asynchronous invocations."""

import base64
import hashlib
from typing import Any

from pulumi_aws import lambda_

from .archives import zip_bytes
from .aws_clients import Cloud, found
from .fields import Field, from_aws, to_aws
from .resource import ResourceType, Values

ABSENT = "ResourceNotFoundException"
ROLE_NOT_READY = "cannot be assumed by Lambda"
UNRESERVED = -1

CONFIGURATION = {
    "name": Field("FunctionName", replaces=True),
    "role": Field("Role"),
    "runtime": Field("Runtime"),
    "handler": Field("Handler"),
    "description": Field("Description", default=""),
    "memorySize": Field("MemorySize", default=128, allowed=range(128, 10241)),
    "timeout": Field("Timeout", default=3, allowed=range(1, 901)),
    "kmsKeyArn": Field("KMSKeyArn"),
    "environment": Field("Environment", fields={"variables": Field("Variables")}),
    "ephemeralStorage": Field(
        "EphemeralStorage",
        fields={"size": Field("Size", default=512, allowed=range(512, 10241))},
    ),
    "tracingConfig": Field(
        "TracingConfig",
        fields={"mode": Field("Mode", default="PassThrough", allowed=("PassThrough", "Active"))},
    ),
    "deadLetterConfig": Field("DeadLetterConfig", fields={"targetArn": Field("TargetArn")}),
    "loggingConfig": Field(
        "LoggingConfig",
        filled=True,
        fields={
            "logFormat": Field("LogFormat", filled=True, allowed=("JSON", "Text")),
            "logGroup": Field("LogGroup", filled=True),
            "applicationLogLevel": Field(
                "ApplicationLogLevel",
                filled=True,
                allowed=("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
            ),
            "systemLogLevel": Field(
                "SystemLogLevel", filled=True, allowed=("DEBUG", "INFO", "WARN")
            ),
        },
    ),
}
FUNCTION = {
    **CONFIGURATION,
    "architectures": Field("Architectures", default=["x86_64"], allowed=("x86_64", "arm64")),
    "tags": Field("Tags"),
    "code": Field(unread=True),
    "sourceCodeHash": Field(unread=True),
    "reservedConcurrentExecutions": Field(default=UNRESERVED),
}
# UpdateFunctionConfiguration keeps what it is not given; these values take a setting away.
CLEARED = {
    "Environment": {"Variables": {}},
    "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "KMSKeyArn": "",
}


def _create_function(cloud: Cloud, inputs: Values) -> str:
    client = cloud.client("lambda")
    request = {**to_aws(FUNCTION, inputs), "Code": {"ZipFile": zip_bytes(inputs.get("code"))}}
    cloud.when_ready("lambda", lambda: client.create_function(**request), ROLE_NOT_READY)
    return inputs["name"]


def _read_function(cloud: Cloud, name: str) -> dict[str, Any] | None:
    answer = found(lambda: cloud.client("lambda").get_function(FunctionName=name), ABSENT)
    if answer is None:
        return None
    function = answer["Configuration"]
    arn, version = function["FunctionArn"], function["Version"]
    qualified = arn if arn.endswith(f":{version}") else f"{arn}:{version}"
    gateway = f"arn:{cloud.partition}:apigateway:{cloud.region}:lambda:path/2015-03-31/functions"
    reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", UNRESERVED)
    return {
        **from_aws(FUNCTION, function),
        "name": name,
        "tags": answer.get("Tags", {}),
        "reservedConcurrentExecutions": reserved,
        "arn": arn,
        "qualifiedArn": qualified,
        "invokeArn": f"{gateway}/{arn}/invocations",
        "qualifiedInvokeArn": f"{gateway}/{qualified}/invocations",
        "version": version,
        "lastModified": function["LastModified"],
        "codeSha256": function["CodeSha256"],
        "sourceCodeSize": function["CodeSize"],
    }


def _update_function(cloud: Cloud, name: str, inputs: Values, changed: frozenset[str]) -> None:
    """Make the function so; each step waits until Lambda has taken in the one before."""
    client = cloud.client("lambda")
    _settle(cloud, name)
    if changed & CONFIGURATION.keys():
        request = {**CLEARED, **to_aws(CONFIGURATION, inputs)}
        cloud.when_ready(
            "lambda", lambda: client.update_function_configuration(**request), ROLE_NOT_READY
        )
        _settle(cloud, name)
    code = zip_bytes(inputs.get("code"))
    deployed = client.get_function_configuration(FunctionName=name)["CodeSha256"]
    if "architectures" in changed or _sha256(code) != deployed:
        client.update_function_code(
            FunctionName=name, ZipFile=code, Architectures=inputs["architectures"]
        )
        _settle(cloud, name)
    if "reservedConcurrentExecutions" in changed:
        reserved = inputs["reservedConcurrentExecutions"]
        if reserved == UNRESERVED:
            client.delete_function_concurrency(FunctionName=name)
        else:
            client.put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=reserved
            )
    if "tags" in changed:
        function = client.get_function(FunctionName=name)
        arn, present = function["Configuration"]["FunctionArn"], function.get("Tags", {})
        tags = inputs.get("tags", {})
        if gone := sorted(present.keys() - tags.keys()):
            client.untag_resource(Resource=arn, TagKeys=gone)
        if tags:
            client.tag_resource(Resource=arn, Tags=tags)


def _settle(cloud: Cloud, name: str) -> None:
    """Wait until the function takes changes; on a loopback endpoint the first look ends it."""
    for state in ("function_active_v2", "function_updated_v2"):
        cloud.client("lambda").get_waiter(state).wait(FunctionName=name)


def _sha256(code: bytes) -> str:
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def _delete_function(cloud: Cloud, name: str, _state: Values) -> None:
    found(lambda: cloud.client("lambda").delete_function(FunctionName=name), ABSENT)


DESTINATION = {"destination": Field("Destination")}
EVENT_INVOKE = {
    "functionName": Field("FunctionName", replaces=True),
    "maximumEventAgeInSeconds": Field("MaximumEventAgeInSeconds", allowed=range(60, 21601)),
    "maximumRetryAttempts": Field("MaximumRetryAttempts", allowed=range(3)),
    "destinationConfig": Field(
        "DestinationConfig",
        fields={
            "onFailure": Field("OnFailure", fields=DESTINATION),
            "onSuccess": Field("OnSuccess", fields=DESTINATION),
        },
    ),
}


def _create_event_invoke(cloud: Cloud, inputs: Values) -> str:
    _update_event_invoke(cloud, inputs["functionName"], inputs, frozenset())
    return inputs["functionName"]


def _read_event_invoke(cloud: Cloud, name: str) -> dict[str, Any] | None:
    client = cloud.client("lambda")
    answer = found(lambda: client.get_function_event_invoke_config(FunctionName=name), ABSENT)
    return None if answer is None else {**from_aws(EVENT_INVOKE, answer), "functionName": name}


def _update_event_invoke(cloud: Cloud, _id: str, inputs: Values, _changed: frozenset[str]) -> None:
    """Write the whole configuration; Lambda checks that the role may reach the destination."""
    request = to_aws(EVENT_INVOKE, inputs)
    cloud.when_ready(
        "lambda",
        lambda: cloud.client("lambda").put_function_event_invoke_config(**request),
        "does not have permissions",
    )


def _delete_event_invoke(cloud: Cloud, name: str, _state: Values) -> None:
    client = cloud.client("lambda")
    found(lambda: client.delete_function_event_invoke_config(FunctionName=name), ABSENT)


TYPES = (
    ResourceType(
        declared=lambda_.Function,
        fields=FUNCTION,
        service="lambda",
        name="name",
        create=_create_function,
        read=_read_function,
        update=_update_function,
        delete=_delete_function,
        moves=frozenset({"codeSha256", "lastModified", "sourceCodeSize"}),
    ),
    ResourceType(
        declared=lambda_.FunctionEventInvokeConfig,
        fields=EVENT_INVOKE,
        service="lambda",
        create=_create_event_invoke,
        read=_read_event_invoke,
        update=_update_event_invoke,
        delete=_delete_event_invoke,
    ),
)
