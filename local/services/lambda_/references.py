"""Lambda: roles, keys and code of functions, and where their events go."""

from collections.abc import Iterator, Sequence

from local.aws_api.request_context import RequestContext
from local.aws_api.request_parsing import function_name
from local.moto_backend.tags import function_tags
from local.services.account import Account
from local.services.reference import Members, Reference

_API = "lambda/latest/api/API_"
_CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")
_INVOKING = ("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
_DEAD_LETTERS = "lambda/latest/dg/invocation-async-retain-records.html"
_MOST_TAGS = 50
_INVALID = "InvalidParameterValueException"


def _stored_role(call: RequestContext, members: Members, account: Account) -> str:
    stored = account.state.function(call.account, str(members.get("FunctionName")))
    return str(members.get("Role") or (stored.configuration["Role"] if stored else ""))


def _role(call: RequestContext, members: Members, account: Account) -> str | None:
    role = members.get("Role")
    name = function_name(str(members.get("FunctionName")))[0]
    function = account.arn(call, "lambda", f"function:{name}")
    if role is None or account.is_assumable("lambda.amazonaws.com", str(role), function):
        return None
    return "The role defined for the function cannot be assumed by Lambda."


def _dead_letters(call: RequestContext, members: Members, account: Account) -> str | None:
    target = (members.get("DeadLetterConfig") or {}).get("TargetArn")
    if not target or _is_queue(target, account):
        return None
    return f"The dead letter target {target} is invalid: {_EXPECTED}"


def _dead_letter_rights(call: RequestContext, members: Members, account: Account) -> str | None:
    target = (members.get("DeadLetterConfig") or {}).get("TargetArn")
    role = _stored_role(call, members, account)
    if not target or not role or account.role_may(role, "sqs:SendMessage", target):
        return None
    return "The provided execution role does not have permissions to call SendMessage on SQS"


def _targets(members: Members) -> Iterator[tuple[str, str]]:
    for kind, destination in (members.get("DestinationConfig") or {}).items():
        if target := (destination or {}).get("Destination"):
            yield kind, target


def _destinations(call: RequestContext, members: Members, account: Account) -> str | None:
    for kind, target in _targets(members):
        if not _is_queue(target, account):
            return (
                f"The provided destination config DestinationConfig({kind}={target}) is invalid: "
                f"{_EXPECTED}"
            )
    return None


def _destination_rights(call: RequestContext, members: Members, account: Account) -> str | None:
    role = _stored_role(call, members, account)
    for _, target in _targets(members):
        if role and not account.role_may(role, "sqs:SendMessage", target):
            return (
                "The function's execution role does not have permissions to call SendMessage on "
                f"{target}"
            )
    return None


# Topics, buses, functions and buckets are destinations of AWS's too.
_EXPECTED = "expected a standard SQS queue that exists, to which alone the local endpoint delivers"


def _is_queue(arn: str, account: Account) -> bool:
    parts = arn.split(":")
    return parts[2:3] == ["sqs"] and not arn.endswith(".fifo") and account.queue_exists(arn)


def _key(call: RequestContext, members: Members, account: Account) -> str | None:
    key = members.get("KMSKeyArn")
    if not key:
        return None
    if ":alias/" in key:
        code, message = "InvalidArnException", "Key Aliases are not supported for this operation"
    else:
        grant = {
            "KeyId": key,
            "GranteePrincipal": _stored_role(call, members, account),
            "Operations": ["Decrypt"],
            "DryRun": True,
        }
        refusal = account.ask_kms("lambda", call.acting, "CreateGrant", grant)
        if refusal is None:
            return None
        code, message = refusal.code, refusal.message
    return (
        "Lambda was unable to configure access to your environment variables because the KMS key "
        "is invalid for CreateGrant. Please check your KMS key settings. "
        f"KMS Exception: {code} KMS Message: {message}"
    )


def _subnets(call: RequestContext, members: Members, account: Account) -> str | None:
    subnets = (members.get("VpcConfig") or {}).get("SubnetIds")
    if not subnets:
        return None
    return (
        "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
        f"EC2 Error Message: The subnet ID '{subnets[0]}' does not exist"
    )


def _image(call: RequestContext, members: Members, account: Account) -> str | None:
    image = (members.get("Code") or members).get("ImageUri")
    if not image:
        return None
    return f"Source image {image} does not exist. Provide a valid source image."


def _signing(call: RequestContext, members: Members, account: Account) -> str | None:
    config = members.get("CodeSigningConfigArn")
    if not config:
        return None
    return (
        "The code signing configuration cannot be found. Check that the provided configuration is "
        f"not deleted: {config}."
    )


def _principal(call: RequestContext, members: Members, account: Account) -> str | None:
    principal = str(members.get("Principal"))
    if not principal.startswith("arn:") or account.principal_exists(principal):
        return None
    return "The provided principal was invalid. Please check the principal and try again."


def _tags(call: RequestContext, members: Members, account: Account) -> str | None:
    kept = function_tags(call.account, call.region, str(members.get("Resource")))
    if len(kept.keys() | (members.get("Tags") or {}).keys()) <= _MOST_TAGS:
        return None
    return f"The number of tags on the resource exceeds the limit of {_MOST_TAGS}."


REFERENCES: Sequence[Reference] = (
    Reference(
        "lambda",
        _CONFIGURING,
        "Role",
        "exists and trusts `lambda.amazonaws.com`",
        _INVALID,
        "The role defined for the function cannot be assumed by Lambda.",
        "lambda/latest/dg/lambda-intro-execution-role.html",
        _role,
    ),
    Reference(
        "lambda",
        _CONFIGURING,
        "DeadLetterConfig.TargetArn",
        "is a standard queue that exists (AWS: or a standard topic)",
        _INVALID,
        "The dead letter target",
        _DEAD_LETTERS,
        _dead_letters,
    ),
    Reference(
        "lambda",
        _CONFIGURING,
        "DeadLetterConfig.TargetArn",
        "may be sent to by the function's role, by its own policies",
        _INVALID,
        "The provided execution role does not have permissions to call SendMessage on SQS",
        _DEAD_LETTERS,
        _dead_letter_rights,
    ),
    Reference(
        "lambda",
        _INVOKING,
        "DestinationConfig",
        "names a standard queue that exists (AWS: or a standard topic, a bus, a function, of "
        "failures a bucket)",
        _INVALID,
        "The provided destination config DestinationConfig(",
        _DEAD_LETTERS,
        _destinations,
    ),
    Reference(
        "lambda",
        _INVOKING,
        "DestinationConfig",
        "may be sent to by the function's role, by its own policies",
        _INVALID,
        "The function's execution role does not have permissions to call SendMessage on",
        _DEAD_LETTERS,
        _destination_rights,
    ),
    Reference(
        "lambda",
        _CONFIGURING,
        "KMSKeyArn",
        "is a key that exists, is enabled, and lets the caller make a grant",
        _INVALID,
        "because the KMS key is invalid for CreateGrant.",
        "lambda/latest/dg/configuration-envvars-encryption.html",
        _key,
    ),
    Reference(
        "lambda",
        ("CreateFunction", "UpdateFunctionCode"),
        "Code.S3Bucket, S3Key",
        "exist",
        _INVALID,
        "Error occurred while GetObject. S3 Error Code:",
        f"{_API}FunctionCode.html",
    ),
    Reference(
        "lambda",
        ("CreateFunction", "UpdateFunctionCode"),
        "Code.S3Bucket, S3Key",
        "may be read by the caller",
        "AccessDeniedException",
        "Your access has been denied by S3",
        f"{_API}FunctionCode.html",
        status=403,
    ),
    Reference(
        "lambda",
        ("CreateFunction", "UpdateFunctionCode"),
        "Code.ImageUri",
        "exists (there is no registry here)",
        _INVALID,
        "Source image",
        f"{_API}FunctionCode.html",
        _image,
    ),
    Reference(
        "lambda",
        _CONFIGURING,
        "VpcConfig.SubnetIds",
        "exist (there are none here)",
        _INVALID,
        "Error occurred while DescribeSubnets.",
        f"{_API}VpcConfig.html",
        _subnets,
    ),
    Reference(
        "lambda",
        ("CreateFunction",),
        "CodeSigningConfigArn",
        "exists (there are none here)",
        "CodeSigningConfigNotFoundException",
        "The code signing configuration cannot be found.",
        f"{_API}CreateFunction.html",
        _signing,
        404,
    ),
    Reference(
        "lambda",
        ("PutFunctionConcurrency",),
        "other functions' reservations",
        "leave 100 executions unreserved, or the whole of a smaller quota",
        _INVALID,
        "decreases account's UnreservedConcurrentExecution below its minimum value of",
        f"{_API}PutFunctionConcurrency.html",
    ),
    Reference(
        "lambda",
        ("AddPermission",),
        "Principal",
        "exists",
        _INVALID,
        "The provided principal was invalid.",
        f"{_API}AddPermission.html",
        _principal,
    ),
    Reference(
        "lambda",
        ("CreateEventSourceMapping",),
        "EventSourceArn",
        "not answered here: AWS refuses a queue that the role may not receive from",
        "NotImplemented",
        "the local endpoint has none",
        f"{_API}CreateEventSourceMapping.html",
        status=501,
    ),
    Reference(
        "lambda",
        ("TagResource",),
        "Tags",
        "50 at most with those that the function has",
        _INVALID,
        "The number of tags on the resource exceeds the limit of 50.",
        "lambda/latest/dg/configuration-tags.html",
        _tags,
    ),
)
