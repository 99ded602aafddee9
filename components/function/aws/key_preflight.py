"""Dry-run check of the KMS key before StartBatchEvaluation, when nothing has been charged yet.

A dry run always fails, and DryRunOperationException is the failure that means "would have
succeeded" (docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html). It proves the
caller's half only; AgentCore checks the service principal's half at StartBatchEvaluation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ClientError, code_of
from ..settings import Settings
from .clients import Clients
from .encryption_context import ENCRYPTION_CONTEXT_KEY, encryption_context
from .error_translation import barrier

USABLE_STATE = "Enabled"

# What the service asks of a key:
# docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
_EXPECTED = {
    "KeyState": (USABLE_STATE, "Updating"),
    "KeySpec": ("SYMMETRIC_DEFAULT",),
    "KeyUsage": ("ENCRYPT_DECRYPT",),
    "KeyManager": ("CUSTOMER",),
}

# KMS's answers about the key's state, whoever asks.
_STATE_ERRORS = {
    "DisabledException": "Disabled",
    "KMSInvalidStateException": "InvalidState",
    "NotFoundException": "NotFound",
}


@dataclass(frozen=True)
class MissingPermission:
    """A right that is not given, with the statement of the key policy that would give it.

    `barrier` tells why it would not, where something else stands against the right.
    """

    action: str
    statement: dict[str, Any]
    barrier: str

    def __str__(self) -> str:
        return f"{self.action} ({self.barrier or 'key policy statement ' + self.statement['Sid']})"


@dataclass(frozen=True)
class KeyCheck:
    """What was found; `state` is DescribeKey's KeyState, NotFound, or Unknown when it is denied.

    `described` is what DescribeKey tells of the key, with the Region and account of its ARN.
    """

    state: str
    faults: tuple[str, ...]
    missing: tuple[MissingPermission, ...]
    described: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def usable(self) -> bool:
        """Whether nothing stands against the caller's use of the key."""
        return not self.faults and not self.missing

    @property
    def reason(self) -> str:
        """Why the key is not usable, in short: its state or the rights that are missing."""
        if self.missing:
            return "AccessDenied"
        return self.state

    def __str__(self) -> str:
        return "; ".join([*self.faults, *(f"missing permission {gap}" for gap in self.missing)])


def check_key(settings: Settings, clients: Clients, evaluation_id: str) -> KeyCheck:
    """Ask KMS for the key's state and for both cryptographic rights, for one evaluation's context.

    Before a start the id is not known: the name with ten zeros stands for it.
    """
    kms, key = clients.kms, settings.evaluation_key_arn
    context = encryption_context(settings, evaluation_id)
    denied: dict[str, ClientError] = {}
    try:
        metadata: dict[str, Any] = kms.describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        if code_of(error) == "AccessDeniedException":
            denied["kms:DescribeKey"] = error
            metadata = dict[str, Any]()
        elif code_of(error) in _STATE_ERRORS:
            return _not_found(key)
        else:
            raise
    faults = _metadata_faults(key, metadata)
    state = str(metadata.get("KeyState", "Unknown"))
    if not faults:
        tries: dict[str, Callable[[], Any]] = {
            "kms:GenerateDataKey": lambda: kms.generate_data_key(
                KeyId=key, KeySpec="AES_256", EncryptionContext=context, DryRun=True
            ),
            "kms:Decrypt": lambda: kms.decrypt(
                KeyId=key,
                EncryptionContext=context,
                DryRun=True,
                DryRunModifiers=["IGNORE_CIPHERTEXT"],
            ),
        }
        for action, attempt in tries.items():
            error = _dry_run(attempt)
            outcome = code_of(error) if error else ""
            if error and outcome == "AccessDeniedException":
                denied[action] = error
            elif outcome in _STATE_ERRORS:
                # Also after DescribeKey: not every host of KMS knows a change at once.
                state = _STATE_ERRORS[outcome]
                faults.append(f"KeyState: expected {USABLE_STATE}, KMS answered {outcome}")
    missing = _missing(settings, clients, denied)
    return KeyCheck(state, tuple(dict.fromkeys(faults)), missing, _described(metadata))


def _described(metadata: dict[str, Any]) -> dict[str, Any]:
    names = (*_EXPECTED, "DeletionDate", "MultiRegion", "Origin")
    answer = {name: metadata[name] for name in names if name in metadata}
    if "Arn" in metadata:
        _, _, _, answer["Region"], answer["Account"], _ = str(metadata["Arn"]).split(":", 5)
    return answer


def _dry_run(attempt: Callable[[], Any]) -> ClientError | None:
    """Return the error that the dry run ended with; raises what says nothing."""
    try:
        attempt()
    except ClientError as error:
        code = code_of(error)
        if code in ("DryRunOperationException", "AccessDeniedException", *_STATE_ERRORS):
            return error
        raise
    return None


def _not_found(key: str) -> KeyCheck:
    return KeyCheck("NotFound", (f"KeyState: expected {USABLE_STATE}, there is no key {key}",), ())


def _metadata_faults(key: str, metadata: dict[str, Any]) -> list[str]:
    if not metadata:
        return []
    faults = [
        f"{name}: expected {expected[0]}, found {metadata.get(name)}"
        for name, expected in _EXPECTED.items()
        if metadata.get(name) not in expected
    ]
    if metadata.get("Arn") != key:
        faults.append(f"Arn: expected {key}, found {metadata.get('Arn')}")
    return faults


def _missing(
    settings: Settings, clients: Clients, denied: Mapping[str, ClientError]
) -> tuple[MissingPermission, ...]:
    if not denied:
        return ()
    base = {"Effect": "Allow", "Principal": {"AWS": _own_role(clients)}, "Resource": "*"}
    access = {"Sid": "AllowCallerAccess", **base, "Action": "kms:DescribeKey"}
    scope = [
        settings.evaluation_arn(f"{prefix}*") for prefix in sorted(settings.name_prefixes) or [""]
    ]
    use = {
        "Sid": "AllowCallerCryptoOps",
        **base,
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Condition": {
            "StringLike": {
                f"kms:EncryptionContext:{ENCRYPTION_CONTEXT_KEY}": scope[0]
                if len(scope) == 1
                else scope
            }
        },
    }
    return tuple(
        MissingPermission(
            action,
            access if action == "kms:DescribeKey" else use,
            barrier(error),
        )
        for action, error in denied.items()
    )


def _own_role(clients: Clients) -> str:
    """Return the ARN of the role that this function runs under; needs no permission.

    The session's ARN leaves out a role's path; the environment's roles have none.
    """
    arn = clients.sts.get_caller_identity()["Arn"]
    parts = arn.split(":", 5)
    if not parts[5].startswith("assumed-role/"):
        return arn
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
