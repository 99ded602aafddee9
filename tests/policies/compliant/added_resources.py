"""Compliant added resources, and documents that say the same with rarely used elements."""

import json
from typing import Any

from tests.harness import ACCOUNT
from tests.policies.edits import (
    Change,
    Edit,
    Program,
    allow,
    document,
    ignore,
    new,
    provided,
    put,
    statement,
)
from tests.policies.violations.added_resources import (
    EC2,
    PERMISSION,
    ROLE,
    other_role,
    person,
    policy_text,
    trusting,
)
from tests.policies.violations.own_resources import (
    ADMINISTRATOR,
    BUCKET,
    CALLER,
    CALLERS,
    CONTEXT,
    CONTROLLER,
    CRYPTO,
    EVALUATIONS,
    FOREIGN,
    FUNCTION,
    KEY,
    LOGS,
    OPERATIONS,
    QUEUE,
    RESULTS,
    ROOT,
    SERVES,
)

GUARDS = "output-policy"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/deployer"
KMS_DEFAULT = policy_text(Principal={"AWS": ROOT}, Action="kms:*", Resource="*")


def _as_the_provider_finds_it(program: Program) -> None:
    """After a refresh the bucket shows what stands beside it."""
    bucket, guards = program.one("output-bucket"), program.one(GUARDS)
    bucket.outputs["acl"] = "private"
    owner = {"type": "CanonicalUser", "id": "a" * 64, "permissions": ["FULL_CONTROL"], "uri": ""}
    bucket.outputs["grants"] = [owner]
    bucket.outputs["corsRules"] = []
    bucket.outputs["policy"] = guards.outputs["policy"]


def _key_after_deployer(program: Program) -> None:
    program.one(KEY).dependencies.append(program.one("deployer").urn)


def _other_function(**variables: Any) -> tuple[Change, ...]:
    return (
        new(ROLE, "shop", name="shop", assumeRolePolicy=EC2),
        new(
            "aws:lambda/function:Function",
            "shop-function",
            {"role": "shop.arn"},
            name="shop",
            runtime="python3.13",
            environment={"variables": variables},
        ),
    )


_TABLE: dict[str, tuple[Change, ...]] = {
    "a role that reads other logs and evaluations of another environment": (
        *other_role("logs:GetLogEvents", resource=f"{LOGS}:shop:*"),
        allow(
            "deployer-rights",
            "bedrock-agentcore:GetBatchEvaluation",
            Resource=EVALUATIONS.replace("prod_", "team_"),
        ),
    ),
    "a further reader whom the key policy names": (
        *other_role("bedrock-agentcore:GetBatchEvaluation", resource=EVALUATIONS),
        statement(KEY, CALLERS, Principal={"AWS": [CALLER, DEPLOYER]}),
        statement(KEY, CRYPTO, Principal={"AWS": [CALLER, DEPLOYER]}),
        _key_after_deployer,
    ),
    "a user who invokes the controller alone": person(
        "User",
        "lambda:InvokeFunction",
        resource=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:agentcore-eval-prod-controller",
    ),
    "a wildcard that fits one action": (
        statement(KEY, CRYPTO, Action=["kms:GenerateDataKey", "kms:De*rypt"]),
    ),
    "any value of a context that has one": (
        statement(KEY, CRYPTO, Condition={"ForAnyValue:StringLike": {CONTEXT: EVALUATIONS}}),
    ),
    "names of condition keys in other case": (
        statement(
            KEY,
            SERVES,
            Condition={
                "StringEquals": {"AWS:sourceaccount": [ACCOUNT]},
                "ArnEquals": {"aws:SOURCEARN": EVALUATIONS},
            },
        ),
    ),
    "an administrator denied what it may not do": (
        allow(
            KEY,
            "kms:Decrypt",
            effect="Deny",
            Principal={"AWS": ADMINISTRATOR},
        ),
    ),
    "an Id, and the older version": (
        document(KEY, lambda whole: whole.update(Id="evaluations", Version="2008-10-17")),
    ),
    "a Deny of all but what callers do": (
        allow(
            KEY,
            Action=None,
            NotAction=["kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"],
            effect="Deny",
            Principal={"AWS": CALLER},
        ),
    ),
    "the account denied instead of everybody": (
        statement(GUARDS, "DenyWrongAlgorithm", Principal={"AWS": ROOT}),
    ),
    "other accounts denied also without an account": (
        statement(
            GUARDS,
            "DenyOtherAccounts",
            Condition={"StringNotEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}},
        ),
    ),
    "a bucket after a refresh": (_as_the_provider_finds_it,),
    "names of objects to the account's own queue": (
        new(
            "aws:s3/bucketNotification:BucketNotification",
            "notification",
            {"bucket": "output-bucket.bucket"},
            eventbridge=True,
            queues=[
                {
                    "queueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:exports",
                    "events": ["s3:ObjectCreated:*"],
                }
            ],
        ),
    ),
    "people of the account assume the testers": (
        new(ROLE, "tester", name="QualityAssurance", assumeRolePolicy=trusting(ROOT)),
    ),
    "a role of another account, by its name, assumes the testers": (
        new(
            ROLE,
            "tester",
            name="QualityAssurance",
            assumeRolePolicy=trusting(f"arn:aws:iam::{FOREIGN}:role/Lead"),
        ),
    ),
    "metrics of the bucket": (
        new("aws:s3/bucketMetric:BucketMetric", "metric", {"bucket": "output-bucket.bucket"}),
    ),
    "artifacts in cheap storage after a year": (
        put(
            "output-lifecycle",
            "rules.0.transitions",
            [{"days": 365, "storageClass": "DEEP_ARCHIVE"}],
        ),
    ),
    "actions of the role's policy in other case": (
        statement(CONTROLLER, "AllowTracing", Action=["XRay:putTraceSegments"]),
    ),
    "a package from a bucket of the stack": (
        new("aws:s3/bucket:Bucket", "packages", bucket="packages"),
        put(FUNCTION, "code", None),
        put(FUNCTION, "s3Bucket", "packages"),
        put(FUNCTION, "s3Key", "code.zip"),
    ),
    "a layer of one's own": (
        put(FUNCTION, "layers", [f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:json:3"]),
    ),
    "another function with a proxy": _other_function(HTTPS_PROXY="http://10.0.0.7"),
    "a schedule of the account invokes it": (
        new(
            PERMISSION,
            "nightly",
            {"function": f"{FUNCTION}.name"},
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            sourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/nightly",
        ),
    ),
    "messages to another function": (
        *_other_function(STAGE="prod"),
        new(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "orders",
            {"functionName": "shop-function.name"},
            eventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders",
        ),
    ),
    "another role with rights on its own bucket": (
        new(ROLE, "shop", name="shop", assumeRolePolicy=EC2),
        new(
            "aws:iam/rolePolicy:RolePolicy",
            "shop-rights",
            {"role": "shop.name"},
            policy=policy_text(
                Action=["s3:GetObject", "s3:PutBucketPolicy"], Resource="arn:aws:s3:::shop*"
            ),
        ),
    ),
    "a state machine that invokes the controller": (
        new(
            ROLE,
            "machine-role",
            name="machine",
            assumeRolePolicy=policy_text(
                Principal={"Service": "states.amazonaws.com"},
                Action="sts:AssumeRole",
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            ),
        ),
        new(
            "aws:iam/rolePolicy:RolePolicy",
            "machine-rights",
            {"role": "machine-role.name"},
            policy=policy_text(
                Action="lambda:InvokeFunction",
                Resource=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:agentcore-eval-prod-controller",
            ),
        ),
        new(
            "aws:sfn/stateMachine:StateMachine",
            "machine",
            {"roleArn": "machine-role.arn"},
            definition='{"States": {"Run": {"Type": "Task", "Resource": '
            '"arn:aws:states:::lambda:invoke"}}}',
        ),
    ),
    "metrics shared with a monitoring account": (
        new(
            "aws:oam/link:Link",
            "observability",
            labelTemplate="$AccountName",
            resourceTypes=["AWS::CloudWatch::Metric"],
            sinkIdentifier="arn:aws:oam:us-east-1:999988887777:sink/abc",
        ),
    ),
    "a permission for another function of like name": (
        new(
            PERMISSION,
            "other",
            function="agentcore-eval-prod-controller-blue",
            action="lambda:InvokeFunction",
            principal="*",
        ),
    ),
    "a user with rights on another bucket": (
        new("aws:iam/user:User", "ann", name="ann"),
        new(
            "aws:iam/userPolicy:UserPolicy",
            "ann-rights",
            {"user": "ann.name"},
            policy=policy_text(Action="s3:GetObject", Resource="arn:aws:s3:::pictures/*"),
        ),
    ),
    "a second attachment of the role's own policy": (
        new(
            "aws:iam/policyAttachment:PolicyAttachment",
            "again",
            {"roles.0": "roles-operator-role.name", "policyArn": "roles-operator-policy.arn"},
            roles=[None],
        ),
    ),
    "a key for something else, granted and replicated": (
        new("aws:kms/key:Key", "photos", enableKeyRotation=True, policy=KMS_DEFAULT),
        new(
            "aws:kms/grant:Grant",
            "photos-grant",
            {"keyId": "photos.keyId"},
            granteePrincipal=ADMINISTRATOR,
            operations=["Decrypt"],
        ),
        new("aws:kms/replicaKey:ReplicaKey", "copy", {"primaryKeyArn": "photos.arn"}),
    ),
    "logs of the account sent on without ours": (
        new(
            "aws:cloudwatch/logAccountPolicy:LogAccountPolicy",
            "all",
            policyName="all",
            policyType="SUBSCRIPTION_FILTER_POLICY",
            selectionCriteria=f'LogGroupName NOT IN ["{RESULTS}", '
            '"/aws/lambda/agentcore-eval-prod-controller"]',
            policyDocument="{}",
        ),
    ),
    "DNS logs written by their service": (
        new(
            "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
            "dns",
            policyName="dns",
            policyDocument=policy_text(
                Principal={"Service": "route53.amazonaws.com"},
                Action=["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource=f"{LOGS}:/aws/route53/*",
            ),
        ),
    ),
    "tags left to others": (ignore(KEY, "tags"), ignore("output-bucket", "tagsAll")),
    "the provider said by name": (
        provided(
            "output-bucket",
            region="us-east-1",
            assumeRoles=json.dumps([{"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Deploy"}]),
        ),
    ),
    "a queue of others with a policy": (
        new("aws:sqs/queue:Queue", "orders", name="orders", url="https://sqs/orders"),
        new(
            "aws:sqs/queuePolicy:QueuePolicy",
            "orders-policy",
            {"queueUrl": "orders.url"},
            policy=policy_text(Principal="*", Action="sqs:SendMessage", Resource="*"),
        ),
    ),
    "objects of one prefix denied to all": (
        allow(
            GUARDS,
            "s3:GetObject",
            effect="Deny",
            Principal="*",
            Resource=f"arn:aws:s3:::{BUCKET}/requests/*",
            Condition={"ArnNotEquals": {"aws:PrincipalArn": CALLER}},
        ),
    ),
    "the operations key enabled in so many words": (put(OPERATIONS, "isEnabled", True),),
    "failures never sent on": (put(QUEUE, "redrivePolicy", None),),
}
COMPLIANT_ADDED = [Edit(name, "", changes) for name, changes in _TABLE.items()]
