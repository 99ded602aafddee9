"""Policy documents, each compared with a golden file that people review as text."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.config.deployment_target import DNS_SUFFIXES, DeploymentTarget
from components.config.names import Names
from components.iam import key_policies, resource_policies, role_policies
from components.iam.statements import Document, to_json

GOLDEN = Path(__file__).parent / "golden"
TARGETS = {
    "aws": DeploymentTarget("aws", "us-east-1", "111122223333"),
    "aws-cn": DeploymentTarget("aws-cn", "cn-north-1", "111122223333"),
    "aws-us-gov": DeploymentTarget("aws-us-gov", "us-gov-west-1", "111122223333"),
}
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def documents_of(partition: str) -> dict[str, Document]:
    """Every document of an environment `agentcore-eval-prod` with one of everything."""
    target = TARGETS[partition]
    names = Names("agentcore-eval-prod", target)
    controller = target.iam_arn(f"role/{names.controller_role}")
    return {
        "evaluation-key": key_policies.evaluation_key_policy(
            target,
            [controller, target.iam_arn("role/Evaluators")],
            key_policies.evaluation_patterns(["prod_"], ["audit-ABC1234567"]),
            [target.iam_arn("role/KeyAdministration")],
        ),
        "operations-key": key_policies.operations_key_policy(
            names, [], [target.iam_arn("role/IncidentResponse")]
        ),
        "bucket": resource_policies.bucket_policy(
            target, names.bucket, target.arn("kms", f"key/{KEY_ID}")
        ),
        "failure-queue": resource_policies.queue_policy(target, names.failure_queue),
        "controller-trust": role_policies.controller_trust(target),
        "controller": role_policies.controller_policy(
            names, ["prod_"], ["aws/spans", "/aws/bedrock-agentcore/runtimes/*"], True
        ),
        "schedule-trust": role_policies.schedule_trust(names),
        "schedule": role_policies.schedule_policy(names),
        "operator-trust": role_policies.operator_trust(
            target, [target.iam_arn("role/QualityAssurance")]
        ),
        "operator": role_policies.operator_policy(names),
    }


def test_the_key_policy_is_the_documented_one_and_administration() -> None:
    target = TARGETS["aws"]
    policy = key_policies.evaluation_key_policy(
        target, [target.iam_arn("role/MyBatchEvaluationRole")]
    )
    assert policy["Version"] == golden("documented-key-policy")["Version"]
    assert policy["Statement"][:3] == golden("documented-key-policy")["Statement"]
    assert [statement["Sid"] for statement in policy["Statement"][3:]] == ["AllowKeyAdministration"]


def test_the_golden_file_holds_every_document_of_the_commercial_partition() -> None:
    assert documents_of("aws") == golden("environment")


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_another_partition_differs_in_partition_region_and_endpoints_only(partition: str) -> None:
    target = TARGETS[partition]
    expected = (
        to_json(golden("environment"))
        .replace("arn:aws:", f"arn:{partition}:")
        .replace("us-east-1", target.region)
    )
    for service in ("logs", "sqs"):
        name = f"{service}.{target.region}."
        expected = expected.replace(f"{name}amazonaws.com", f"{name}{DNS_SUFFIXES[partition]}")
    assert documents_of(partition) == json.loads(expected)


def statements(partition: str = "aws") -> list[tuple[str, Document]]:
    return [
        (name, statement)
        for name, document in documents_of(partition).items()
        for statement in document["Statement"]
    ]


@pytest.mark.parametrize("partition", list(TARGETS))
def test_no_document_names_a_wildcard_action_but_those_that_aws_prints(partition: str) -> None:
    wildcards = {
        action
        for _, statement in statements(partition)
        if statement["Effect"] == "Allow"
        for action in _many(statement["Action"])
        if "*" in action
    }
    assert wildcards == {"kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:Describe*"}


def test_kms_rights_stand_in_key_policies_only() -> None:
    for name, statement in statements():
        if not name.endswith("-key"):
            assert not any(a.startswith("kms:") for a in _many(statement["Action"])), name


def test_administrators_get_no_cryptographic_action_and_no_grants() -> None:
    for name, statement in statements():
        if statement["Sid"] == "AllowKeyAdministration":
            allowed = {action.removeprefix("kms:") for action in _many(statement["Action"])}
            assert not allowed & {"CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey"}, name
            assert not any(action.startswith(("ReEncrypt", "Generate")) for action in allowed)
            assert "PutKeyPolicy" in allowed


def test_nothing_allows_every_principal() -> None:
    for name, statement in statements():
        if statement.get("Principal") == "*":
            assert statement["Effect"] == "Deny", name


def test_every_statement_has_a_sid_of_its_own_in_pascal_case() -> None:
    for name, document in documents_of("aws").items():
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(sids) == len(set(sids)), name
        assert all(sid.isalnum() and sid[0].isupper() for sid in sids), name


def test_lists_are_sorted_but_for_the_documented_actions() -> None:
    for name, statement in statements():
        for key in ("Action", "Resource"):
            values = statement.get(key)
            if isinstance(values, list) and values != ["kms:GenerateDataKey", "kms:Decrypt"]:
                plain = [v for v in values if "*" not in v] if key == "Action" else values
                assert plain == sorted(plain), (name, statement["Sid"])


def test_a_policy_fits_what_iam_takes() -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 6144 characters.
    target = TARGETS["aws-us-gov"]
    names = Names("a" * 16 + "-staging-2", target)
    many = [
        f"/aws/bedrock-agentcore/runtimes/agent_{number}-AbCdEf1234-DEFAULT" for number in range(8)
    ]
    policy = role_policies.controller_policy(names, ["team_", "other_"], many, True)
    assert len(to_json(policy)) < 6144


def _many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_without_readers_nobody_but_the_senders_decrypts_through_queues() -> None:
    names = Names("agentcore-eval-prod", TARGETS["aws"])
    sids = [s["Sid"] for s in key_policies.operations_key_policy(names)["Statement"]]
    assert "AllowSendersThroughQueues" in sids
    assert "AllowReadersThroughQueues" not in sids
