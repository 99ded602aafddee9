"""Users of the evaluation key: its callers and the service, for two operations."""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.evaluation_access import SERVICE
from ...analysis.evaluation_key_policy import (
    CRYPTOGRAPHIC,
    DOCUMENTED_USE,
    PAGE,
    KeyPolicy,
    offences,
)
from ...analysis.wording import may_together
from ...framework.controls import fsbp, nist
from ...framework.key_rule import key_rule
from ...framework.rule import TEXTS, About, Parameter, Settings

WHO = (
    "name the roles and users that start evaluations one by one, under the evaluation's encryption "
    "context, and nobody else"
)


def users(key: KeyPolicy, settings: Settings) -> Iterator[str]:
    """Everybody who can use the key and is neither a named role or user nor the service."""
    callers = settings.texts("callers")
    if key.is_minimum and not callers:
        return
    rightful = callers or key.own
    yield from offences(key, CRYPTOGRAPHIC, (*rightful, SERVICE), WHO)


def operations(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """What callers and the service can do with the key beyond the documented operations."""
    if key.is_minimum:
        return
    further = [action for action in CRYPTOGRAPHIC if action not in DOCUMENTED_USE]
    rightful = (*key.own, SERVICE)
    found = (each for each in key.accesses(further) if each[0].who in rightful)
    for said in may_together(found):
        yield f"{said}; allow {' and '.join(DOCUMENTED_USE)} only"


EVALUATION_KEY_USERS = key_rule(
    About(
        "evaluation-key-users",
        "Only named roles and users of the account, and AgentCore, can use the evaluation key.",
        Severity.CRITICAL,
        "Remove every other principal from the key policy: wildcards, other accounts, other "
        "services, and the account principal wherever it allows more than administration.",
        PAGE,
        controls=(*fsbp("KMS.5"), *nist("AC-3", "AC-6")),
        parameters={
            "callers": Parameter(
                [],
                "ARNs of the only roles and users that may use the key; empty for any of the "
                "account that the policy names one by one.",
                TEXTS,
            )
        },
    ),
    users,
)
EVALUATION_KEY_OPERATIONS = key_rule(
    About(
        "evaluation-key-operations",
        "The evaluation key allows only Decrypt and GenerateDataKey.",
        Severity.HIGH,
        "Write kms:GenerateDataKey and kms:Decrypt as the actions of callers and service.",
        PAGE,
        controls=nist("AC-6"),
    ),
    operations,
)
