"""Violations by added resources, and by rarely used elements of documents.

Whoever is in a hurry leaves the settings alone that a rule is known to look at, and adds something:
a resource, an option, a statement with an element that means its opposite.
"""

import json

from tests.harness import ACCOUNT
from tests.policies.edits import (
    Edit,
    allow,
    ignore,
    new,
    provided,
    put,
    statement,
    text,
)
from tests.policies.violations.own_resources import (
    ADMINISTRATOR,
    BUCKET,
    CALLER,
    CONTEXT,
    CONTROLLER,
    CRYPTO,
    EVALUATIONS,
    FOREIGN,
    FOREIGN_ROLE,
    FUNCTION,
    KEY,
    LOGS,
    OPERATIONS,
    OPERATOR,
    OTHER_KEY,
    QUEUE,
    RESULTS,
    ROOT,
    SCHEDULE,
    SERVES,
    USE,
    VARIABLES,
)

OPERATOR_ROLE, CONTROLLER_ROLE = "roles-operator-role", "roles-controller-role"
PERMISSION, ROLE = "aws:lambda/permission:Permission", "aws:iam/role:Role"
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
START = "bedrock-agentcore:StartBatchEvaluation"
GUARDS = "output-policy"
QUEUE_TYPE = "aws:sqs/queue:Queue"
REDRIVE = json.dumps(
    {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:plain", "maxReceiveCount": 1}
)
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"


def policy_text(**elements: object) -> str:
    whole = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **elements}]}
    return json.dumps(whole)


FOREIGN_ROOT = f"arn:aws:iam::{FOREIGN}:root"


def trusting(principal: str) -> str:
    """A trust policy."""
    return policy_text(Principal={"AWS": principal}, Action="sts:AssumeRole")


EC2 = policy_text(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")


def other_role(*actions: str, resource: str = "*") -> tuple:
    """A role of another team in the stack, with an inline policy."""
    return (
        new(ROLE, "deployer", name="deployer", assumeRolePolicy=EC2),
        new(
            "aws:iam/rolePolicy:RolePolicy",
            "deployer-rights",
            {"role": "deployer.name"},
            policy=policy_text(Action=list(actions), Resource=resource),
        ),
    )


def person(kind: str, *actions: str, resource: str = "*") -> tuple:
    """A user or a group in the stack, with an inline policy."""
    low = kind.lower()
    return (
        new(f"aws:iam/{low}:{kind}", "analysts", name="analysts"),
        new(
            f"aws:iam/{low}Policy:{kind}Policy",
            "analysts-rights",
            {low: "analysts.name"},
            policy=policy_text(Action=list(actions), Resource=resource),
        ),
    )


def managed(name: str) -> tuple:
    """A role of another team in the stack, with a policy of AWS."""
    return (
        new(ROLE, "deployer", name="deployer", assumeRolePolicy=EC2),
        new(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "deployer-rights",
            {"role": "deployer.name"},
            policyArn=f"arn:aws:iam::aws:policy/{name}",
        ),
    )


def _permission(**inputs: str) -> tuple:
    given = {"action": "lambda:InvokeFunction", **inputs}
    return (new(PERMISSION, "permission", {"function": f"{FUNCTION}.name"}, **given),)


_TABLE: dict[str, dict[str, tuple]] = {
    "evaluation-readers": {
        "a role reads evaluations": other_role("bedrock-agentcore:GetBatchEvaluation"),
        "a role deletes ours by name": other_role(
            "bedrock-agentcore:DeleteBatchEvaluation",
            resource=EVALUATIONS.replace("prod_*", "prod_nightly*"),
        ),
        "a group does all but start them": person(
            "Group", "bedrock-agentcore:Get*", "bedrock-agentcore:Stop*"
        ),
    },
    "result-log-readers": {
        "a role searches every log": other_role("logs:FilterLogEvents", "logs:StartQuery"),
        "a role reads some streams": other_role(
            "logs:GetLogEvents", resource=f"{LOGS}:{RESULTS}:log-stream:prod_*"
        ),
        "a user reads the group": person(
            "User", "logs:GetLogEvents", resource=f"{LOGS}:{RESULTS}:*"
        ),
        "a role deletes the group": other_role("logs:DeleteLogGroup", resource=f"{LOGS}:{RESULTS}"),
        "a role that keeps every log for a day": other_role("logs:PutRetentionPolicy"),
        "a role that AWS lets read everything": managed("ReadOnlyAccess"),
    },
    "invoker-role-permissions": {
        "a group invokes every function": person("Group", "lambda:InvokeFunction"),
        "a user invokes by the start of a name": person(
            "User",
            "lambda:InvokeFunction",
            resource=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:agentcore-*",
        ),
    },
    "evaluation-key-kind": {
        "a replica in another Region": (
            new(
                "aws:kms/replicaKey:ReplicaKey",
                "replica",
                {"primaryKeyArn": f"{KEY}.arn"},
                policy=policy_text(Principal={"AWS": ROOT}, Action="kms:*", Resource="*"),
            ),
        ),
    },
    "evaluation-key-operations": {
        "every way of GenerateDataKey in other case": (
            statement(KEY, CRYPTO, Action=["KMS:generatedatakey*", "kms:decrypt"]),
        ),
        "whatever ends in crypt": (statement(KEY, CRYPTO, Action=[*USE, "kms:*crypt"]),),
    },
    "evaluation-key-users": {
        "everybody under a tag": (
            allow(
                KEY,
                "kms:Decrypt",
                Principal="*",
                Condition={
                    "StringEquals": {
                        "aws:PrincipalAccount": ACCOUNT,
                        "aws:PrincipalTag/team": "evaluations",
                    }
                },
            ),
        ),
        "roles whose name begins alike": (
            allow(
                KEY,
                *USE,
                Principal={"AWS": "*"},
                Condition={
                    "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/agentcore-*"}
                },
            ),
        ),
        "users signed in by an identity provider": (
            allow(KEY, "kms:Decrypt", Principal={"Federated": GITHUB}),
        ),
        "the account but for one action": (
            allow(KEY, Action=None, Principal={"AWS": ROOT}, NotAction=["kms:CreateGrant"]),
        ),
    },
    "evaluation-key-minimum": {
        "the caller by a condition, where no policy of its session limits it": (
            statement(
                KEY,
                CRYPTO,
                Principal={"AWS": "*"},
                Condition={
                    "StringLike": {CONTEXT: EVALUATIONS},
                    "ArnEquals": {"aws:PrincipalArn": CALLER},
                },
            ),
        ),
    },
    "evaluation-key-caller-context": {
        "one value more, which is everything": (
            statement(KEY, CRYPTO, Condition={"StringLike": {CONTEXT: [EVALUATIONS, "*"]}}),
        ),
        "any value but one": (
            statement(KEY, CRYPTO, Condition={"StringNotLike": {CONTEXT: "arn:aws:s3:::*"}}),
        ),
        "any of the keys of the context": (
            statement(
                KEY,
                CRYPTO,
                Condition={
                    "ForAnyValue:StringEquals": {
                        "kms:EncryptionContextKeys": "aws:bedrock-agentcore:batchEvaluationArn"
                    },
                    "StringLike": {CONTEXT: "arn:aws:bedrock-agentcore:*"},
                },
            ),
        ),
    },
    "evaluation-key-service-source": {
        "every account but one": (
            statement(
                KEY,
                SERVES,
                Condition={
                    "StringNotEquals": {"aws:SourceAccount": FOREIGN},
                    "ArnLike": {"aws:SourceArn": EVALUATIONS},
                },
            ),
        ),
        "the ARN only if there is one": (
            text(KEY, '"ArnLike":{"aws:SourceArn"', '"ArnLikeIfExists":{"aws:SourceArn"'),
        ),
    },
    "evaluation-key-serves-evaluations": {
        "a Deny for everybody but the administrator": (
            allow(
                KEY,
                *USE,
                effect="Deny",
                NotPrincipal={"AWS": [ADMINISTRATOR, f"arn:aws:iam::{ACCOUNT}:root"]},
            ),
        ),
        "a second policy that replaces it": (
            new(
                "aws:kms/keyPolicy:KeyPolicy",
                "key-policy",
                {"keyId": f"{KEY}.keyId"},
                policy=policy_text(Principal={"AWS": ROOT}, Action="kms:*", Resource="*"),
            ),
        ),
    },
    "output-bucket-others": {
        "a second policy of the bucket": (
            new(
                "aws:s3/bucketPolicy:BucketPolicy",
                "second",
                {"bucket": "output-bucket.bucket"},
                policy=policy_text(
                    Principal={"AWS": ADMINISTRATOR}, Action="s3:GetObject", Resource=OBJECTS
                ),
            ),
        ),
        "a policy in the bucket itself": (
            put(
                "output-bucket",
                "policy",
                policy_text(
                    Principal={"AWS": FOREIGN_ROLE}, Action="s3:GetObject", Resource=OBJECTS
                ),
            ),
        ),
        "other accounts denied but for one": (
            statement(
                GUARDS,
                "DenyOtherAccounts",
                Condition={"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT, FOREIGN]}},
            ),
        ),
    },
    "output-bucket-puts": {
        "any key for one role": (
            statement(
                GUARDS,
                "DenyWrongAlgorithm",
                Condition={
                    "StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"},
                    "StringNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Deploy*"},
                },
            ),
        ),
    },
    "output-bucket-tls": {
        "plain HTTP from the office": (
            statement(
                GUARDS,
                "DenyPlainHttp",
                Condition={
                    "Bool": {"aws:SecureTransport": "false"},
                    "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                },
            ),
        ),
        "plain HTTP to one prefix": (
            statement(
                GUARDS,
                "DenyPlainHttp",
                Resource=None,
                NotResource=f"arn:aws:s3:::{BUCKET}/shared/*",
            ),
        ),
        "plain HTTP by a policy variable": (
            statement(
                GUARDS,
                "DenyPlainHttp",
                Resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/${{aws:username}}/*"],
            ),
        ),
    },
    "output-bucket-copies": {
        "an access control list in the bucket itself": (
            put("output-bucket", "acl", "public-read"),
        ),
        "grants in the bucket itself": (
            put(
                "output-bucket",
                "grants",
                [{"type": "Group", "permissions": ["READ"], "uri": "http://acs.amazonaws.com"}],
            ),
        ),
        "replication in the bucket itself": (
            put(
                "output-bucket",
                "replicationConfiguration",
                {"role": ROOT, "rules": [{"status": "Enabled"}]},
            ),
        ),
        "names of objects to another account": (
            new(
                "aws:s3/bucketNotification:BucketNotification",
                "notification",
                {"bucket": "output-bucket.bucket"},
                queues=[
                    {
                        "queueArn": f"arn:aws:sqs:us-east-1:{FOREIGN}:inbox",
                        "events": ["s3:ObjectCreated:*"],
                    }
                ],
            ),
        ),
        "access grants for the bucket": (
            new(
                "aws:s3control/accessGrantsLocation:AccessGrantsLocation",
                "grants",
                iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/Grants",
                locationScope=f"s3://{BUCKET}/evaluations/*",
            ),
        ),
        "a way in from every Region": (
            new(
                "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
                "everywhere",
                {"details.regions.0.bucket": "output-bucket.bucket"},
                details={"name": "everywhere", "regions": [{}]},
            ),
        ),
    },
    "output-bucket-keeps": {
        "manifests moved where they cannot be read": (
            put(
                "output-lifecycle",
                "rules.1.transitions",
                [{"days": 30, "storageClass": "DEEP_ARCHIVE"}],
            ),
        ),
        "a second lifecycle that expires all": (
            new(
                "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
                "tidy",
                {"bucket": "output-bucket.bucket"},
                rules=[{"id": "tidy", "status": "Enabled", "expiration": {"days": 90}}],
            ),
        ),
        "everything above a size expires": (
            put("output-lifecycle", "rules.0.filter", {"objectSizeGreaterThan": 1}),
        ),
    },
    "output-bucket-roles": {
        "another team's role reads": other_role("s3:Get*", resource=OBJECTS),
        "a role reads some of the exports": other_role(
            "s3:GetObject", resource=OBJECTS.replace("*", "evaluations/prod_*")
        ),
        "another role reads everything": managed("ReadOnlyAccess"),
        "a user reads": (
            new("aws:iam/user:User", "ann", name="ann"),
            new(
                "aws:iam/userPolicy:UserPolicy",
                "ann-rights",
                {"user": "ann.name"},
                policy=policy_text(Action="s3:GetObject", Resource="*"),
            ),
        ),
    },
    "caller-role-permissions": {
        "every resource but one": (
            statement(
                CONTROLLER, "AllowExportObjects", Resource=None, NotResource="arn:aws:s3:::secret/*"
            ),
        ),
        "every way to get an object": (
            statement(CONTROLLER, "AllowExportObjects", Action=["s3:*Object*"]),
        ),
        "the Region only if there is one": (
            text(
                CONTROLLER,
                '"StringEquals":{"aws:RequestedRegion"',
                '"StringEqualsIfExists":{"aws:RequestedRegion"',
            ),
        ),
        "objects below one's own name": (
            allow(CONTROLLER, "s3:GetObject", Resource="arn:aws:s3:::home/${aws:username}/*"),
        ),
    },
    "role-policies-known": {
        "the function under a role of elsewhere": (
            put(FUNCTION, "role", f"arn:aws:iam::{ACCOUNT}:role/Admin"),
        ),
        "the schedule under a role of elsewhere": (
            put(SCHEDULE, "target.roleArn", f"arn:aws:iam::{ACCOUNT}:role/Admin"),
        ),
        "one attachment for several roles": (
            new(
                "aws:iam/policyAttachment:PolicyAttachment",
                "readers",
                {"roles.0": f"{OPERATOR_ROLE}.name"},
                roles=[None],
                policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
            ),
        ),
    },
    "role-trust-principals": {
        "everybody assumes the key's administrator": (
            new(ROLE, "administrator", name="KeyAdministration", assumeRolePolicy=trusting("*")),
        ),
        "another account assumes whom operators come from": (
            new(ROLE, "tester", name="QualityAssurance", assumeRolePolicy=trusting(FOREIGN_ROOT)),
        ),
        "another account assumes who reads failed requests": (
            new(ROLE, "reader", name="IncidentResponse", assumeRolePolicy=trusting(FOREIGN_ROOT)),
        ),
        "everybody assumes whom a role trusts that operators come from": (
            new(
                ROLE,
                "tester",
                name="QualityAssurance",
                assumeRolePolicy=trusting(f"arn:aws:iam::{ACCOUNT}:role/Testers"),
            ),
            new(ROLE, "testers", name="Testers", assumeRolePolicy=trusting("*")),
        ),
        "a pipeline of GitHub's": (
            allow(
                OPERATOR_ROLE,
                "sts:AssumeRoleWithWebIdentity",
                path="assumeRolePolicy",
                Principal={"Federated": GITHUB},
                Condition={
                    "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/*"}
                },
            ),
        ),
        "a partner with an external id": (
            allow(
                CONTROLLER_ROLE,
                "sts:AssumeRole",
                path="assumeRolePolicy",
                Principal={"AWS": FOREIGN},
                Condition={"StringEquals": {"sts:ExternalId": "partner-17"}},
            ),
        ),
    },
    "role-escalation": {
        "the controller administers the evaluation key": (
            statement(KEY, "AllowKeyAdministration", Principal={"AWS": CALLER}),
        ),
        "the operator administers the evaluation key too": (
            statement(
                KEY,
                "AllowKeyAdministration",
                Principal={"AWS": [ADMINISTRATOR, CALLER.replace("controller", "operator")]},
            ),
        ),
        "the schedule may disable the operations key": (
            allow(
                OPERATIONS,
                "kms:DisableKey",
                Principal={"AWS": CALLER.replace("controller", "schedule")},
            ),
        ),
        "another role copies the results": other_role("logs:PutSubscriptionFilter"),
        "another role copies the results as the console names them": other_role(
            "logs:PutSubscriptionFilter", resource=f"{LOGS}:{RESULTS}:*"
        ),
        "another role replicates the bucket": other_role("s3:PutReplicationConfiguration"),
        "another role administers": managed("AdministratorAccess"),
        "another role is a power user": managed("PowerUserAccess"),
        "another role opens the queue": other_role("sqs:SetQueueAttributes"),
        "another role gives the function an address": other_role("lambda:CreateFunctionUrlConfig"),
        "all but what is named": (allow(OPERATOR, Action=None, NotAction=["s3:*"], Resource="*"),),
    },
    "controller-key": {
        "a key of another account": (
            put(
                FUNCTION,
                f"{VARIABLES}.EVALUATION_KEY_ARN",
                f"arn:aws:kms:us-east-1:{FOREIGN}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            ),
        ),
    },
    "controller-code": {
        "a layer of somebody else": (
            put(FUNCTION, "layers", [f"arn:aws:lambda:us-east-1:{FOREIGN}:layer:tracer:3"]),
        ),
        "calls sent to a proxy": (put(FUNCTION, f"{VARIABLES}.HTTPS_PROXY", "http://10.0.0.7"),),
        "calls sent to another endpoint": (
            put(FUNCTION, f"{VARIABLES}.AWS_ENDPOINT_URL_S3", "https://s3.example.com"),
        ),
        "a package from somebody's bucket": (
            put(FUNCTION, "code", None),
            put(FUNCTION, "s3Bucket", "someones-bucket"),
            put(FUNCTION, "s3Key", "code.zip"),
        ),
        "a file system beside the code": (
            put(
                FUNCTION,
                "fileSystemConfig",
                {
                    "arn": f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:access-point/fsap-1",
                    "localMountPath": "/mnt/x",
                },
            ),
        ),
        "settings of the SDK from a file": (
            put(FUNCTION, f"{VARIABLES}.AWS_CONFIG_FILE", "/mnt/x/config"),
        ),
        "models of the SDK from a file": (put(FUNCTION, f"{VARIABLES}.AWS_DATA_PATH", "/mnt/x"),),
        "a wrapper around the code": (
            put(FUNCTION, f"{VARIABLES}.AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrap"),
        ),
    },
    "controller-failures": {
        "failures sent to another account": (
            put(
                "controller-invoke-config",
                "destinationConfig.onFailure.destination",
                f"arn:aws:sqs:us-east-1:{FOREIGN}:failures",
            ),
        ),
        "answers sent to another account": (
            put(
                "controller-invoke-config",
                "destinationConfig.onSuccess",
                {"destination": f"arn:aws:sns:us-east-1:{FOREIGN}:answers"},
            ),
        ),
    },
    "controller-reach": {
        "a service for another account": _permission(
            principal="events.amazonaws.com", sourceAccount=FOREIGN
        ),
        "a service for another account's resource": _permission(
            principal="sns.amazonaws.com",
            sourceArn=f"arn:aws:sns:us-east-1:{FOREIGN}:topic",
        ),
        "a bucket's name, whoever has it": _permission(
            principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::uploads"
        ),
        "everybody of the organization": _permission(principal="*", principalOrgId="o-abcdefghij"),
        "a session of another account": _permission(
            principal=f"arn:aws:sts::{FOREIGN}:assumed-role/Partner/me"
        ),
        "the code for a role": _permission(
            principal=ADMINISTRATOR, action="lambda:UpdateFunctionCode"
        ),
        "an API on the internet": _permission(
            principal="apigateway.amazonaws.com",
            sourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a1b2c3/*",
        ),
        "everybody by an alias of the function": (
            new(
                PERMISSION,
                "live",
                function="agentcore-eval-prod-controller:live",
                action="lambda:InvokeFunction",
                principal="*",
            ),
        ),
        "messages of another account": (
            new(
                "aws:lambda/eventSourceMapping:EventSourceMapping",
                "inbox",
                {"functionName": f"{FUNCTION}.name"},
                eventSourceArn=f"arn:aws:sqs:us-east-1:{FOREIGN}:inbox",
            ),
        ),
    },
    "failure-queue-requests": {
        "a role changes the queue": (
            allow(
                "controller-failures-policy",
                "sqs:SetQueueAttributes",
                Principal={"AWS": ADMINISTRATOR},
            ),
        ),
        "a second policy of the queue": (
            new(
                "aws:sqs/queuePolicy:QueuePolicy",
                "second",
                {"queueUrl": f"{QUEUE}.url"},
                policy=policy_text(Principal="*", Action="sqs:SendMessage", Resource="*"),
            ),
        ),
    },
    "failure-queue-key": {
        "failures passed on to a queue in the clear": (
            new(QUEUE_TYPE, "plain", name="plain"),
            put(QUEUE, "redrivePolicy", REDRIVE),
        ),
        "failures passed on by a policy of its own": (
            new(QUEUE_TYPE, "plain", name="plain"),
            new(
                "aws:sqs/redrivePolicy:RedrivePolicy",
                "redrive",
                {"queueUrl": f"{QUEUE}.id"},
                redrivePolicy=REDRIVE,
            ),
        ),
        "failures passed on to a queue that is made first": (
            new(QUEUE_TYPE, "plain", name="plain"),
            new(
                "aws:sqs/redrivePolicy:RedrivePolicy",
                "redrive",
                {"queueUrl": f"{QUEUE}.id", "redrivePolicy": "plain.arn"},
            ),
        ),
        "a key of another account": (
            put(
                QUEUE,
                "kmsMasterKeyId",
                f"arn:aws:kms:us-east-1:{FOREIGN}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            ),
        ),
    },
    "log-encryption": {
        "a key of another account": (
            put(
                "results-group",
                "kmsKeyId",
                f"arn:aws:kms:us-east-1:{FOREIGN}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            ),
        ),
    },
    "log-copies": {
        "every group of the account sent on": (
            new(
                "aws:cloudwatch/logAccountPolicy:LogAccountPolicy",
                "all",
                policyName="all",
                policyType="SUBSCRIPTION_FILTER_POLICY",
                policyDocument='{"DestinationArn": "arn:aws:firehose:us-east-1:1:x"}',
            ),
        ),
        "logs shared with a monitoring account": (
            new(
                "aws:oam/link:Link",
                "observability",
                labelTemplate="$AccountName",
                resourceTypes=["AWS::Logs::LogGroup", "AWS::CloudWatch::Metric"],
                sinkIdentifier=f"arn:aws:oam:us-east-1:{FOREIGN}:sink/abc",
            ),
        ),
        "a policy that lets another account read": (
            new(
                "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
                "partner",
                policyName="partner",
                policyDocument=policy_text(
                    Principal={"AWS": FOREIGN},
                    Action="logs:GetLogEvents",
                    Resource=f"{LOGS}:{RESULTS}:*",
                ),
            ),
        ),
    },
    "operations-key-bound": {
        "a grant of the operations key": (
            new(
                "aws:kms/grant:Grant",
                "grant",
                {"keyId": f"{OPERATIONS}.keyId"},
                granteePrincipal=FOREIGN_ROLE,
                operations=["Decrypt"],
            ),
        ),
    },
    "operations-key-serves-logs": {
        "the operations key disabled": (put(OPERATIONS, "isEnabled", False),),
    },
    "one-place": {
        "a provider of another Region": (provided("output-bucket", region="eu-west-1"),),
        "a provider of another account": (
            provided(
                "results-group",
                region="us-east-1",
                assumeRoles=json.dumps([{"roleArn": f"arn:aws:iam::{FOREIGN}:role/Deploy"}]),
            ),
        ),
    },
    "changes-not-ignored": {
        "the key policy left as it is": (ignore(KEY, "policy"),),
        "the bucket policy left as it is": (ignore(GUARDS, "policy"),),
        "all of the controller's role's policy": (ignore(CONTROLLER, "*"),),
        "the trust policy left as it is": (ignore(OPERATOR_ROLE, "assumeRolePolicy"),),
        "the variables left as they are": (ignore(FUNCTION, "environment.variables"),),
    },
    "evaluation-callers": {
        "a user starts evaluations": (
            new("aws:iam/user:User", "ann", name="ann"),
            new(
                "aws:iam/userPolicy:UserPolicy",
                "ann-rights",
                {"user": "ann.name"},
                policy=policy_text(Action=START, Resource="*"),
            ),
        ),
        "a role of elsewhere gets the controller's policy": (
            new(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                "legacy",
                {"policyArn": f"{CONTROLLER}.arn"},
                role="LegacyRunner",
            ),
        ),
        "a role of elsewhere gets an inline policy": (
            new(
                "aws:iam/rolePolicy:RolePolicy",
                "legacy",
                role="LegacyRunner",
                policy=policy_text(Action=START, Resource="*"),
            ),
        ),
        "a group starts evaluations": (
            new("aws:iam/group:Group", "team", name="team"),
            new(
                "aws:iam/groupPolicy:GroupPolicy",
                "team-rights",
                {"group": "team.name"},
                policy=policy_text(Action="bedrock-agentcore:*", Resource="*"),
            ),
        ),
    },
    "evaluation-starts-with-key": {
        "a schedule that starts evaluations under a key of elsewhere": (
            put(
                SCHEDULE,
                "target.arn",
                "arn:aws:scheduler:::aws-sdk:bedrockagentcore:startBatchEvaluation",
            ),
            put(SCHEDULE, "target.input", json.dumps({"KmsKeyArn": OTHER_KEY})),
        ),
    },
    "policies-well-formed": {
        "two statements of one Sid": (
            statement(CONTROLLER, "AllowTracing", Sid="AllowLogReading"),
        ),
    },
}
ADDED = [
    Edit(name, rule, changes) for rule, edits in _TABLE.items() for name, changes in edits.items()
]
