"""Theorems about the documents that the package writes: over all requests, not samples."""

import json
from pathlib import Path

import pytest

from components import documents
from components.names import Names
from components.place import Place
from policies.access import (
    Allowance,
    Estate,
    Policies,
    PolicyKind,
    compare,
    decide,
    no_more_than,
    parse_policy,
    shadowed,
    unknown_actions,
    unreachable_statements,
    who_can,
)

DOCUMENTED = Path(__file__).parents[1] / "documents" / "golden" / "documented-key-policy.json"
ACCOUNT = "111122223333"
PLACES = {
    "aws": Place("aws", "us-east-1", ACCOUNT),
    "aws-cn": Place("aws-cn", "cn-north-1", ACCOUNT),
    "aws-us-gov": Place("aws-us-gov", "us-gov-west-1", ACCOUNT),
}
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
SERVICE = "bedrock-agentcore.amazonaws.com"

# What administration may be: no cryptographic operation, no grant to anybody.
ADMINISTRATION = [
    *("kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey"),
    *("kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation"),
    *("kms:GetKeyLastUsage", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"),
    *("kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy"),
    *("kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource"),
    *("kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription"),
]
# docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
CRYPTOGRAPHIC = [
    *("kms:Decrypt", "kms:DeriveSharedSecret", "kms:Encrypt", "kms:GenerateDataKey"),
    *("kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateMac", "kms:ReEncryptFrom"),
    *("kms:ReEncryptTo", "kms:Sign", "kms:Verify", "kms:VerifyMac"),
]

# Callers, patterns of evaluation ids, administrators.
SETTINGS = {
    "one caller, every evaluation": (["role/Caller"], ["*"], []),
    "callers by role and user": (["role/Caller", "role/team/Other", "user/ann"], ["*"], []),
    "a name prefix": (["role/Caller"], ["prod_*"], []),
    "prefixes and an id": (["role/Caller"], ["prod_*", "team_*", "audit-ABC1234567"], []),
    "named administrators": (["role/Caller"], ["*"], ["role/KeyAdministration", "user/root_"]),
    "a caller who administers": (["role/Caller"], ["prod_*"], ["role/Caller"]),
}


def parsed(kind, document, name):
    return parse_policy(document, PolicyKind[kind], name=name)


def key_document(place, setting):
    callers, evaluations, administrators = SETTINGS[setting]
    return documents.evaluation_key_policy(
        place, arns(place, callers), evaluations, arns(place, administrators)
    )


def arns(place, names):
    return [place.iam_arn(name) for name in names]


def documented_and_administration(place, setting):
    """AWS's printed document with its placeholders filled in, and the list above."""
    callers, evaluations, administrators = SETTINGS[setting]
    text = DOCUMENTED.read_text()
    scope = f"arn:{place.partition}:bedrock-agentcore:{place.region}:{ACCOUNT}:batch-evaluate/"
    for printed, filled in (
        (f"arn:aws:iam::{ACCOUNT}:role/MyBatchEvaluationRole", arns(place, callers)),
        (
            f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/*",
            [scope + evaluation for evaluation in evaluations],
        ),
    ):
        assert json.dumps(printed) in text
        text = text.replace(json.dumps(printed), json.dumps(filled))
    document = json.loads(text)
    administration = {
        "Effect": "Allow",
        "Principal": {"AWS": arns(place, administrators) or ACCOUNT},
        "Action": ADMINISTRATION,
        "Resource": "*",
    }
    return {**document, "Statement": [*document["Statement"], administration]}


every_setting = pytest.mark.parametrize("setting", list(SETTINGS))
every_partition = pytest.mark.parametrize("partition", list(PLACES))


# --- the evaluation key -----------------------------------------------------------------------


@every_partition
@every_setting
def test_the_key_policy_allows_what_is_documented_and_administration(partition, setting):
    place = PLACES[partition]
    ours = parsed("KEY", key_document(place, setting), "ours")
    reference = parsed("KEY", documented_and_administration(place, setting), "documented")
    assert str(compare(ours, reference)) == "proved"
    assert str(compare(reference, ours)) == "proved"


@every_partition
@every_setting
@pytest.mark.parametrize(
    ("index", "operations"),
    [
        pytest.param(0, {"kms:DescribeKey"}, id="AllowCallerAccess"),
        pytest.param(1, {"kms:Decrypt", "kms:GenerateDataKey"}, id="AllowCallerCryptoOps"),
        pytest.param(2, {"kms:Decrypt", "kms:GenerateDataKey"}, id="AllowServicePrincipalAccess"),
        pytest.param(3, set(ADMINISTRATION), id="AllowKeyAdministration"),
    ],
)
def test_without_any_one_statement_it_is_strictly_smaller(partition, setting, index, operations):
    document = key_document(PLACES[partition], setting)
    whole = parsed("KEY", document, "ours")
    kept = [each for number, each in enumerate(document["Statement"]) if number != index]
    less = parsed("KEY", {**document, "Statement": kept}, "less")
    assert compare(less, whole).proved
    if SETTINGS[setting][2] == ["role/Caller"] and index == 0:
        assert compare(whole, less).proved  # who administers may describe the key anyway
        return
    witness = compare(whole, less).witness
    assert witness is not None
    assert witness.request.action in operations
    assert [str(ruling.statement.index) for ruling in witness.let_through_by] == [str(index)]


@every_partition
@every_setting
def test_nobody_but_callers_and_the_service_uses_the_key(partition, setting):
    place = PLACES[partition]
    policy = parsed("KEY", key_document(place, setting), "ours")
    expected = {SERVICE, *arns(place, SETTINGS[setting][0])}
    key = place.arn("kms", f"key/{KEY_ID}")
    for action in CRYPTOGRAPHIC:
        found = {access.who for access in who_can(action, key, policy)}
        assert found == (expected if action in ("kms:Decrypt", "kms:GenerateDataKey") else set())
    assert who_can("kms:CreateGrant", key, policy) == ()


@every_partition
def test_plaintext_is_bound_to_evaluations_of_the_account_and_scope(partition):
    place = PLACES[partition]
    policy = parsed("KEY", key_document(place, "a name prefix"), "ours")
    scope = {f"arn:{partition}:bedrock-agentcore:{place.region}:{ACCOUNT}:batch-evaluate/prod_*"}
    context = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
    table = [
        Allowance("Administration", ADMINISTRATION, principals="*"),
        Allowance(
            "Callers",
            ["kms:*"],
            principals={"AWS": place.iam_arn("role/Caller")},
            conditions={"StringLike": {context: list(scope)}},
        ),
        Allowance(
            "Service",
            ["kms:*"],
            principals={"Service": SERVICE},
            conditions={"StringLike": {"aws:SourceArn": list(scope)}},
        ),
    ]
    assert str(no_more_than(policy, table)) == "proved"


# --- the bucket -------------------------------------------------------------------------------


@every_partition
def test_no_object_is_put_under_another_key_or_by_another_account(partition):
    """Whatever IAM policies allow. A put without the headers gets the bucket's default, our key."""
    place = PLACES[partition]
    names, key = Names("agentcore-eval-prod", place), place.arn("kms", f"key/{KEY_ID}")
    bucket = parsed("BUCKET", documents.bucket_policy(place, names.bucket, key), "bucket")
    bound = {
        "StringEqualsIfExists": {
            "s3:x-amz-server-side-encryption": "aws:kms",
            "s3:x-amz-server-side-encryption-aws-kms-key-id": key,
        },
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
    }
    proof = compare(
        Policies((parsed("IDENTITY", identity({}), "everything"),), bucket),
        Policies((parsed("IDENTITY", identity(bound), "bound"),)),
        resource=f"{place.bucket_arn(names.bucket)}/evaluations/e/summary.json",
        owner=ACCOUNT,
    )
    assert str(proof) == "proved"


@every_partition
def test_no_statement_of_the_bucket_policy_can_be_spared(partition):
    place = PLACES[partition]
    names, key = Names("agentcore-eval-prod", place), place.arn("kms", f"key/{KEY_ID}")
    document = documents.bucket_policy(place, names.bucket, key)
    bucket = parsed("BUCKET", document, "bucket")
    for statement in document["Statement"]:
        kept = [each for each in document["Statement"] if each is not statement]
        weaker = parsed("BUCKET", {**document, "Statement": kept}, "weaker")
        assert compare(bucket, weaker).proved, statement["Sid"]
        witness = compare(weaker, bucket).witness
        assert witness is not None, statement["Sid"]
        assert witness.refused.decided_by[0].statement.sid == statement["Sid"]


def identity(conditions):
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": {**statement, "Condition": conditions}}


# --- the roles --------------------------------------------------------------------------------


def roles(place):
    """Each role's policy, and the table of what it may do."""
    names = Names("agentcore-eval-prod", place)

    def arn(service, rest):
        return f"arn:{place.partition}:{service}:{place.region}:{ACCOUNT}:{rest}"

    here = {"StringEquals": {"aws:RequestedRegion": place.region}}
    results = [arn("logs", f"log-group:{names.base}-results{end}") for end in ("", ":*")]
    own_log = [arn("logs", f"log-group:/aws/lambda/{names.function}{end}") for end in ("", ":*")]
    sources = [
        *(arn("logs", f"log-group:aws/spans{end}") for end in ("", ":*")),
        arn("logs", "log-group:/aws/bedrock-agentcore/runtimes/*"),
    ]
    bucket = f"arn:{place.partition}:s3:::{names.bucket}"
    function = arn("lambda", f"function:{names.function}")
    controller = documents.controller_policy(
        names, ["prod_"], ["aws/spans", "/aws/bedrock-agentcore/runtimes/*"], False
    )
    agentcore, tracing = "bedrock-agentcore:", ("PutTelemetryRecords", "PutTraceSegments")
    reading = ("FilterLogEvents", "GetLogEvents", "GetQueryResults", "StartQuery")
    return {
        "controller": (
            controller,
            [
                Allowance(
                    "Begin",
                    [f"{agentcore}StartBatchEvaluation", f"{agentcore}ListBatchEvaluations"],
                    conditions=here,
                ),
                Allowance(
                    "Own",
                    [f"{agentcore}{verb}BatchEvaluation" for verb in ("Get", "Stop", "Delete")],
                    [arn("bedrock-agentcore", "batch-evaluate/prod_*")],
                ),
                Allowance("FindGroups", ["logs:DescribeLogGroups"], conditions=here),
                Allowance(
                    "ReadLogs",
                    [f"logs:{name}" for name in reading],
                    [*sources, *results],
                ),
                Allowance(
                    "WriteResults",
                    [
                        *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
                        *("logs:PutRetentionPolicy", "logs:TagResource"),
                    ],
                    results,
                ),
                Allowance("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], own_log),
                Allowance("ListExports", ["s3:ListBucket", "s3:ListBucketVersions"], [bucket]),
                Allowance(
                    "Exports",
                    [
                        *("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
                        *("s3:DeleteObject", "s3:DeleteObjectVersion"),
                    ],
                    [f"{bucket}/*"],
                ),
                Allowance("Fail", ["sqs:SendMessage"], [arn("sqs", f"{names.base}-failures")]),
                Allowance("Trace", [f"xray:{name}" for name in tracing], conditions=here),
            ],
        ),
        "operator": (
            documents.operator_policy(names),
            [Allowance("Invoke", ["lambda:InvokeFunction"], [function])],
        ),
        "schedule": (
            documents.schedule_policy(names),
            [
                Allowance("Invoke", ["lambda:InvokeFunction"], [function]),
                Allowance(
                    "Fail", ["sqs:SendMessage"], [arn("sqs", f"{names.base}-schedule-failures")]
                ),
            ],
        ),
    }


@every_partition
@pytest.mark.parametrize("role", ["controller", "operator", "schedule"])
def test_a_role_does_nothing_outside_its_table_and_everything_in_it(partition, role):
    document, table = roles(PLACES[partition])[role]
    policy = parsed("IDENTITY", document, role)
    assert str(no_more_than(policy, table)) == "proved"
    for index in range(len(table)):
        shorter = [row for number, row in enumerate(table) if number != index]
        if shorter:
            assert not no_more_than(policy, shorter).proved, table[index].name


def all_documents(place):
    names = Names("agentcore-eval-prod", place)
    key = place.arn("kms", f"key/{KEY_ID}")
    return {
        "evaluation key": ("KEY", key_document(place, "prefixes and an id")),
        "operations key": (
            "KEY",
            documents.operations_key_policy(names, [], [place.iam_arn("role/IncidentResponse")]),
        ),
        "bucket": ("BUCKET", documents.bucket_policy(place, names.bucket, key)),
        "queue": ("RESOURCE", documents.queue_policy(place, names.failure_queue)),
        "controller's trust": ("TRUST", documents.controller_trust(place)),
        "schedule's trust": ("TRUST", documents.schedule_trust(names)),
        "operator's trust": ("TRUST", documents.operator_trust(place, [place.iam_arn("role/QA")])),
        **{f"{role} role": ("IDENTITY", document) for role, (document, _) in roles(place).items()},
    }


@every_partition
@pytest.mark.parametrize("name", list(all_documents(PLACES["aws"])))
def test_every_statement_takes_effect_and_every_action_exists(partition, name):
    kind, document = all_documents(PLACES[partition])[name]
    policy = parsed(kind, document, name)
    assert unreachable_statements(policy) == ()
    assert shadowed(policy) == ()
    assert unknown_actions(policy) == {}


# --- two steps --------------------------------------------------------------------------------


def estate(place, administrators=("role/KeyAdministration",)):
    """The live documents of an environment, by the ARNs of what they are about."""
    names = Names("agentcore-eval-prod", place)
    controller = place.iam_arn(f"role/{names.controller_role}")
    key = place.arn("kms", f"key/{KEY_ID}")
    policies = {role: parsed("IDENTITY", each, role) for role, (each, _) in roles(place).items()}
    return Estate(
        {
            key: parsed(
                "KEY",
                documents.evaluation_key_policy(
                    place, [controller], ["prod_*"], arns(place, administrators)
                ),
                "evaluation",
            ),
            place.iam_arn(f"role/{names.operator_role}"): parsed(
                "TRUST", documents.operator_trust(place, [place.iam_arn("role/QA")]), "operator"
            ),
            place.arn("lambda", f"function:{names.function}"): None,
            f"{place.log_group_arn(names.result_log_group)}:*": None,
            place.evaluation_arn("prod_nightly-AbCdEf1234"): None,
        },
        {
            place.iam_arn(f"role/{names.controller_role}"): (policies["controller"],),
            place.iam_arn(f"role/{names.operator_role}"): (policies["operator"],),
            place.iam_arn(f"role/{names.schedule_role}"): (policies["schedule"],),
        },
        place.account,
    )


@every_partition
def test_only_administrators_can_give_themselves_the_key(partition):
    place = PLACES[partition]
    openings = estate(place).could_give_themselves_access()
    on_key = {(each.way.action, each.access.who) for each in openings if ":key/" in each.resource}
    assert on_key == {("kms:PutKeyPolicy", place.iam_arn("role/KeyAdministration"))}


@every_partition
def test_no_role_of_ours_can_give_itself_access(partition):
    found = estate(PLACES[partition])
    who = {opening.access.who for opening in found.could_give_themselves_access()}
    assert not who & found.identities.keys()
    assert f"anybody else in account {ACCOUNT}" in who


@every_partition
def test_results_are_read_without_the_key_by_the_controller_and_its_operators(partition):
    place = PLACES[partition]
    found = estate(place)
    ours = {
        (each.way.action, each.access.who.rpartition("/")[2])
        for each in found.reads_without_key()
        if each.access.who in found.identities
    }
    names = Names("agentcore-eval-prod", place)
    assert ours == {
        ("bedrock-agentcore:GetBatchEvaluation", names.controller_role),
        ("logs:FilterLogEvents", names.controller_role),
        ("logs:GetLogEvents", names.controller_role),
        ("logs:StartQuery", names.controller_role),
        ("lambda:InvokeFunction", names.operator_role),
        ("lambda:InvokeFunction", names.schedule_role),
    }
    for opening in found.reads_without_key():
        decision = opening.access.decision
        assert decide(decision.request, decision.policies).allowed
