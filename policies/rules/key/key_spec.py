"""Key specs that evaluations can use.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html asks
for a symmetric key; S3 treats a multi-Region key as a single-Region one, and each replica has a
policy of its own: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_key_policy import PAGE
from ...analysis.wording import shown
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource

# Property, what it has to be, what it is when absent.
EXPECTED: tuple[tuple[str, object, object], ...] = (
    ("customerMasterKeySpec", "SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT"),
    ("keyUsage", "ENCRYPT_DECRYPT", "ENCRYPT_DECRYPT"),
    ("multiRegion", False, False),
    ("isEnabled", True, True),
    ("customKeyStoreId", "", ""),
    ("xksKeyId", "", ""),
)
REPLICAS = ("aws:kms/replicaKey:ReplicaKey", "aws:kms/replicaExternalKey:ReplicaExternalKey")


def kind(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What is not as evaluations need it."""
    if key.type != "aws:kms/key:Key":
        yield f"it is a {key.type.rpartition(':')[2]}; make a Key, with material of KMS"
    for name, expected, default in EXPECTED:
        found = key.value(name)
        found = default if found is None else found
        if found != expected:
            write = "nothing" if expected == "" else shown(expected)
            yield f"{name} is {shown(found)}; write {write}"
    for type_ in REPLICAS:
        for replica in environment.stack.siblings(key, type_, "primaryKeyArn"):
            yield f"{replica.name} replicates it, under a policy of its own; remove it"


EVALUATION_KEY_KIND = StackRule(
    About(
        "evaluation-key-kind",
        "The evaluation key is a symmetric, enabled, single-Region key with material of KMS.",
        Severity.HIGH,
        "Make a kms.Key with the defaults of keyUsage, customerMasterKeySpec and multiRegion.",
        PAGE,
        controls=nist("SC-12(2)", "SC-28(1)"),
    ),
    lambda environment: environment.keys.evaluation_keys,
    "no key here is one that batch evaluations use",
    kind,
)
