"""The checks of an evaluation's KMS key that StartBatchEvaluation makes before any cost.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html: the
service describes the key and tries it with dry runs, once with the caller's own permissions and
once with its own. Every failure is a ValidationException on kmsKeyArn.
"""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget, Principal, ServicePrincipal
from local.aws_api.service_model import Fault
from local.services.agentcore.errors import invalid
from local.services.agentcore.forward_access import SERVICE, Services, forwarded

CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"

_FIELD = "kmsKeyArn"


def check_key(
    services: Services,
    caller: Principal,
    service: ServicePrincipal,
    place: DeploymentTarget,
    key_arn: str,
) -> None:
    """Raise the ValidationException that names all that is wrong with the key.

    `service.source_arn` is the new evaluation's ARN, which is the encryption context too.
    """
    _, partition, _, region, account, _ = key_arn.split(":", 5)
    if (partition, region, account) != (place.partition, place.region, caller.account):
        raise _refused(
            f"must be a key of Region {place.region} and account {caller.account}, found {key_arn}"
        )
    kms = services.client("kms", forwarded(caller))
    try:
        key = kms.describe_key(KeyId=key_arn)["KeyMetadata"]
    except ClientError as error:
        raise _refused(
            f"cannot be used: DescribeKey failed for the caller: {reason(error)}"
        ) from error
    unsuitable = list(_unsuitable(key))
    if unsuitable:
        raise _refused(*unsuitable)
    denials = list(_denials(kms, services.client("kms", service), key_arn, service.source_arn))
    if denials:
        raise _refused(*denials)


def decrypt_denial(services: Services, caller: Principal, key_arn: str, arn: str) -> str | None:
    """Return why a caller may not read what is encrypted for an evaluation, None when they may."""
    return _denial(_decrypt(services.client("kms", forwarded(caller)), key_arn, arn))


def reason(error: ClientError) -> str:
    """Return an error as `Code: message`."""
    told = error.response.get("Error", {})
    return f"{told.get('Code', 'Unknown')}: {told.get('Message', error)}"


# What DescribeKey must show of a key; a store that forgets defaults leaves such a member out.
_FIT = {
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "KeyManager": "CUSTOMER",
    "KeyState": "Enabled",
}


def _unsuitable(key: dict[str, Any]) -> Iterator[str]:
    for member, fit in _FIT.items():
        found = key.get(member, fit)
        if found != fit:
            yield f"must name a key with {member} {fit}, found {found}"


def _denials(caller_kms: Any, service_kms: Any, key_arn: str, arn: str) -> Iterator[str]:
    checks = (
        ("the caller", "kms:GenerateDataKey", _generate(caller_kms, key_arn, arn)),
        ("the caller", "kms:Decrypt", _decrypt(caller_kms, key_arn, arn)),
        (SERVICE, "kms:GenerateDataKey", _generate(service_kms, key_arn, arn)),
    )
    for principal, action, dry_run in checks:
        denial = _denial(dry_run)
        if denial:
            yield (
                f"cannot be used: {principal} failed the {action} check with encryption context "
                f"{CONTEXT_KEY}={arn}: {denial}"
            )


def _generate(kms: Any, key_arn: str, arn: str) -> Callable[[], Any]:
    return lambda: kms.generate_data_key(
        KeyId=key_arn, KeySpec="AES_256", EncryptionContext={CONTEXT_KEY: arn}, DryRun=True
    )


def _decrypt(kms: Any, key_arn: str, arn: str) -> Callable[[], Any]:
    # With IGNORE_CIPHERTEXT KMS decides about the permission alone, so no ciphertext is needed.
    return lambda: kms.decrypt(
        KeyId=key_arn,
        EncryptionContext={CONTEXT_KEY: arn},
        DryRun=True,
        DryRunModifiers=["IGNORE_CIPHERTEXT"],
    )


def _denial(dry_run: Callable[[], Any]) -> str | None:
    """Return why a dry run failed; it always ends in an error, and one error is success."""
    try:
        dry_run()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "DryRunOperationException":
            return None
        return reason(error)
    raise RuntimeError("KMS answered a dry run, which it never does")


def _refused(*messages: str) -> Exception:
    return invalid([Fault(_FIELD, message) for message in messages])
