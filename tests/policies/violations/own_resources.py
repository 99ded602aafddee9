"""Violations of our environment, each one edit, each with the rule that is meant to report it."""

from tests.harness import ACCOUNT
from tests.policies.edits import (
    Change,
    Edit,
    allow,
    free,
    gone,
    new,
    point,
    protect,
    put,
    statement,
    text,
    without,
)

FOREIGN = "999988887777"
FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/Partner"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
CALLER = f"arn:aws:iam::{ACCOUNT}:role/agentcore-eval-prod-controller-us-east-1"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/KeyAdministration"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/KeyAdministration/alice"
SERVICE = {"Service": "bedrock-agentcore.amazonaws.com"}
EVALUATIONS = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/prod_*"
CONTEXT = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
USE = ["kms:GenerateDataKey", "kms:Decrypt"]
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group"
BUCKET = f"agentcore-eval-prod-exports-{ACCOUNT}-us-east-1"
RESULTS = "agentcore-eval-prod-results"
PERMISSION_SET = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_KeyAdmin_*"
)
SESSIONS_OF_SET = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_KeyAdmin_*/*"
PUT_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
EVALUATION_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-000000000001"
OTHER_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/99999999-12ab-34cd-56ef-1234567890ab"

KEY, OPERATIONS = "evaluation-key-key", "operations-key-key"
FUNCTION, SCHEDULE, QUEUE = "controller-function", "controller-schedule", "controller-failures"
CONTROLLER, OPERATOR, SCHEDULED = (
    "roles-controller-policy",
    "roles-operator-policy",
    "roles-schedule-policy",
)
CALLERS, CRYPTO, SERVES, ADMINISTERS = (
    "AllowCallerAccess",
    "AllowCallerCryptoOps",
    "AllowServicePrincipalAccess",
    "AllowKeyAdministration",
)
VARIABLES = "environment.variables"
ENCRYPTION = "rules.0.applyServerSideEncryptionByDefault"


def administers(key: str, principal: str, condition: dict) -> Change:
    """Administration of a key by a principal under conditions."""
    return statement(key, ADMINISTERS, Principal={"AWS": principal}, Condition=condition)


_TABLE: dict[str, dict[str, tuple]] = {
    "evaluation-key-kind": {
        "an RSA key": (put(KEY, "customerMasterKeySpec", "RSA_2048"),),
        "an HMAC key": (put(KEY, "customerMasterKeySpec", "HMAC_256"),),
        "a key for MACs": (put(KEY, "keyUsage", "GENERATE_VERIFY_MAC"),),
        "a key for signatures": (put(KEY, "keyUsage", "SIGN_VERIFY"),),
        "a multi-Region key": (put(KEY, "multiRegion", True),),
        "a disabled key": (put(KEY, "isEnabled", False),),
        "a key in a custom key store": (put(KEY, "customKeyStoreId", "cks-1234567890abcdef0"),),
    },
    "key-rotation": {
        "no rotation": (put(KEY, "enableKeyRotation", False),),
        "rotation left out": (put(KEY, "enableKeyRotation", None),),
        "no rotation of the operations key": (put(OPERATIONS, "enableKeyRotation", False),),
        "rotation every seven years": (put(KEY, "rotationPeriodInDays", 2560),),
    },
    "key-deletion-window": {
        "a week to bring the key back": (put(KEY, "deletionWindowInDays", 7),),
        "ten days for the operations key": (put(OPERATIONS, "deletionWindowInDays", 10),),
    },
    "keys-and-bucket-protected": {
        "the evaluation key unprotected": (protect(KEY, False),),
        "the operations key unprotected": (protect(OPERATIONS, False),),
        "the bucket unprotected": (protect("output-bucket", False),),
    },
    "key-lockout-check": {
        "the lock-out check bypassed": (put(KEY, "bypassPolicyLockoutSafetyCheck", True),),
        "the check bypassed for operations": (
            put(OPERATIONS, "bypassPolicyLockoutSafetyCheck", True),
        ),
    },
    "key-administered": {
        "the three documented statements alone": (without(KEY, ADMINISTERS),),
        "PutKeyPolicy taken from the administrators": (text(KEY, '"kms:PutKeyPolicy",', ""),),
        "only a session administers": (statement(KEY, ADMINISTERS, Principal={"AWS": SESSION}),),
        "a Deny of PutKeyPolicy for everybody": (
            allow(KEY, "kms:PutKeyPolicy", effect="Deny", Principal="*"),
        ),
        "nobody administers the operations key": (without(OPERATIONS, ADMINISTERS),),
        "a permission set named by its sessions": (
            administers(
                KEY,
                ROOT,
                {"ArnLike": {"aws:PrincipalArn": SESSIONS_OF_SET}},
            ),
        ),
        "a permission set compared as if it were written in full": (
            administers(
                KEY,
                ROOT,
                {"StringEquals": {"aws:PrincipalArn": PERMISSION_SET}},
            ),
        ),
        "a permission set of another account": (
            administers(
                OPERATIONS,
                "*",
                {
                    "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
                    "ArnLike": {"aws:PrincipalArn": PERMISSION_SET.replace(ACCOUNT, FOREIGN)},
                },
            ),
        ),
        "a permission set with a second factor that its sessions do not carry": (
            administers(
                KEY,
                ROOT,
                {
                    "ArnLike": {"aws:PrincipalArn": PERMISSION_SET},
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                },
            ),
        ),
        "a role of another account alone administers": (
            statement(KEY, ADMINISTERS, Principal={"AWS": FOREIGN_ROLE}),
        ),
        "another account alone administers": (
            statement(KEY, ADMINISTERS, Principal={"AWS": f"arn:aws:iam::{FOREIGN}:root"}),
        ),
        "administration until the project ends": (
            administers(
                OPERATIONS,
                ROOT,
                {"DateLessThan": {"aws:CurrentTime": "2027-12-31T00:00:00Z"}},
            ),
        ),
    },
    "key-principals": {
        "a session as caller": (statement(KEY, CRYPTO, Principal={"AWS": [CALLER, SESSION]}),),
        "a principal by its unique id": (
            statement(KEY, ADMINISTERS, Principal={"AWS": "AROAEXAMPLEEXAMPLE123"}),
        ),
        "a session as administrator": (
            statement(KEY, ADMINISTERS, Principal={"AWS": [ADMINISTRATOR, SESSION]}),
        ),
    },
    "evaluation-key-administrators": {
        "a foreign role administers": (
            statement(KEY, ADMINISTERS, Principal={"AWS": [ADMINISTRATOR, FOREIGN_ROLE]}),
        ),
        "a foreign account administers": (
            statement(KEY, ADMINISTERS, Principal={"AWS": [ADMINISTRATOR, FOREIGN]}),
        ),
        "a foreign account may change the policy, in vain": (
            allow(KEY, "kms:PutKeyPolicy", Principal={"AWS": FOREIGN}),
        ),
        "everybody administers": (statement(KEY, ADMINISTERS, Principal="*"),),
        "everybody of the organization administers": (
            statement(
                KEY,
                ADMINISTERS,
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
            ),
        ),
    },
    "evaluation-key-grants": {
        "kms:Create* for administrators": (
            statement(KEY, ADMINISTERS, Action=["kms:Create*", "kms:PutKeyPolicy"]),
        ),
        "CreateGrant for the caller": (allow(KEY, "kms:CreateGrant", Principal={"AWS": CALLER}),),
        "CreateGrant for AWS resources": (
            allow(
                KEY,
                "kms:CreateGrant",
                Principal={"AWS": CALLER},
                Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        ),
        "kms:* for administrators": (statement(KEY, ADMINISTERS, Action="kms:*"),),
    },
    "evaluation-key-users": {
        "the default statement beside ours": (allow(KEY, "kms:*", Principal={"AWS": ROOT}),),
        "the account as caller": (statement(KEY, CRYPTO, Principal={"AWS": ROOT}),),
        "the account beside the caller": (
            statement(KEY, CRYPTO, Principal={"AWS": [CALLER, ROOT]}),
        ),
        "everybody as caller": (statement(KEY, CRYPTO, Principal="*"),),
        "everybody in AWS as caller": (statement(KEY, CRYPTO, Principal={"AWS": "*"}),),
        "a foreign role as caller": (
            statement(KEY, CRYPTO, Principal={"AWS": [CALLER, FOREIGN_ROLE]}),
        ),
        "a foreign account as caller": (
            statement(KEY, CRYPTO, Principal={"AWS": [CALLER, FOREIGN]}),
        ),
        "S3 beside AgentCore": (
            statement(
                KEY,
                SERVES,
                Principal={"Service": ["bedrock-agentcore.amazonaws.com", "s3.amazonaws.com"]},
            ),
        ),
        "Bedrock's other service principal": (
            allow(KEY, *USE, Principal={"Service": "bedrock.amazonaws.com"}),
        ),
        "everybody of the account": (
            allow(
                KEY,
                "kms:Decrypt",
                Principal="*",
                Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}},
            ),
        ),
        "everybody through S3": (
            allow(
                KEY,
                *USE,
                Principal={"AWS": "*"},
                Condition={
                    "StringEquals": {
                        "kms:ViaService": "s3.us-east-1.amazonaws.com",
                        "kms:CallerAccount": ACCOUNT,
                    }
                },
            ),
        ),
        "everybody of the organization": (
            allow(
                KEY,
                "kms:Decrypt",
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
            ),
        ),
        "everybody but one role": (allow(KEY, "kms:Decrypt", NotPrincipal={"AWS": FOREIGN_ROLE}),),
        "logs read by the evaluation key": (
            allow(KEY, "kms:Decrypt*", Principal={"Service": "logs.us-east-1.amazonaws.com"}),
        ),
        "the account decrypts by IAM policies": (
            allow(KEY, "kms:Decrypt", "kms:DescribeKey", Principal={"AWS": ACCOUNT}),
        ),
    },
    "evaluation-key-operations": {
        "Encrypt for the caller": (statement(KEY, CRYPTO, Action=[*USE, "kms:Encrypt"]),),
        "ReEncrypt for the caller": (statement(KEY, CRYPTO, Action=[*USE, "kms:ReEncrypt*"]),),
        "every way of GenerateDataKey": (
            statement(KEY, CRYPTO, Action=["kms:GenerateDataKey*", "kms:Decrypt"]),
        ),
        "everything for the caller": (statement(KEY, CRYPTO, Action="kms:*"),),
        "everything but deletion for the caller": (
            statement(KEY, CRYPTO, Action=None, NotAction="kms:ScheduleKeyDeletion"),
        ),
        "everything for the service": (statement(KEY, SERVES, Action="kms:*"),),
        "Encrypt for an administrator": (
            allow(KEY, "kms:Encrypt", Principal={"AWS": ADMINISTRATOR}),
        ),
    },
    "evaluation-key-scope": {
        "every account and Region": (
            text(KEY, EVALUATIONS, "arn:aws:bedrock-agentcore:*:*:batch-evaluate/*"),
        ),
        "every Region": (
            text(KEY, EVALUATIONS, f"arn:aws:bedrock-agentcore:*:{ACCOUNT}:batch-evaluate/*"),
        ),
    },
    "evaluation-key-caller-context": {
        "no encryption context": (statement(KEY, CRYPTO, Condition=None),),
        "the context only if there is one": (
            statement(KEY, CRYPTO, Condition={"StringLikeIfExists": {CONTEXT: EVALUATIONS}}),
        ),
        "any context": (statement(KEY, CRYPTO, Condition={"StringLike": {CONTEXT: "*"}}),),
        "evaluations of every Region": (
            statement(
                KEY,
                CRYPTO,
                Condition={
                    "StringLike": {
                        CONTEXT: f"arn:aws:bedrock-agentcore:*:{ACCOUNT}:batch-evaluate/*"
                    }
                },
            ),
        ),
        "evaluations of every account": (
            statement(
                KEY,
                CRYPTO,
                Condition={
                    "StringLike": {
                        CONTEXT: "arn:aws:bedrock-agentcore:us-east-1:*:batch-evaluate/*"
                    }
                },
            ),
        ),
        "everything of AgentCore": (
            statement(
                KEY,
                CRYPTO,
                Condition={
                    "StringLike": {CONTEXT: f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:*"}
                },
            ),
        ),
        "the name of the context alone": (
            statement(KEY, CRYPTO, Condition={"Null": {CONTEXT: "false"}}),
        ),
        "decryption for an administrator": (
            allow(KEY, "kms:Decrypt", Principal={"AWS": ADMINISTRATOR}),
        ),
        "decryption while debugging": (
            allow(
                KEY,
                "kms:Decrypt",
                Principal={"AWS": CALLER},
                Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            ),
        ),
    },
    "evaluation-key-service-source": {
        "no source": (statement(KEY, SERVES, Condition=None),),
        "the account alone": (
            statement(KEY, SERVES, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        ),
        "the ARN alone": (
            statement(KEY, SERVES, Condition={"ArnLike": {"aws:SourceArn": EVALUATIONS}}),
        ),
        "a second account": (
            text(
                KEY,
                f'"aws:SourceAccount":"{ACCOUNT}"',
                f'"aws:SourceAccount":["{ACCOUNT}","{FOREIGN}"]',
            ),
        ),
        "sources of every Region": (
            statement(
                KEY,
                SERVES,
                Condition={
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {
                        "aws:SourceArn": f"arn:aws:bedrock-agentcore:*:{ACCOUNT}:batch-evaluate/*"
                    },
                },
            ),
        ),
        "every source": (
            statement(
                KEY,
                SERVES,
                Condition={
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": "*"},
                },
            ),
        ),
        "the source only if there is one": (
            text(
                KEY,
                '"StringEquals":{"aws:SourceAccount"',
                '"StringEqualsIfExists":{"aws:SourceAccount"',
            ),
        ),
    },
    "evaluation-key-minimum": {
        "every permission set administers": (
            administers(
                KEY,
                "*",
                {
                    "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
                    "ArnLike": {"aws:PrincipalArn": PERMISSION_SET.replace("KeyAdmin_", "")},
                },
            ),
        ),
        "DescribeKey for everybody": (statement(KEY, CALLERS, Principal="*"),),
        "administrators replicate the key": (
            allow(KEY, "kms:ReplicateKey", Principal={"AWS": ADMINISTRATOR}),
        ),
        "administrators import material": (
            allow(
                KEY,
                "kms:ImportKeyMaterial",
                "kms:DeleteImportedKeyMaterial",
                Principal={"AWS": ADMINISTRATOR},
            ),
        ),
        "the service describes and lists": (allow(KEY, "kms:ListGrants", Principal=SERVICE),),
        "kms:Get* and whatever AWS adds": (
            allow(KEY, "kms:Get*", "kms:GetParametersForImport", Principal={"AWS": ADMINISTRATOR}),
        ),
    },
    "evaluation-key-serves-evaluations": {
        "no DescribeKey": (without(KEY, CALLERS),),
        "no use by the caller": (without(KEY, CRYPTO),),
        "no use by the service": (without(KEY, SERVES),),
        "KMS's default policy": (put(KEY, "policy", None),),
        "callers through AgentCore only": (
            statement(
                KEY,
                CRYPTO,
                Condition={
                    "StringLike": {CONTEXT: EVALUATIONS},
                    "StringEquals": {"kms:ViaService": "bedrock-agentcore.us-east-1.amazonaws.com"},
                },
            ),
        ),
        "callers from the office only": (
            statement(
                KEY,
                CRYPTO,
                Condition={
                    "StringLike": {CONTEXT: EVALUATIONS},
                    "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                },
            ),
        ),
        "no Decrypt for callers": (statement(KEY, CRYPTO, Action="kms:GenerateDataKey"),),
        "no GenerateDataKey for the service": (statement(KEY, SERVES, Action="kms:Decrypt"),),
        "the pattern taken as a text": (
            statement(KEY, CRYPTO, Condition={"StringEquals": {CONTEXT: EVALUATIONS}}),
        ),
        "DescribeKey under a context": (
            statement(KEY, CALLERS, Condition={"StringLike": {CONTEXT: EVALUATIONS}}),
        ),
        "a Deny outside the VPC": (
            allow(
                KEY,
                "kms:Decrypt",
                effect="Deny",
                Principal="*",
                Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1234567890abcdef0"}},
            ),
        ),
    },
    "evaluation-key-sole-use": {
        "result logs under the evaluation key": (point("results-group", "kmsKeyId", KEY),),
        "a queue under the evaluation key": (point(QUEUE, "kmsMasterKeyId", KEY),),
        "the function's environment under it": (point(FUNCTION, "kmsKeyArn", KEY),),
        "a topic under it": (
            new("aws:sns/topic:Topic", "alarms", {"kmsMasterKeyId": f"{KEY}.arn"}, name="alarms"),
        ),
        "another bucket under it": (
            new("aws:s3/bucket:Bucket", "scratch", bucket="scratch"),
            new(
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
                "scratch-encryption",
                {
                    "bucket": "scratch.bucket",
                    "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": f"{KEY}.arn",
                },
                rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}],
            ),
        ),
        "a secret under it": (
            new("aws:secretsmanager/secret:Secret", "token", {"kmsKeyId": f"{KEY}.arn"}, name="t"),
        ),
        "an agent's memory under it": (
            new(
                "aws:bedrock/agentcoreMemory:AgentcoreMemory",
                "memory",
                {"encryptionKeyArn": f"{KEY}.arn"},
                name="memory",
            ),
        ),
        "a table under it": (
            new(
                "aws:dynamodb/table:Table",
                "scores",
                {"serverSideEncryption.kmsKeyArn": f"{KEY}.arn"},
                name="scores",
                serverSideEncryption={"enabled": True},
            ),
        ),
        "an image repository under it": (
            new(
                "aws:ecr/repository:Repository",
                "images",
                {"encryptionConfigurations.0.kmsKey": f"{KEY}.arn"},
                name="images",
                encryptionConfigurations=[{"encryptionType": "KMS"}],
            ),
        ),
    },
    "evaluation-key-no-grants": {
        "a grant for a partner": (
            new(
                "aws:kms/grant:Grant",
                "grant",
                {"keyId": f"{KEY}.keyId"},
                granteePrincipal=FOREIGN_ROLE,
                operations=["Decrypt"],
            ),
        ),
    },
    "output-bucket-key": {
        "S3's own encryption": (put("output-encryption", f"{ENCRYPTION}.sseAlgorithm", "AES256"),),
        "double encryption": (
            put("output-encryption", f"{ENCRYPTION}.sseAlgorithm", "aws:kms:dsse"),
        ),
        "AWS's own key": (put("output-encryption", f"{ENCRYPTION}.kmsMasterKeyId", None),),
        "an alias": (
            put("output-encryption", f"{ENCRYPTION}.kmsMasterKeyId", "alias/agentcore-eval-prod"),
        ),
        "the operations key": (
            point("output-encryption", f"{ENCRYPTION}.kmsMasterKeyId", OPERATIONS),
        ),
        "a key of elsewhere": (
            put("output-encryption", f"{ENCRYPTION}.kmsMasterKeyId", OTHER_KEY),
        ),
        "no encryption configuration": (gone("output-encryption"),),
        "a configuration without rules": (put("output-encryption", "rules", []),),
    },
    "output-bucket-no-bucket-key": {
        "a bucket key": (put("output-encryption", "rules.0.bucketKeyEnabled", True),),
    },
    "output-bucket-no-customer-keys": {
        "SSE-C unblocked": (put("output-encryption", "rules.0.blockedEncryptionTypes", ["NONE"]),),
        "SSE-C not mentioned": (put("output-encryption", "rules.0.blockedEncryptionTypes", None),),
    },
    "output-bucket-public-access": {
        **{
            f"{name} off": (put("output-public-access", name, False),)
            for name in (
                "blockPublicAcls",
                "blockPublicPolicy",
                "ignorePublicAcls",
                "restrictPublicBuckets",
            )
        },
        "no block of public access": (gone("output-public-access"),),
    },
    "output-bucket-ownership": {
        "writers own objects": (put("output-ownership", "rule.objectOwnership", "ObjectWriter"),),
        "access control lists on": (
            put("output-ownership", "rule.objectOwnership", "BucketOwnerPreferred"),
        ),
        "ownership left out": (gone("output-ownership"),),
    },
    "output-bucket-versioning": {
        "versions suspended": (
            put("output-versioning", "versioningConfiguration.status", "Suspended"),
        ),
        "no versioning": (gone("output-versioning"),),
    },
    "output-bucket-lifecycle": {
        "no lifecycle": (gone("output-lifecycle"),),
        "replaced versions stay": (put("output-lifecycle", "rules.1.status", "Disabled"),),
        "half uploads stay": (
            put("output-lifecycle", "rules.2.abortIncompleteMultipartUpload", None),
        ),
        "replaced versions go below one prefix only": (
            put("output-lifecycle", "rules.1.filter.prefix", "evaluations/"),
        ),
    },
    "output-bucket-expiration": {
        "artifacts stay for ever": (put("output-lifecycle", "rules.0.status", "Disabled"),),
    },
    "output-bucket-keeps": {
        "everything expires": (put("output-lifecycle", "rules.0.filter.prefix", ""),),
        "manifests expire": (put("output-lifecycle", "rules.0.filter.prefix", "manifests/"),),
        "artifacts expire after a day": (put("output-lifecycle", "rules.0.expiration.days", 1),),
        "replaced versions go after a day": (
            put("output-lifecycle", "rules.1.noncurrentVersionExpiration.noncurrentDays", 1),
        ),
    },
    "output-bucket-not-emptied": {
        "destroy empties the bucket": (put("output-bucket", "forceDestroy", True),),
    },
    "output-bucket-tls": {
        "plain HTTP": (without("output-policy", "DenyPlainHttp"),),
        "old TLS": (without("output-policy", "DenyOldTls"),),
        "both conditions in one statement": (
            without("output-policy", "DenyOldTls"),
            statement(
                "output-policy",
                "DenyPlainHttp",
                Condition={
                    "Bool": {"aws:SecureTransport": "false"},
                    "NumericLessThan": {"s3:TlsVersion": "1.2"},
                },
            ),
        ),
        "plain HTTP to objects": (
            statement("output-policy", "DenyPlainHttp", Resource=f"arn:aws:s3:::{BUCKET}"),
        ),
        "TLS 1.1": (
            statement(
                "output-policy",
                "DenyOldTls",
                Condition={"NumericLessThan": {"s3:TlsVersion": "1.1"}},
            ),
        ),
        "plain HTTP but for reads": (
            statement("output-policy", "DenyPlainHttp", Action="s3:PutObject"),
        ),
        "no bucket policy": (gone("output-policy"),),
    },
    "output-bucket-puts": {
        "any key": (without("output-policy", "DenyWrongKey"),),
        "any algorithm": (without("output-policy", "DenyWrongAlgorithm"),),
        "another key": (
            statement(
                "output-policy",
                "DenyWrongKey",
                Condition={
                    "ArnNotEqualsIfExists": {
                        "s3:x-amz-server-side-encryption-aws-kms-key-id": OTHER_KEY
                    }
                },
            ),
        ),
        "the key compared as an ARN, so that a bare id may pass": (
            statement(
                "output-policy",
                "DenyWrongKey",
                Condition={"ArnNotEqualsIfExists": {PUT_KEY: EVALUATION_KEY}},
            ),
        ),
        "the key compared as an ARN, wherever a request names one": (
            statement(
                "output-policy",
                "DenyWrongKey",
                Condition={"ArnNotLike": {PUT_KEY: EVALUATION_KEY}, "Null": {PUT_KEY: "false"}},
            ),
        ),
        "aliases of any key": (
            statement(
                "output-policy",
                "DenyWrongKey",
                Condition={
                    "StringNotEqualsIfExists": {PUT_KEY: EVALUATION_KEY},
                    "StringNotLike": {PUT_KEY: "alias/*"},
                },
            ),
        ),
        "bare ids of any key": (
            statement(
                "output-policy",
                "DenyWrongKey",
                Condition={
                    "StringNotEqualsIfExists": {PUT_KEY: EVALUATION_KEY},
                    "StringLike": {PUT_KEY: "arn:*"},
                },
            ),
        ),
        "replicas and a new key for stored objects": (
            without("output-policy", "DenyOtherEncryption"),
        ),
        "a new key for stored objects": (
            statement("output-policy", "DenyOtherEncryption", Action="s3:ReplicateObject"),
        ),
        "replicas under any key": (
            statement("output-policy", "DenyOtherEncryption", Action="s3:UpdateObjectEncryption"),
        ),
        "replicas below one prefix": (
            statement(
                "output-policy",
                "DenyOtherEncryption",
                Resource=f"arn:aws:s3:::{BUCKET}/evaluations/a*",
            ),
        ),
        "a new key for whoever says that it is another": (
            statement(
                "output-policy",
                "DenyOtherEncryption",
                Condition={"StringNotEqualsIfExists": {PUT_KEY: "alias/any"}},
            ),
        ),
        "any key below one prefix": (
            statement(
                "output-policy",
                "DenyWrongKey",
                Resource=f"arn:aws:s3:::{BUCKET}/evaluations/a*",
            ),
        ),
    },
    "output-bucket-others": {
        "other accounts not denied": (without("output-policy", "DenyOtherAccounts"),),
        "a foreign account let in": (
            without("output-policy", "DenyOtherAccounts"),
            allow(
                "output-policy",
                "s3:GetObject",
                Principal={"AWS": FOREIGN},
                Resource=f"arn:aws:s3:::{BUCKET}/*",
            ),
        ),
        "AgentCore let in": (
            statement(
                "output-policy",
                "DenyOtherAccounts",
                Condition={
                    "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                },
            ),
            allow(
                "output-policy",
                "s3:PutObject",
                Principal=SERVICE,
                Resource=f"arn:aws:s3:::{BUCKET}/*",
            ),
        ),
        "a role let in by the bucket": (
            allow(
                "output-policy",
                "s3:GetObject",
                Principal={"AWS": ADMINISTRATOR},
                Resource=f"arn:aws:s3:::{BUCKET}/*",
            ),
        ),
        "everybody of the account let in": (
            allow(
                "output-policy", "s3:GetObject", Principal="*", Resource=f"arn:aws:s3:::{BUCKET}/*"
            ),
        ),
    },
    "output-bucket-copies": {
        "replication": (
            new(
                "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
                "replication",
                {"bucket": "output-bucket.bucket"},
                rules=[{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::elsewhere"}}],
            ),
        ),
        "a web site": (
            new(
                "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
                "site",
                {"bucket": "output-bucket.bucket"},
            ),
        ),
        "an access control list": (
            new(
                "aws:s3/bucketAclV2:BucketAclV2",
                "acl",
                {"bucket": "output-bucket.bucket"},
                acl="public-read",
            ),
        ),
        "an access point": (
            new("aws:s3/accessPoint:AccessPoint", "ap", {"bucket": "output-bucket.bucket"}),
        ),
        "an inventory": (
            new("aws:s3/inventory:Inventory", "inv", {"bucket": "output-bucket.bucket"}),
        ),
        "web pages of every origin": (
            new(
                "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
                "cors",
                {"bucket": "output-bucket.bucket"},
                corsRules=[{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}],
            ),
        ),
    },
    "output-bucket-roles": {
        "operators read exports": (
            allow(OPERATOR, "s3:GetObject", Resource=f"arn:aws:s3:::{BUCKET}/*"),
        ),
        "operators delete in every bucket": (allow(OPERATOR, "s3:Delete*"),),
    },
    "caller-role-permissions": {
        "all of S3 on the bucket": (
            statement(
                CONTROLLER,
                "AllowExportObjects",
                Action="s3:*",
                Resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            ),
        ),
        "objects of every bucket": (statement(CONTROLLER, "AllowExportObjects", Resource="*"),),
        "objects of buckets with that prefix": (
            statement(CONTROLLER, "AllowExportObjects", Resource="arn:aws:s3:::agentcore-eval-*/*"),
        ),
        "evaluations in every Region": (
            statement(CONTROLLER, "AllowStartAndList", Condition=None),
        ),
        "evaluations of every name": (
            text(CONTROLLER, "batch-evaluate/prod_*", "batch-evaluate/*"),
        ),
        "evaluations of every account": (
            text(CONTROLLER, EVALUATIONS, "arn:aws:bedrock-agentcore:*:*:batch-evaluate/*"),
        ),
        "all of AgentCore": (
            statement(CONTROLLER, "AllowEvaluations", Action="bedrock-agentcore:*", Resource="*"),
        ),
        "all of CloudWatch Logs": (allow(CONTROLLER, "logs:*"),),
        "every log group": (statement(CONTROLLER, "AllowLogReading", Resource="*"),),
        "results to any log group": (statement(CONTROLLER, "AllowResultLogs", Resource="*"),),
        "KMS by its own policy": (allow(CONTROLLER, "kms:Decrypt", "kms:GenerateDataKey"),),
        "every queue": (statement(CONTROLLER, "AllowFailureReports", Resource="*"),),
        "messages read back": (
            statement(
                CONTROLLER, "AllowFailureReports", Action=["sqs:SendMessage", "sqs:ReceiveMessage"]
            ),
        ),
        "secrets": (allow(CONTROLLER, "secretsmanager:GetSecretValue"),),
        "models": (allow(CONTROLLER, "bedrock:InvokeModel*"),),
        "other roles": (allow(CONTROLLER, "sts:AssumeRole"),),
        "everything": (allow(CONTROLLER, "*"),),
        "everything but IAM": (
            statement(CONTROLLER, "AllowTracing", Action=None, NotAction="iam:*", Condition=None),
        ),
        "deletion of log groups": (
            statement(CONTROLLER, "AllowFunctionLogs", Action=["logs:DeleteLogGroup"]),
        ),
    },
    "invoker-role-permissions": {
        "every function": (statement(OPERATOR, "AllowController", Resource="*"),),
        "all of Lambda": (statement(OPERATOR, "AllowController", Action="lambda:*"),),
        "operators read results": (
            allow(OPERATOR, "logs:GetLogEvents", Resource=f"{LOGS}:{RESULTS}:*"),
        ),
        "operators read evaluations themselves": (
            allow(OPERATOR, "bedrock-agentcore:GetBatchEvaluation"),
        ),
        "the schedule sends to every queue": (
            statement(SCHEDULED, "AllowFailureReports", Resource="*"),
        ),
    },
    "role-policies-known": {
        "AdministratorAccess": (
            new(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                "admin",
                {"role": "roles-controller-role.name"},
                policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
            ),
        ),
        "Lambda's basic role": (
            new(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                "basic",
                {"role": "roles-controller-role.name"},
                policyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            ),
        ),
        "a managed policy on the role itself": (
            put(
                "roles-operator-role",
                "managedPolicyArns",
                ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            ),
        ),
    },
    "role-escalation": {
        "operators change the key policy": (
            allow("roles-operator-policy", "kms:PutKeyPolicy"),
            "dev",
        ),
        "operators attach policies": (allow(OPERATOR, "iam:AttachRolePolicy"),),
        "operators write inline policies": (allow(OPERATOR, "iam:PutRolePolicy"),),
        "operators change trust": (allow(OPERATOR, "iam:UpdateAssumeRolePolicy"),),
        "operators change policies": (allow(OPERATOR, "iam:CreatePolicyVersion"),),
        "the controller passes roles": (allow(CONTROLLER, "iam:PassRole"),),
        "all of IAM": (allow(SCHEDULED, "iam:*"),),
        "operators change the code": (allow(OPERATOR, "lambda:UpdateFunctionCode"),),
        "operators change the environment": (
            allow(OPERATOR, "lambda:UpdateFunctionConfiguration"),
        ),
        "operators let others invoke": (allow(OPERATOR, "lambda:AddPermission"),),
        "the controller changes the bucket policy": (allow(CONTROLLER, "s3:PutBucketPolicy"),),
        "the controller changes the encryption": (
            allow(CONTROLLER, "s3:PutEncryptionConfiguration"),
        ),
    },
    "role-trust-principals": {
        "the account takes the operators' role": (
            statement(
                "roles-operator-role", "AllowOperators", "assumeRolePolicy", Principal={"AWS": ROOT}
            ),
        ),
        "everybody takes it": (
            statement(
                "roles-operator-role", "AllowOperators", "assumeRolePolicy", Principal={"AWS": "*"}
            ),
        ),
        "a foreign account takes it": (
            statement(
                "roles-operator-role",
                "AllowOperators",
                "assumeRolePolicy",
                Principal={"AWS": [ADMINISTRATOR, FOREIGN]},
            ),
        ),
        "EC2 takes the controller's role": (
            statement(
                "roles-controller-role",
                "AllowLambda",
                "assumeRolePolicy",
                Principal={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
            ),
        ),
        "everybody of the organization takes it": (
            statement(
                "roles-operator-role",
                "AllowOperators",
                "assumeRolePolicy",
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
            ),
        ),
        "people take the controller's role to debug": (
            allow(
                "roles-controller-role",
                "sts:AssumeRole",
                path="assumeRolePolicy",
                Principal={"AWS": ROOT},
            ),
        ),
    },
    "role-trust-source": {
        "Lambda of every account": (
            statement("roles-controller-role", "AllowLambda", "assumeRolePolicy", Condition=None),
        ),
        "Lambda of another account": (
            text("roles-controller-role", ACCOUNT, FOREIGN, "assumeRolePolicy"),
        ),
        "the source only if there is one": (
            text(
                "roles-controller-role", "StringEquals", "StringEqualsIfExists", "assumeRolePolicy"
            ),
        ),
        "Scheduler of every account": (
            statement("roles-schedule-role", "AllowScheduler", "assumeRolePolicy", Condition=None),
        ),
    },
    "role-trust-schedule-group": {
        "schedules of every group": (
            statement(
                "roles-schedule-role",
                "AllowScheduler",
                "assumeRolePolicy",
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            ),
        ),
        "the schedule in the default group": (put(SCHEDULE, "groupName", "default"),),
    },
    "controller-key": {
        "no key": (put(FUNCTION, f"{VARIABLES}.EVALUATION_KEY_ARN", None),),
        "the operations key": (point(FUNCTION, f"{VARIABLES}.EVALUATION_KEY_ARN", OPERATIONS),),
        "a key of elsewhere": (put(FUNCTION, f"{VARIABLES}.EVALUATION_KEY_ARN", OTHER_KEY),),
    },
    "controller-result-logs": {
        "no log group": (put(FUNCTION, f"{VARIABLES}.RESULT_LOG_GROUP", None),),
        "the group of the whole account": (
            put(
                FUNCTION,
                f"{VARIABLES}.RESULT_LOG_GROUP",
                "/aws/bedrock-agentcore/evaluations/batch",
            ),
        ),
        "its own log group": (
            point(FUNCTION, f"{VARIABLES}.RESULT_LOG_GROUP", "controller-log-group", "name"),
        ),
    },
    "function-no-secrets": {
        "a password": (put(FUNCTION, f"{VARIABLES}.DB_PASSWORD", "hunter2"),),
        "an access key": (put(FUNCTION, f"{VARIABLES}.KEY", "AKIAIOSFODNN7EXAMPLE"),),
        "a URL with a password": (
            put(FUNCTION, f"{VARIABLES}.DATABASE", "postgres://app:hunter2@db/app"),
        ),
        "a private key": (
            put(FUNCTION, f"{VARIABLES}.SIGNER", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
        ),
        "a GitHub token": (put(FUNCTION, f"{VARIABLES}.GITHUB", "ghp_" + "a1B2" * 9),),
        "a URL with a password in a variable for URLs": (
            put(FUNCTION, f"{VARIABLES}.DATABASE_URL", "postgres://app:hunter2@db/app"),
        ),
        "a connection string": (
            put(FUNCTION, f"{VARIABLES}.DATABASE", "Server=db;User=app;Password=hunter2"),
        ),
        "an access key in a variable for ids": (
            put(FUNCTION, f"{VARIABLES}.AWS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ),
        "a password by its short name": (put(FUNCTION, f"{VARIABLES}.DB_PASS", "hunter2"),),
        "a password in a variable for its ARN": (
            put(FUNCTION, f"{VARIABLES}.DB_PASSWORD_ARN", "hunter2"),
        ),
        "a second password": (put(FUNCTION, f"{VARIABLES}.PGPASSWORD_2", "hunter2"),),
        "an API key in other spelling": (put(FUNCTION, f"{VARIABLES}.mapsApiKey", "a1/B2+c3"),),
        "a Stripe key": (put(FUNCTION, f"{VARIABLES}.STRIPE", "sk_" + "live_" + "a1B2" * 6),),
        "a key of a model's vendor": (
            put(FUNCTION, f"{VARIABLES}.MODEL", "sk-" + "proj-" + "a1B2" * 9),
        ),
        "a Slack webhook": (
            put(FUNCTION, f"{VARIABLES}.TELL", "https://hooks.slack.com/" + "services/T0/B0/x1"),
        ),
    },
    "controller-failures": {
        "no invoke configuration": (gone("controller-invoke-config"),),
        "no failure destination": (put("controller-invoke-config", "destinationConfig", None),),
    },
    "schedule-failures": {
        "no queue for the schedule": (put(SCHEDULE, "target.deadLetterConfig", None),),
        "no retries": (put(SCHEDULE, "target.retryPolicy.maximumRetryAttempts", 0),),
    },
    "controller-concurrency": {
        "no limit": (put(FUNCTION, "reservedConcurrentExecutions", -1),),
        "turned off": (put(FUNCTION, "reservedConcurrentExecutions", 0),),
        "five hundred at once": (put(FUNCTION, "reservedConcurrentExecutions", 500),),
    },
    "function-runtime": {
        "an old Python": (put(FUNCTION, "runtime", "python3.9"),),
        "an old Node.js": (put(FUNCTION, "runtime", "nodejs18.x"),),
    },
    "controller-tracing": {
        "no tracing": (put(FUNCTION, "tracingConfig.mode", "PassThrough"),),
        "tracing left out": (put(FUNCTION, "tracingConfig", None),),
    },
    "controller-log-first": {
        "no log group of its own": (gone("controller-log-group"),),
        "in any order": (free(FUNCTION, "controller-log-group"),),
    },
    "controller-reach": {
        "a URL for everybody": (
            new(
                "aws:lambda/functionUrl:FunctionUrl",
                "url",
                {"functionName": f"{FUNCTION}.name"},
                authorizationType="NONE",
            ),
        ),
        "everybody invokes": (
            new(
                "aws:lambda/permission:Permission",
                "open",
                {"function": f"{FUNCTION}.name"},
                action="lambda:InvokeFunction",
                principal="*",
            ),
        ),
        "S3 invokes for anybody": (
            new(
                "aws:lambda/permission:Permission",
                "s3",
                {"function": f"{FUNCTION}.name"},
                action="lambda:InvokeFunction",
                principal="s3.amazonaws.com",
            ),
        ),
        "a foreign account invokes": (
            new(
                "aws:lambda/permission:Permission",
                "partner",
                {"function": f"{FUNCTION}.name"},
                action="lambda:InvokeFunction",
                principal=FOREIGN,
            ),
        ),
    },
    "failure-queue-key": {
        "no key": (put(QUEUE, "kmsMasterKeyId", None),),
        "AWS's key": (put(QUEUE, "kmsMasterKeyId", "alias/aws/sqs"),),
        "no key for the schedule's": (put("controller-schedule-failures", "kmsMasterKeyId", None),),
    },
    "failure-queue-requests": {
        "no policy": (gone("controller-failures-policy"),),
        "plain HTTP": (without("controller-failures-policy", "DenyPlainHttp"),),
        "other accounts": (without("controller-schedule-failures-policy", "DenyOtherAccounts"),),
        "a role let in by the queue": (
            allow(
                "controller-failures-policy",
                "sqs:ReceiveMessage",
                Principal={"AWS": ADMINISTRATOR},
            ),
        ),
    },
    "failure-queue-retention": {
        "an hour": (put(QUEUE, "messageRetentionSeconds", 3600),),
        "SQS's default": (put(QUEUE, "messageRetentionSeconds", None),),
    },
    "log-retention": {
        "results for ever": (put("results-group", "retentionInDays", None),),
        "results for a day": (put("results-group", "retentionInDays", 1),),
        "the controller's log for ever": (put("controller-log-group", "retentionInDays", 0),),
        "a log that outlives the stack": (put("results-group", "skipDestroy", True),),
    },
    "log-encryption": {
        "results without a key": (put("results-group", "kmsKeyId", None),),
        "the controller's log without a key": (put("controller-log-group", "kmsKeyId", None),),
    },
    "log-copies": {
        "results sent on": (
            new(
                "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
                "siem",
                {"logGroup": "results-group.name"},
                destinationArn=f"arn:aws:logs:us-east-1:{FOREIGN}:destination:siem",
                filterPattern="",
            ),
        ),
    },
    "operations-key-bound": {
        "every permission set administers": (
            administers(
                OPERATIONS,
                "*",
                {
                    "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
                    "ArnLike": {"aws:PrincipalArn": PERMISSION_SET.replace("KeyAdmin_", "")},
                },
            ),
        ),
        "logs of everybody": (statement(OPERATIONS, "AllowLogsService", Condition=None),),
        "logs of the whole account": (
            statement(
                OPERATIONS,
                "AllowLogsService",
                Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{LOGS}:*"}},
            ),
        ),
        "use by itself": (
            text(
                OPERATIONS, '"StringEquals":{"kms:ViaService":"logs.us-east-1.amazonaws.com"},', ""
            ),
        ),
        "queues of every service": (
            statement(
                OPERATIONS,
                "AllowSendersThroughQueues",
                Condition={"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}},
            ),
        ),
        "the account by IAM policies": (allow(OPERATIONS, "kms:*", Principal={"AWS": ROOT}),),
        "decryption for an administrator": (
            allow(OPERATIONS, "kms:Decrypt", Principal={"AWS": ADMINISTRATOR}),
        ),
        "a foreign reader": (
            allow(
                OPERATIONS,
                "kms:Decrypt",
                Principal={"AWS": FOREIGN_ROLE},
                Condition={"StringEquals": {"kms:ViaService": "logs.us-east-1.amazonaws.com"}},
            ),
        ),
        "every service of the Region": (
            text(
                OPERATIONS,
                '"kms:ViaService":"sqs.us-east-1.amazonaws.com"',
                '"kms:ViaService":["sqs.us-east-1.amazonaws.com","s3.us-east-1.amazonaws.com"]',
            ),
        ),
        "KMS's default policy": (put(OPERATIONS, "policy", None),),
    },
    "operations-key-serves-logs": {
        "no logs service": (without(OPERATIONS, "AllowLogsService"),),
        "one group forgotten": (
            statement(
                OPERATIONS,
                "AllowLogsService",
                Condition={
                    "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": f"{LOGS}:{RESULTS}"}
                },
            ),
        ),
    },
    "one-place": {
        "the function elsewhere": (put(FUNCTION, "region", "eu-central-1"),),
        "the results elsewhere": (put("results-group", "region", "us-west-2"),),
        "the bucket elsewhere": (put("output-bucket", "region", "us-west-2"),),
        "the key elsewhere": (put(KEY, "region", "us-west-2"),),
    },
    "key-principals-first": {
        "the evaluation key before its caller": (free(KEY),),
        "the operations key before its roles": (free(OPERATIONS),),
    },
    "evaluation-callers": {
        "operators start evaluations": (allow(OPERATOR, "bedrock-agentcore:StartBatchEvaluation"),),
        "the schedule's role starts evaluations": (allow(SCHEDULED, "bedrock-agentcore:*"),),
    },
    "evaluation-starts-with-key": {
        "a schedule that starts evaluations without a key": (
            put(
                SCHEDULE,
                "target.arn",
                "arn:aws:scheduler:::aws-sdk:bedrockagentcore:startBatchEvaluation",
            ),
            put(SCHEDULE, "target.input", '{"batchEvaluationName": "nightly"}'),
        ),
        "a state machine that starts evaluations without a key": (
            new(
                "aws:sfn/stateMachine:StateMachine",
                "machine",
                definition='{"States": {"Start": {"Type": "Task", "Resource": '
                '"arn:aws:states:::aws-sdk:bedrockagentcore:startBatchEvaluation", '
                '"Arguments": {"BatchEvaluationName": "nightly"}}}}',
            ),
        ),
    },
    "policies-well-formed": {
        "JSON with a comma too many": (text(KEY, "}]}", "},]}"),),
        "ForAllValues on the context": (
            statement(KEY, CRYPTO, Condition={"ForAllValues:StringLike": {CONTEXT: EVALUATIONS}}),
        ),
        "no Version in a role's policy's statement": (
            statement("roles-operator-policy", "AllowController", Effect="allow"),
        ),
    },
    "evaluation-key-judged": {
        "a key outside the stack": (put(FUNCTION, f"{VARIABLES}.EVALUATION_KEY_ARN", OTHER_KEY),),
        "a second key outside the stack": (put(FUNCTION, f"{VARIABLES}.OLD_KEY", OTHER_KEY),),
    },
    "policies-effective": {
        "a misspelt action": (text(CONTROLLER, "logs:StartQuery", "logs:StartQuerry"),),
        "a bucket's ARN without its service": (
            statement(CONTROLLER, "AllowExportListing", Resource="arn:aws::s3:*"),
        ),
        "a role's policy about a bucket in a Region": (
            statement(
                CONTROLLER, "AllowExportObjects", Resource=f"arn:aws:s3:us-east-1::{BUCKET}/*"
            ),
        ),
        "a source whose ARN has an account of eleven digits": (
            statement(
                KEY,
                SERVES,
                Condition={
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": "arn:aws:xray:us-east-1:11112222333:group/x"},
                },
            ),
        ),
        "conditions that contradict each other": (
            statement(
                CONTROLLER,
                "AllowStartAndList",
                Condition={
                    "StringEquals": {"aws:RequestedRegion": "us-east-1"},
                    "StringLike": {"aws:RequestedRegion": "eu-*"},
                },
            ),
        ),
    },
}


def _edit(rule: str, name: str, changes: tuple) -> Edit:
    *given, last = changes
    return (
        Edit(name, rule, tuple(given), last) if isinstance(last, str) else Edit(name, rule, changes)
    )


VIOLATIONS = [
    _edit(rule, name, changes) for rule, edits in _TABLE.items() for name, changes in edits.items()
]
