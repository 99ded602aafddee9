"""Lambda: limits of values that its model does not state."""

import json
from collections.abc import Sequence

from local.aws_api.constraint import Constraint, Members, between, refused_when
from local.aws_api.request_parsing import function_name
from local.services.lambda_.runtimes import blocked_runtime

_API = "lambda/latest/api/API_"
_VARIABLES = "lambda/latest/dg/configuration-envvars.html"
_LIMITS = "lambda/latest/dg/gettingstarted-limits.html"
_CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")
_CODE = ("ZipFile", "S3Bucket", "ImageUri")
_LONGEST_ENVIRONMENT = 4096
_MOST_TAGS = 50
_OF_ARCHIVES = ("Handler", "Layers", "Runtime")
_INVOKE_CONFIG = ("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
_OF_INVOKE_CONFIG = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
# docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, reserved environment variables
_RESERVED = frozenset(
    {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"}
    | {"AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME"}
    | {"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_RUNTIME_API"}
    | {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_REGION"}
    | {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"}
)
_CANNOT_SET = "Lambda was unable to configure your environment variables because the environment "


def _variables(members: Members) -> dict[str, str]:
    return (members.get("Environment") or {}).get("Variables") or {}


def _too_large(members: Members) -> str | None:
    text = json.dumps(_variables(members), ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) <= _LONGEST_ENVIRONMENT:
        return None
    return (
        f"{_CANNOT_SET}variables you have provided exceeded the 4KB limit. String measured: {text}"
    )


def _reserved(members: Members) -> str | None:
    found = sorted(_RESERVED & _variables(members).keys())
    if not found:
        return None
    return (
        f"{_CANNOT_SET}variables you have provided contains reserved keys that are currently not "
        f"supported for modification. Reserved keys used in this request: {', '.join(found)}"
    )


def _long_name(members: Members) -> str | None:
    name = function_name(str(members.get("FunctionName", "")))[0]
    if len(name) <= 64:
        return None
    return (
        f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy "
        "constraint: Member must have length less than or equal to 64"
    )


def _code(members: Members) -> bool:
    code = members.get("Code") or members.get("Content") or members
    return sum(bool(code.get(source)) for source in _CODE) != 1


def _zip_without_entry(members: Members) -> bool:
    if members.get("PackageType", "Zip") != "Zip":
        return False
    return not (members.get("Runtime") and members.get("Handler"))


def _image_as_archive(members: Members) -> bool:
    return members.get("PackageType") == "Image" and any(map(members.get, _OF_ARCHIVES))


def _image_without_uri(members: Members) -> bool:
    code = members.get("Code") or {}
    return members.get("PackageType") == "Image" and bool(code) and not code.get("ImageUri")


def _archive_as_image(members: Members) -> bool:
    # There is no registry here, so that a function that is configured anew is of PackageType Zip.
    if members.get("PackageType", "Zip") != "Zip":
        return False
    return bool(members.get("ImageConfig") or (members.get("Code") or {}).get("ImageUri"))


def _nothing_configured(members: Members) -> bool:
    return all(members.get(name) is None for name in _OF_INVOKE_CONFIG)


def _levels(members: Members) -> bool:
    logging = members.get("LoggingConfig") or {}
    levels = logging.get("ApplicationLogLevel") or logging.get("SystemLogLevel")
    return bool(levels) and logging.get("LogFormat") != "JSON"


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "lambda",
        _CONFIGURING,
        "Environment.Variables",
        "4 KB in all",
        "InvalidParameterValueException",
        _LIMITS,
        _too_large,
    ),
    Constraint(
        "lambda",
        _CONFIGURING,
        "Environment.Variables",
        "none that Lambda sets itself",
        "InvalidParameterValueException",
        _VARIABLES,
        _reserved,
    ),
    Constraint(
        "lambda",
        _CONFIGURING,
        "Timeout",
        "900 seconds (the model's 5,400 is for managed instances)",
        "ValidationException",
        _LIMITS,
        between("Timeout", 1, 900),
    ),
    Constraint(
        "lambda",
        _CONFIGURING,
        "MemorySize",
        "10,240 MB (the model's 32,768 is for managed instances)",
        "ValidationException",
        _LIMITS,
        between("MemorySize", 128, 10240),
    ),
    Constraint(
        "lambda",
        ("CreateFunction",),
        "FunctionName",
        "64 characters but for the ARN around it",
        "ValidationException",
        f"{_API}CreateFunction.html",
        _long_name,
    ),
    Constraint(
        "lambda",
        ("CreateFunction", "PublishLayerVersion", "UpdateFunctionCode"),
        "Code",
        "one source: ZipFile, S3Bucket or ImageUri",
        "InvalidParameterValueException",
        f"{_API}FunctionCode.html",
        refused_when(_code, "Please provide a source for function code."),
    ),
    Constraint(
        "lambda",
        ("CreateFunction",),
        "Runtime, Handler",
        "required of a .zip file archive",
        "InvalidParameterValueException",
        f"{_API}CreateFunction.html",
        refused_when(
            _zip_without_entry,
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages.",
        ),
    ),
    Constraint(
        "lambda",
        _CONFIGURING,
        "LoggingConfig.ApplicationLogLevel, SystemLogLevel",
        "with LogFormat JSON only",
        "InvalidParameterValueException",
        "lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html",
        refused_when(_levels, "To use log-level filtering, set LogFormat to JSON."),
    ),
    Constraint(
        "lambda",
        _CONFIGURING,
        "Runtime",
        "none of which Lambda creates no function any more",
        "InvalidParameterValueException",
        "lambda/latest/dg/lambda-runtimes.html",
        blocked_runtime,
    ),
    Constraint(
        "lambda",
        ("CreateFunction",),
        "Handler, Layers, Runtime",
        "none with PackageType Image",
        "InvalidParameterValueException",
        f"{_API}CreateFunction.html",
        refused_when(
            _image_as_archive,
            "Please don't provide handler or runtime or layer parameters when the intended "
            "function PackageType is Image.",
        ),
    ),
    Constraint(
        "lambda",
        ("CreateFunction",),
        "Code.ImageUri",
        "required of PackageType Image",
        "InvalidParameterValueException",
        f"{_API}FunctionCode.html",
        refused_when(
            _image_without_uri,
            "Please provide ImageUri when creating a function with packageType Image.",
        ),
    ),
    Constraint(
        "lambda",
        _CONFIGURING,
        "Code.ImageUri, ImageConfig",
        "none with PackageType Zip",
        "InvalidParameterValueException",
        f"{_API}CreateFunction.html",
        refused_when(
            _archive_as_image,
            "Please don't provide ImageUri or ImageConfig when the intended function PackageType "
            "is Zip.",
        ),
    ),
    Constraint(
        "lambda",
        ("CreateFunction", "TagResource"),
        "Tags",
        f"{_MOST_TAGS} at most",
        "InvalidParameterValueException",
        "lambda/latest/dg/configuration-tags.html",
        refused_when(
            lambda members: len(members.get("Tags") or ()) > _MOST_TAGS,
            f"The number of tags on the resource exceeds the limit of {_MOST_TAGS}.",
        ),
    ),
    Constraint(
        "lambda",
        _INVOKE_CONFIG,
        "DestinationConfig, MaximumEventAgeInSeconds, MaximumRetryAttempts",
        "at least one",
        "InvalidParameterValueException",
        f"{_API}PutFunctionEventInvokeConfig.html",
        refused_when(
            _nothing_configured,
            "You must specify at least one of error handling or destination setting.",
        ),
    ),
)
