"""Theorems about the documents that the package writes: over all requests, not samples."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from components.config.deployment_target import DeploymentTarget
from components.config.names import Names
from components.iam import key_policies, resource_policies, role_policies, statements
from policies.iam import (
    Allowance,
    Comparison,
    Policies,
    PolicyInventory,
    PolicyType,
    Principal,
    Request,
    check_no_new_access,
    is_authorized,
    list_principals,
    no_more_than,
    parse_policy,
    shadowed,
    unknown_actions,
    unreachable_statements,
)
from policies.iam.analyze.privilege_escalation import GAINING
from policies.iam.language.action_names import known_actions

DOCUMENTED = (
    Path(__file__).parents[1] / "components" / "iam" / "golden" / "documented-key-policy.json"
)
ACCOUNT = "111122223333"
TARGETS = {
    "aws": DeploymentTarget("aws", "us-east-1", ACCOUNT),
    "aws-cn": DeploymentTarget("aws-cn", "cn-north-1", ACCOUNT),
    "aws-us-gov": DeploymentTarget("aws-us-gov", "us-gov-west-1", ACCOUNT),
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
    return parse_policy(document, PolicyType[kind], name=name)


def key_document(target, setting):
    callers, evaluations, administrators = SETTINGS[setting]
    return key_policies.evaluation_key_policy(
        target, arns(target, callers), evaluations, arns(target, administrators)
    )


def arns(target, names):
    return [target.iam_arn(name) for name in names]


def documented_and_administration(target, setting):
    """AWS's printed document with its placeholders filled in, and the list above."""
    callers, evaluations, administrators = SETTINGS[setting]
    text = DOCUMENTED.read_text()
    scope = f"arn:{target.partition}:bedrock-agentcore:{target.region}:{ACCOUNT}:batch-evaluate/"
    for printed, filled in (
        (f"arn:aws:iam::{ACCOUNT}:role/MyBatchEvaluationRole", arns(target, callers)),
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
        "Principal": {"AWS": arns(target, administrators) or ACCOUNT},
        "Action": ADMINISTRATION,
        "Resource": "*",
    }
    return {**document, "Statement": [*document["Statement"], administration]}


# The key's policy and the trust policies leave none of these to IAM policies.
NOT_DELEGATED = {
    "kms:CreateGrant",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
}

every_setting = pytest.mark.parametrize("setting", list(SETTINGS))
every_partition = pytest.mark.parametrize("partition", list(TARGETS))


# --- the evaluation key -----------------------------------------------------------------------


@every_partition
@every_setting
def test_the_key_policy_allows_what_is_documented_and_administration(partition, setting):
    target = TARGETS[partition]
    ours = parsed("KEY", key_document(target, setting), "ours")
    reference = parsed("KEY", documented_and_administration(target, setting), "documented")
    assert str(check_no_new_access(ours, reference)) == "proved"
    assert str(check_no_new_access(reference, ours)) == "proved"


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
    document = key_document(TARGETS[partition], setting)
    whole = parsed("KEY", document, "ours")
    kept = [each for number, each in enumerate(document["Statement"]) if number != index]
    less = parsed("KEY", {**document, "Statement": kept}, "less")
    assert check_no_new_access(less, whole).proved
    if SETTINGS[setting][2] == ["role/Caller"] and index == 0:
        assert check_no_new_access(
            whole, less
        ).proved  # who administers may describe the key anyway
        return
    counterexample = check_no_new_access(whole, less).counterexample
    assert counterexample is not None
    assert counterexample.request.action in operations
    assert [str(ruling.statement.index) for ruling in counterexample.let_through_by] == [str(index)]


@every_partition
@every_setting
def test_nobody_but_callers_and_the_service_uses_the_key(partition, setting):
    target = TARGETS[partition]
    policy = parsed("KEY", key_document(target, setting), "ours")
    expected = {SERVICE, *arns(target, SETTINGS[setting][0])}
    key = target.arn("kms", f"key/{KEY_ID}")
    for action in CRYPTOGRAPHIC:
        found = {access.who for access in list_principals(action, key, policy)}
        assert found == (expected if action in ("kms:Decrypt", "kms:GenerateDataKey") else set())
    assert list_principals("kms:CreateGrant", key, policy) == ()


@every_partition
def test_plaintext_is_bound_to_evaluations_of_the_account_and_scope(partition):
    target = TARGETS[partition]
    policy = parsed("KEY", key_document(target, "a name prefix"), "ours")
    scope = {f"arn:{partition}:bedrock-agentcore:{target.region}:{ACCOUNT}:batch-evaluate/prod_*"}
    context = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
    table = [
        Allowance("Administration", ADMINISTRATION, principals="*"),
        Allowance(
            "Callers",
            ["kms:*"],
            principals={"AWS": target.iam_arn("role/Caller")},
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


# Copies and multipart uploads are s3:PutObject as well, each request of them judged by itself:
# docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html, copy-object.html
STORED_BY_PUT_OBJECT = [
    *("s3:CompleteMultipartUpload", "s3:CopyObject", "s3:CreateMultipartUpload"),
    *("s3:UploadPart", "s3:UploadPartCopy"),
]
KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def bucket_and_bound(target, actions):
    """Everybody may do all; and what the bucket policy should leave of it, as two sides."""
    names, key = Names("agentcore-eval-prod", target), target.arn("kms", f"key/{KEY_ID}")
    bucket = parsed("BUCKET", resource_policies.bucket_policy(target, names.bucket, key), "bucket")
    bound = {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, KEY_HEADER: key},
        "StringEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"},
    }
    everything, left = (
        parsed("IDENTITY", identity(conditions, actions), "identity") for conditions in ({}, bound)
    )
    return Policies((everything,), bucket), Policies((left,))


@every_partition
def test_no_object_is_put_under_another_key_or_by_another_account(partition):
    """Whatever IAM policies allow: every put that gets through has our key in the condition key.

    AWS's pages differ on what that key holds where a request has no such header. If only the header
    counts, a put, a copy and each request of a multipart upload without it is refused; if the
    bucket's default fills it in, the default must be our key. The proof holds by both readings.
    """
    target = TARGETS[partition]
    new, bound = bucket_and_bound(target, "s3:PutObject")
    resource = f"{target.bucket_arn(Names('agentcore-eval-prod', target).bucket)}/evaluations/e/a"
    assert str(check_no_new_access(new, bound, resource=resource, owner=ACCOUNT)) == "proved"
    assert not known_actions().keys() & {name.lower() for name in STORED_BY_PUT_OBJECT}
    for headers, stored in (({}, False), ({KEY_HEADER: target.arn("kms", f"key/{KEY_ID}")}, True)):
        caller = Principal.of(target.iam_arn("user/ann"))
        request = Request(caller, "s3:PutObject", resource, headers, ACCOUNT)
        assert is_authorized(request, new).allowed is stored


@every_partition
def test_no_proof_about_the_bucket_rests_on_what_arn_operators_make_of_other_texts(partition):
    """A key's bare id and an alias are no ARNs, and AWS does not document how they compare."""
    target = TARGETS[partition]
    names, key = Names("agentcore-eval-prod", target), target.arn("kms", f"key/{KEY_ID}")
    text = statements.to_json(resource_policies.bucket_policy(target, names.bucket, key))
    assert '"Arn' not in text
    new, _ = bucket_and_bound(target, "s3:PutObject")
    resource = f"{target.bucket_arn(names.bucket)}/evaluations/e/a"
    for spelling in (KEY_ID, f"alias/{names.base}", target.arn("kms", f"alias/{names.base}")):
        caller = Principal.of(target.iam_arn("user/ann"))
        headers = {KEY_HEADER: spelling}
        request = Request(caller, "s3:PutObject", resource, headers, ACCOUNT)
        assert not is_authorized(request, new).allowed, spelling


@every_partition
def test_nothing_but_a_put_stores_under_another_key(partition):
    """Replicas and re-encryption are not puts: nobody makes them, whatever IAM policies allow."""
    target = TARGETS[partition]
    others = ["s3:ReplicateObject", "s3:UpdateObjectEncryption"]
    new, bound = bucket_and_bound(target, ["s3:PutObject", *others])
    bucket = target.bucket_arn(Names("agentcore-eval-prod", target).bucket)
    resource = f"{bucket}/evaluations/e/a"
    assert Comparison(new, bound, resource=resource, owner=ACCOUNT).actions() == {}
    for name, (document, _) in roles(target).items():
        role = target.iam_arn(f"role/{name}")
        held = {role: [parsed("IDENTITY", document, name)]}
        changing = list_principals(
            "s3:PutEncryptionConfiguration", bucket, None, held, owner=ACCOUNT
        )
        assert role not in {access.who for access in changing}


@every_partition
def test_no_statement_of_the_bucket_policy_can_be_spared(partition):
    target = TARGETS[partition]
    names, key = Names("agentcore-eval-prod", target), target.arn("kms", f"key/{KEY_ID}")
    document = resource_policies.bucket_policy(target, names.bucket, key)
    bucket = parsed("BUCKET", document, "bucket")
    for statement in document["Statement"]:
        kept = [each for each in document["Statement"] if each is not statement]
        weaker = parsed("BUCKET", {**document, "Statement": kept}, "weaker")
        assert check_no_new_access(bucket, weaker).proved, statement["Sid"]
        counterexample = check_no_new_access(weaker, bucket).counterexample
        assert counterexample is not None, statement["Sid"]
        assert counterexample.refused.decided_by[0].statement.sid == statement["Sid"]


def identity(conditions, actions):
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": {**statement, "Condition": conditions}}


# --- the roles --------------------------------------------------------------------------------


def roles(target):
    """Each role's policy, and the table of what it may do."""
    names = Names("agentcore-eval-prod", target)

    def arn(service, rest):
        return f"arn:{target.partition}:{service}:{target.region}:{ACCOUNT}:{rest}"

    here = {"StringEquals": {"aws:RequestedRegion": target.region}}
    results = [arn("logs", f"log-group:{names.base}-results{end}") for end in ("", ":*")]
    own_log = [arn("logs", f"log-group:/aws/lambda/{names.function}{end}") for end in ("", ":*")]
    sources = [
        *(arn("logs", f"log-group:aws/spans{end}") for end in ("", ":*")),
        arn("logs", "log-group:/aws/bedrock-agentcore/runtimes/*"),
    ]
    bucket = f"arn:{target.partition}:s3:::{names.bucket}"
    function = arn("lambda", f"function:{names.function}")
    controller = role_policies.controller_policy(
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
            role_policies.operator_policy(names),
            [Allowance("Invoke", ["lambda:InvokeFunction"], [function])],
        ),
        "schedule": (
            role_policies.schedule_policy(names),
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
    document, table = roles(TARGETS[partition])[role]
    policy = parsed("IDENTITY", document, role)
    assert str(no_more_than(policy, table)) == "proved"
    for index in range(len(table)):
        shorter = [row for number, row in enumerate(table) if number != index]
        if shorter:
            assert not no_more_than(policy, shorter).proved, table[index].name


# --- the operations key and who takes the roles -------------------------------------------------


@every_partition
@pytest.mark.parametrize("readers", [[], ["role/IncidentResponse", "user/ann"]])
def test_the_operations_key_serves_our_logs_and_queues_and_nothing_else(partition, readers):
    target = TARGETS[partition]
    names, arn = Names("agentcore-eval-prod", target), target.arn
    administrators = [target.iam_arn("role/KeyAdministration")]
    policy = parsed(
        "KEY",
        key_policies.operations_key_policy(names, administrators, arns(target, readers)),
        "operations",
    )
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    logs, sqs = (f"{service}.{target.region}.{suffix}" for service in ("logs", "sqs"))
    controller = target.iam_arn(f"role/{names.controller_role}")
    schedule = target.iam_arn(f"role/{names.schedule_role}")
    groups = [
        arn("logs", f"log-group:{name}")
        for name in (f"{names.base}-results", f"/aws/lambda/{names.function}")
    ]
    queues = [arn("sqs", f"{names.base}-{end}") for end in ("failures", "schedule-failures")]
    of_groups = {"kms:EncryptionContext:aws:logs:arn": groups}
    of_queues = {"kms:EncryptionContext:aws:sqs:arn": queues}
    use = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    users = {"AWS": [controller, *arns(target, readers)]}
    through_queues = {"StringEquals": {"kms:ViaService": sqs, **of_queues}}
    table = [
        Allowance(
            "Logs", use, principals={"Service": logs}, conditions={"StringEquals": of_groups}
        ),
        Allowance("Describe", ["kms:Describe*"], principals={"Service": logs}),
        Allowance(
            "Users",
            use,
            principals=users,
            conditions={"StringEquals": {"kms:ViaService": logs, **of_groups}},
        ),
        Allowance(
            "UsersDescribe",
            ["kms:DescribeKey"],
            principals=users,
            conditions={"StringEquals": {"kms:ViaService": logs}},
        ),
        Allowance(
            "Senders",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            principals={"AWS": [controller, schedule]},
            conditions=through_queues,
        ),
        Allowance("Admin", ADMINISTRATION, principals={"AWS": administrators}),
    ]
    if readers:
        queue_readers = {"AWS": arns(target, readers)}
        table.append(
            Allowance(
                "Readers", ["kms:Decrypt"], principals=queue_readers, conditions=through_queues
            )
        )
    assert str(no_more_than(policy, table)) == "proved"
    key = arn("kms", f"key/{KEY_ID}")
    plaintext = {access.who for access in list_principals("kms:Decrypt", key, policy)}
    assert plaintext == {logs, controller, schedule, *arns(target, readers)}
    for action in CRYPTOGRAPHIC:
        who = {access.who for access in list_principals(action, key, policy)}
        assert who <= {logs, controller, schedule, *arns(target, readers)}
    assert list_principals("kms:CreateGrant", key, policy) == ()


def source(target, **keys):
    return {"StringEquals": {"aws:SourceAccount": target.account, **keys}}


@every_partition
@pytest.mark.parametrize(
    ("role", "document", "principals", "conditions"),
    [
        pytest.param(
            "controller_role",
            lambda names: role_policies.controller_trust(names.target),
            lambda _target: {"Service": "lambda.amazonaws.com"},
            lambda names: source(names.target),
            id="controller",
        ),
        pytest.param(
            "schedule_role",
            role_policies.schedule_trust,
            lambda _target: {"Service": "scheduler.amazonaws.com"},
            lambda names: source(
                names.target,
                **{
                    "aws:SourceArn": names.target.arn(
                        "scheduler", f"schedule-group/{names.schedule_group}"
                    )
                },
            ),
            id="schedule",
        ),
        pytest.param(
            "operator_role",
            lambda names: role_policies.operator_trust(
                names.target, arns(names.target, ["role/QA", "user/ann"])
            ),
            lambda target: {"AWS": arns(target, ["role/QA", "user/ann"])},
            lambda _names: {},
            id="operator",
        ),
        pytest.param(
            "operator_role",
            lambda names: role_policies.operator_trust(names.target, []),
            lambda _target: {"AWS": ACCOUNT},
            lambda _names: {},
            id="operator without operators",
        ),
    ],
)
def test_a_role_is_taken_by_those_whom_it_is_for(partition, role, document, principals, conditions):
    target = TARGETS[partition]
    names = Names("agentcore-eval-prod", target)
    ours = parsed("TRUST", document(names), "ours")
    row = Allowance("Take", ["sts:AssumeRole"], (), principals(target), conditions(names))
    assert str(no_more_than(ours, [row])) == "proved"
    arn = target.iam_arn(f"role/{getattr(names, role)}")
    assert {access.who for access in list_principals("sts:TagSession", arn, ours)} == set()
    assert list_principals("sts:AssumeRole", arn, ours)


def all_documents(target):
    names = Names("agentcore-eval-prod", target)
    key = target.arn("kms", f"key/{KEY_ID}")
    return {
        "evaluation key": ("KEY", key_document(target, "prefixes and an id")),
        "operations key": (
            "KEY",
            key_policies.operations_key_policy(
                names, [], [target.iam_arn("role/IncidentResponse")]
            ),
        ),
        "bucket": ("BUCKET", resource_policies.bucket_policy(target, names.bucket, key)),
        "queue": ("RESOURCE", resource_policies.queue_policy(target, names.failure_queue)),
        "controller's trust": ("TRUST", role_policies.controller_trust(target)),
        "schedule's trust": ("TRUST", role_policies.schedule_trust(names)),
        "operator's trust": (
            "TRUST",
            role_policies.operator_trust(target, [target.iam_arn("role/QA")]),
        ),
        **{f"{role} role": ("IDENTITY", document) for role, (document, _) in roles(target).items()},
    }


@every_partition
@pytest.mark.parametrize("name", list(all_documents(TARGETS["aws"])))
def test_every_statement_takes_effect_and_every_action_exists(partition, name):
    kind, document = all_documents(TARGETS[partition])[name]
    policy = parsed(kind, document, name)
    assert unreachable_statements(policy) == ()
    assert shadowed(policy) == ()
    assert unknown_actions(policy) == {}


# --- two steps --------------------------------------------------------------------------------


CALLERS = ["role/team/Other", "user/ann"]


def inventory(target, administrators=("role/KeyAdministration",), **more):
    """The live documents of an environment and of whom they name, by the ARNs of their subjects.

    `more` are identity policies of further roles, by name.
    """
    names = Names("agentcore-eval-prod", target)
    ours = {each: target.iam_arn(f"role/{getattr(names, f'{each}_role')}") for each in TRUSTS}
    key = target.arn("kms", f"key/{KEY_ID}")
    other, ann = arns(target, CALLERS)
    policies = {role: parsed("IDENTITY", each, role) for role, (each, _) in roles(target).items()}
    callers = [ours["controller"], other, ann]
    bucket = target.bucket_arn(names.bucket)
    return PolicyInventory(
        {
            key: parsed(
                "KEY",
                key_policies.evaluation_key_policy(
                    target, callers, ["prod_*"], arns(target, administrators)
                ),
                "evaluation",
            ),
            bucket: parsed(
                "BUCKET", resource_policies.bucket_policy(target, names.bucket, key), "bucket"
            ),
            **{arn: parsed("TRUST", TRUSTS[role](names), role) for role, arn in ours.items()},
            other: parsed("TRUST", role_policies.operator_trust(target, []), "other"),
            ann: None,
            target.iam_arn("group/analysts"): None,
            target.iam_arn("policy/analysts"): None,
            target.arn("lambda", f"function:{names.function}"): None,
            target.arn("sqs", names.failure_queue): None,
            f"{target.log_group_arn(names.result_log_group)}:*": None,
            target.evaluation_arn("prod_nightly-AbCdEf1234"): None,
        },
        {
            **{arn: (policies[role],) for role, arn in ours.items()},
            **{target.iam_arn(f"role/{name}"): (policy,) for name, policy in more.items()},
        },
        target.account,
    )


TRUSTS = {
    "controller": lambda names: role_policies.controller_trust(names.target),
    "operator": lambda names: role_policies.operator_trust(
        names.target, [names.target.iam_arn("role/QA")]
    ),
    "schedule": role_policies.schedule_trust,
}


@every_partition
def test_only_administrators_can_give_themselves_the_key(partition):
    target = TARGETS[partition]
    escalations = inventory(target).privilege_escalations()
    on_key = {(each.by.action, each.access.who) for each in escalations if ":key/" in each.resource}
    assert on_key == {("kms:PutKeyPolicy", target.iam_arn("role/KeyAdministration"))}


@every_partition
def test_no_role_of_ours_can_give_itself_access(partition):
    found = inventory(TARGETS[partition])
    who = {escalation.access.who for escalation in found.privilege_escalations()}
    assert not who & found.identities.keys()
    assert f"anybody else in account {ACCOUNT}" in who


def example(pattern):
    """A resource of the account that a pattern of ARNs means."""
    fields = zip(pattern.split(":", 5), ["", "aws", "", "us-east-1", ACCOUNT, "any"], strict=True)
    return ":".join(part.replace("*", by) for part, by in fields)


@pytest.mark.parametrize("way", GAINING, ids=lambda way: way.action)
def test_whoever_may_escalate_by_an_action_is_found_by_it_alone(way):
    target = TARGETS["aws"]
    mallory = parsed("IDENTITY", identity({}, way.action), "mallory")
    known = inventory(target, (), Mallory=mallory)
    resources = {**known.resources, example(way.resources): None}
    found = replace(known, resources=resources).privilege_escalations()
    who = target.iam_arn("role/Mallory")
    ways = {each.by.action for each in found if each.access.who == who}
    assert ways == {way.action} - NOT_DELEGATED


@every_partition
def test_roles_and_users_whom_the_key_names_are_ways_to_it(partition):
    target = TARGETS[partition]
    found = inventory(
        target, Mallory=parsed("IDENTITY", identity({}, ["iam:*", "sts:*"]), "mallory")
    )
    mallory = [
        each
        for each in found.privilege_escalations()
        if each.access.who == target.iam_arn("role/Mallory")
    ]
    reached = {each.resource for each in mallory}
    assert {*arns(target, CALLERS), target.iam_arn("group/analysts")} <= reached
    taken = {each.resource for each in mallory if each.by.action == "sts:AssumeRole"}
    assert taken == {target.iam_arn("role/team/Other")}


@every_partition
def test_results_are_read_without_the_key_by_the_controller_and_its_operators(partition):
    target = TARGETS[partition]
    found = inventory(target)
    ours = {
        (each.by.action, each.access.who.rpartition("/")[2])
        for each in found.reads_without_key()
        if each.access.who in found.identities
    }
    names = Names("agentcore-eval-prod", target)
    assert ours == {
        ("bedrock-agentcore:GetBatchEvaluation", names.controller_role),
        ("logs:FilterLogEvents", names.controller_role),
        ("logs:GetLogEvents", names.controller_role),
        ("logs:StartQuery", names.controller_role),
        ("lambda:InvokeFunction", names.operator_role),
        ("lambda:InvokeFunction", names.schedule_role),
    }
    for escalation in found.reads_without_key():
        decision = escalation.access.decision
        assert is_authorized(decision.request, decision.policies).allowed
