"""Privilege escalation as one table: actions with which somebody gains access, copies or stops.

A proof is about one request. Each action here makes the next request an allowed one, or takes what
is guarded out of reach of the guards. The analysis of an estate and the pack's rule
`role-escalation` read the same rows.

The ways through IAM are those of Rhino Security's "AWS IAM Privilege Escalation - Methods and
Mitigation", https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/, and
their siblings in the service authorization reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class ResourceType(Enum):
    """The resources that an action is about, by the pattern of their ARNs."""

    ACCESS_GRANT = "arn:*:s3:*:*:access-grants/*"
    ACCESS_POINT = "arn:*:s3:*:*:accesspoint/*"
    AGENT_RUNTIME = "arn:*:bedrock-agentcore:*:*:runtime/*"
    BATCH_JOB_DEFINITION = "arn:*:batch:*:*:job-definition/*"
    BUCKET = "arn:*:s3:::*"
    BUILD_PROJECT = "arn:*:codebuild:*:*:project/*"
    CODE_INTERPRETER = "arn:*:bedrock-agentcore:*:*:code-interpreter*/*"
    DELIVERY = "arn:*:logs:*:*:delivery*:*"
    DEV_ENDPOINT = "arn:*:glue:*:*:devEndpoint/*"
    EVENT_DATA_STORE = "arn:*:cloudtrail:*:*:eventdatastore/*"
    EVENT_SOURCE_MAPPING = "arn:*:lambda:*:*:event-source-mapping:*"
    EVERY_LOG_GROUP = "arn:*:logs:*:*:account-policy"
    FUNCTION = "arn:*:lambda:*:*:function:*"
    GLUE_JOB = "arn:*:glue:*:*:job/*"
    GROUP = "arn:*:iam::*:group/*"
    IDENTITY_CENTER_GROUP = "arn:*:identitystore:::group/*"
    INSTANCE = "arn:*:ec2:*:*:instance/*"
    KEY = "arn:*:kms:*:*:key/*"
    LOG_GROUP = "arn:*:logs:*:*:log-group:*"
    NOTEBOOK = "arn:*:sagemaker:*:*:notebook-instance/*"
    OIDC_PROVIDER = "arn:*:iam::*:oidc-provider/*"
    PERMISSION_SET = "arn:*:sso:::permissionSet/*"
    POLICY = "arn:*:iam::*:policy/*"
    QUEUE = "arn:*:sqs:*:*:*"
    ROLE = "arn:*:iam::*:role/*"
    ROOT_USER = "arn:*:iam::*:root"
    SAML_PROVIDER = "arn:*:iam::*:saml-provider/*"
    SCHEDULE_GROUP = "arn:*:scheduler:*:*:schedule-group/*"
    SCHEDULE = "arn:*:scheduler:*:*:schedule/*"
    STACK = "arn:*:cloudformation:*:*:stack/*"
    STATE_MACHINE = "arn:*:states:*:*:stateMachine:*"
    TASK_DEFINITION = "arn:*:ecs:*:*:task-definition/*"
    TRAIL = "arn:*:cloudtrail:*:*:trail/*"
    USER = "arn:*:iam::*:user/*"

    @property
    def noun(self) -> str:
        """What one is called in a sentence."""
        return self.name.lower().replace("_", " ")


class Consequence(Enum):
    """What an action does to what is guarded."""

    ACCESS = "gains access"
    COPY = "takes a copy"
    STOP = "stops or loses it"


@dataclass(frozen=True)
class EscalationAction:
    """One action on one type of resource, what it leads to and AWS's page about it.

    `own`: it is an escalation too where the resource is the holder's own role, user, group or
    policy. `anywhere`: it is one too where it may be taken on every resource of the type, since
    some user or role of the account can do everything.
    """

    action: str
    acts_on: ResourceType
    leads_to: str
    page: str
    consequence: Consequence = Consequence.ACCESS
    own: bool = False
    anywhere: bool = False

    @property
    def resources(self) -> str:
        """The pattern of the ARNs that it is about."""
        return self.acts_on.value


_DOCS = "https://docs.aws.amazon.com/"
_IAM = f"{_DOCS}IAM/latest/UserGuide/"
_KMS = f"{_DOCS}kms/latest/developerguide/"
_LAMBDA = f"{_DOCS}lambda/latest/dg/"
_S3 = f"{_DOCS}AmazonS3/latest/userguide/"
_LOGS = f"{_DOCS}AmazonCloudWatch/latest/logs/"
_SQS = f"{_DOCS}AWSSimpleQueueService/latest/SQSDeveloperGuide/"
_SSO = f"{_DOCS}singlesignon/latest/userguide/"
_TRAIL = f"{_DOCS}awscloudtrail/latest/userguide/"

_Rows = tuple[ResourceType, str, Consequence, Mapping[str, str]]
_ACCESS, _COPY, _STOP = Consequence.ACCESS, Consequence.COPY, Consequence.STOP
_Type = ResourceType

# Rows by resource type and page.
_TABLE: tuple[_Rows, ...] = (
    # --- users --------------------------------------------------------------------------------
    (
        _Type.USER,
        f"{_IAM}access_policies_manage-attach-detach.html",
        _ACCESS,
        {
            "iam:AttachUserPolicy": "more permissions for the user",
            "iam:PutUserPolicy": "more permissions for the user",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}access_policies_boundaries.html",
        _ACCESS,
        {
            "iam:DeleteUserPermissionsBoundary": "a user without its boundary",
            "iam:PutUserPermissionsBoundary": "another boundary for the user",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}id_credentials_access-keys.html",
        _ACCESS,
        {
            "iam:CreateAccessKey": "the user, by an access key of its",
            "iam:UpdateAccessKey": "the user, by an access key that was turned off",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}id_credentials_passwords_admin-change-user.html",
        _ACCESS,
        {
            "iam:CreateLoginProfile": "the user, by a password",
            "iam:UpdateLoginProfile": "the user, by another password",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}id_credentials_mfa.html",
        _ACCESS,
        {
            "iam:DeactivateMFADevice": "the user, without its second factor",
            "iam:EnableMFADevice": "the user, by a second factor of its",
            "iam:ResyncMFADevice": "the user, by a second factor that is its again",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}id_credentials_service-specific-creds.html",
        _ACCESS,
        {
            "iam:CreateServiceSpecificCredential": "the user, by a credential for one service",
            "iam:ResetServiceSpecificCredential": "the user, by a credential for one service",
            "iam:UpdateServiceSpecificCredential": "the user, by a credential that was turned off",
        },
    ),
    (
        _Type.USER,
        f"{_DOCS}IAM/latest/APIReference/API_UploadSigningCertificate.html",
        _ACCESS,
        {
            "iam:UpdateSigningCertificate": "the user, by a certificate that was turned off",
            "iam:UploadSigningCertificate": "the user, by a certificate of its",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}id_credentials_ssh-keys.html",
        _ACCESS,
        {
            "iam:UpdateSSHPublicKey": "the user at CodeCommit, by a key that was turned off",
            "iam:UploadSSHPublicKey": "the user at CodeCommit, by a key of its",
        },
    ),
    (
        _Type.USER,
        f"{_IAM}access_policies_manage-attach-detach.html",
        _STOP,
        {
            "iam:DeleteUser": "evaluations that nobody starts",
            "iam:DeleteUserPolicy": "a user without what is allowed or denied to it",
            "iam:DetachUserPolicy": "a user without what is allowed or denied to it",
        },
    ),
    # --- groups -------------------------------------------------------------------------------
    (
        _Type.GROUP,
        f"{_IAM}id_groups_manage_add-remove-users.html",
        _ACCESS,
        {"iam:AddUserToGroup": "the permissions of the group"},
    ),
    (
        _Type.GROUP,
        f"{_IAM}access_policies_manage-attach-detach.html",
        _ACCESS,
        {
            "iam:AttachGroupPolicy": "more permissions for its users",
            "iam:PutGroupPolicy": "more permissions for its users",
        },
    ),
    (
        _Type.GROUP,
        f"{_IAM}id_groups_manage_add-remove-users.html",
        _STOP,
        {
            "iam:DeleteGroup": "users without what is allowed or denied to them",
            "iam:DeleteGroupPolicy": "users without what is allowed or denied to them",
            "iam:DetachGroupPolicy": "users without what is allowed or denied to them",
            "iam:RemoveUserFromGroup": "a user without what is allowed or denied to it",
        },
    ),
    # --- roles --------------------------------------------------------------------------------
    (
        _Type.ROLE,
        f"{_IAM}access_policies_manage-attach-detach.html",
        _ACCESS,
        {
            "iam:AttachRolePolicy": "further permissions for the role",
            "iam:PutRolePolicy": "further permissions for the role",
        },
    ),
    (
        _Type.ROLE,
        f"{_IAM}access_policies_boundaries.html",
        _ACCESS,
        {
            "iam:DeleteRolePermissionsBoundary": "a role without its boundary",
            "iam:PutRolePermissionsBoundary": "another boundary for the role",
        },
    ),
    (
        _Type.ROLE,
        f"{_IAM}id_roles_update-role-trust-policy.html",
        _ACCESS,
        {"iam:UpdateAssumeRolePolicy": "the role, by its trust policy"},
    ),
    # With whatever creates what runs under a role: lambda:CreateFunction, ec2:RunInstances,
    # ecs:RegisterTaskDefinition, glue:CreateJob and CreateDevEndpoint, codebuild:CreateProject,
    # cloudformation:CreateStack, datapipeline:CreatePipeline, sagemaker:CreateNotebookInstance,
    # states:CreateStateMachine, scheduler:CreateSchedule, ssm:StartAutomationExecution and others.
    (
        _Type.ROLE,
        f"{_IAM}id_roles_use_passrole.html",
        _ACCESS,
        {"iam:PassRole": "the role, in a function or service of its own"},
    ),
    (
        _Type.ROLE,
        f"{_DOCS}STS/latest/APIReference/welcome.html",
        _ACCESS,
        {
            "sts:AssumeRole": "the role",
            "sts:AssumeRoleWithSAML": "the role",
            "sts:AssumeRoleWithWebIdentity": "the role",
        },
    ),
    (
        _Type.ROLE,
        f"{_IAM}id_roles_manage_delete.html",
        _STOP,
        {
            "iam:DeleteRole": "evaluations that nobody starts",
            "iam:DeleteRolePolicy": "a role without what is allowed or denied to it",
            "iam:DetachRolePolicy": "a role without what is allowed or denied to it",
        },
    ),
    (
        _Type.ROOT_USER,
        f"{_IAM}id_root-user-privileged-task.html",
        _ACCESS,
        {"sts:AssumeRoot": "the root user of an account of the organization"},
    ),
    # --- policies and identity providers --------------------------------------------------------
    (
        _Type.POLICY,
        f"{_IAM}access_policies_managed-versioning.html",
        _ACCESS,
        {
            "iam:CreatePolicyVersion": "further permissions for the policy's holders",
            "iam:SetDefaultPolicyVersion": "an earlier version's permissions",
        },
    ),
    (
        _Type.POLICY,
        f"{_IAM}access_policies_manage-delete.html",
        _STOP,
        {"iam:DeletePolicy": "holders without what is allowed or denied to them"},
    ),
    (
        _Type.OIDC_PROVIDER,
        f"{_IAM}id_roles_providers_create_oidc.html",
        _ACCESS,
        {
            "iam:AddClientIDToOpenIDConnectProvider": "roles for another client of the provider",
            "iam:UpdateOpenIDConnectProviderThumbprint": "roles for whoever runs another provider",
        },
    ),
    (
        _Type.SAML_PROVIDER,
        f"{_IAM}id_roles_providers_create_saml.html",
        _ACCESS,
        {"iam:UpdateSAMLProvider": "roles for whoever runs another provider"},
    ),
    # --- IAM Identity Center --------------------------------------------------------------------
    (
        _Type.PERMISSION_SET,
        f"{_SSO}permissionsetsconcept.html",
        _ACCESS,
        {
            "sso:AttachCustomerManagedPolicyReferenceToPermissionSet": "more permissions for a set",
            "sso:AttachManagedPolicyToPermissionSet": "more permissions for a set",
            "sso:CreateAccountAssignment": "the permissions of a set",
            "sso:DeletePermissionsBoundaryFromPermissionSet": "a set without its boundary",
            "sso:PutInlinePolicyToPermissionSet": "more permissions for a set",
            "sso:PutPermissionsBoundaryToPermissionSet": "another boundary for a set",
        },
    ),
    (
        _Type.IDENTITY_CENTER_GROUP,
        f"{_SSO}addgroups.html",
        _ACCESS,
        {"identitystore:CreateGroupMembership": "the permission sets of a group"},
    ),
    # --- what runs under a role -----------------------------------------------------------------
    (
        _Type.FUNCTION,
        f"{_LAMBDA}lambda-permissions.html",
        _ACCESS,
        {
            "lambda:AddPermission": "invocation of the function",
            "lambda:CreateFunctionUrlConfig": "an address of the function on the internet",
            "lambda:PutResourcePolicy": "invocation of the function",
            "lambda:UpdateFunctionCode": "code of its own under the function's role",
            "lambda:UpdateFunctionConfiguration": "layers of its own under the function's role, "
            "or the function without its key",
            "lambda:UpdateFunctionUrlConfig": "an address of the function for everybody",
        },
    ),
    (
        _Type.EVENT_SOURCE_MAPPING,
        f"{_LAMBDA}invocation-eventsourcemapping.html",
        _ACCESS,
        {
            "lambda:CreateEventSourceMapping": "a function run on what others send",
            "lambda:UpdateEventSourceMapping": "a function run on what others send",
        },
    ),
    (
        _Type.FUNCTION,
        f"{_LAMBDA}invocation-async-retain-records.html",
        _COPY,
        {
            "lambda:PutFunctionEventInvokeConfig": "the function's answers sent elsewhere",
            "lambda:UpdateFunctionEventInvokeConfig": "the function's answers sent elsewhere",
        },
    ),
    (
        _Type.FUNCTION,
        f"{_DOCS}lambda/latest/api/API_Operations.html",
        _STOP,
        {
            "lambda:DeleteAlias": "callers of the alias that find nothing",
            "lambda:DeleteFunction": "evaluations that nobody starts",
            "lambda:DeleteFunctionCodeSigningConfig": "code that nobody signed",
            "lambda:DeleteFunctionConcurrency": "runs without the limit that was set",
            "lambda:DeleteFunctionEventInvokeConfig": "failed requests that nobody keeps",
            "lambda:DeleteResourcePolicy": "callers that are refused",
            "lambda:PutFunctionCodeSigningConfig": "code that is refused, or of other signers",
            "lambda:PutFunctionConcurrency": "a function that never runs",
            "lambda:PutFunctionRecursionConfig": "loops that Lambda does not stop",
            "lambda:PutFunctionScalingConfig": "a function that does not run when it must",
            "lambda:PutRuntimeManagementConfig": "a function held on an old runtime, or broken by "
            "one",
            "lambda:RemovePermission": "callers that are refused",
            "lambda:UpdateAlias": "callers of the alias sent to another version",
        },
    ),
    (
        _Type.BUILD_PROJECT,
        f"{_DOCS}codebuild/latest/userguide/setting-up-service-role.html",
        _ACCESS,
        {
            "codebuild:StartBuild": "commands of its own under the project's role",
            "codebuild:StartBuildBatch": "commands of its own under the project's role",
            "codebuild:UpdateProject": "commands of its own under the project's role",
        },
    ),
    (
        _Type.GLUE_JOB,
        f"{_DOCS}glue/latest/dg/create-an-iam-role.html",
        _ACCESS,
        {
            "glue:StartJobRun": "a script of its own under the job's role",
            "glue:UpdateJob": "a script of its own under the job's role",
        },
    ),
    (
        _Type.DEV_ENDPOINT,
        f"{_DOCS}glue/latest/dg/dev-endpoint.html",
        _ACCESS,
        {"glue:UpdateDevEndpoint": "the endpoint's role, by an SSH key of its"},
    ),
    (
        _Type.TASK_DEFINITION,
        f"{_DOCS}AmazonECS/latest/developerguide/task-iam-roles.html",
        _ACCESS,
        {
            "ecs:RunTask": "commands of its own under the task's role",
            "ecs:StartTask": "commands of its own under the task's role",
        },
    ),
    (
        _Type.BATCH_JOB_DEFINITION,
        f"{_DOCS}batch/latest/userguide/job_definition_parameters.html",
        _ACCESS,
        {"batch:SubmitJob": "commands of its own under the job's role"},
    ),
    (
        _Type.INSTANCE,
        f"{_DOCS}AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html",
        _ACCESS,
        {
            "ec2-instance-connect:SendSSHPublicKey": "the instance's role, by an SSH key of its",
            "ec2:ModifyInstanceAttribute": "the instance's role, by what runs at its start",
            "ssm:SendCommand": "the instance's role, by commands on it",
            "ssm:StartSession": "the instance's role, by a session on it",
        },
    ),
    (
        _Type.STATE_MACHINE,
        f"{_DOCS}step-functions/latest/dg/procedure-create-iam-role.html",
        _ACCESS,
        {"states:UpdateStateMachine": "calls of its own under the machine's role"},
    ),
    (
        _Type.STACK,
        f"{_DOCS}AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
        _ACCESS,
        {
            "cloudformation:CreateChangeSet": "resources of its own under the stack's role",
            "cloudformation:UpdateStack": "resources of its own under the stack's role",
        },
    ),
    (
        _Type.NOTEBOOK,
        f"{_DOCS}sagemaker/latest/dg/sagemaker-roles.html",
        _ACCESS,
        {
            "sagemaker:CreatePresignedNotebookInstanceUrl": "the notebook's role",
            "sagemaker:UpdateNotebookInstanceLifecycleConfig": "the notebook's role",
        },
    ),
    (
        _Type.AGENT_RUNTIME,
        f"{_DOCS}bedrock-agentcore/latest/devguide/runtime-permissions.html",
        _ACCESS,
        {
            "bedrock-agentcore:InvokeAgentRuntimeCommand": "the runtime's role, by commands in it",
            "bedrock-agentcore:UpdateAgentRuntime": "code of its own under the runtime's role",
        },
    ),
    (
        _Type.CODE_INTERPRETER,
        f"{_DOCS}bedrock-agentcore/latest/devguide/code-interpreter-tool.html",
        _ACCESS,
        {"bedrock-agentcore:InvokeCodeInterpreter": "code of its own under the tool's role"},
    ),
    (
        _Type.SCHEDULE,
        f"{_DOCS}scheduler/latest/UserGuide/managing-schedule.html",
        _ACCESS,
        {"scheduler:UpdateSchedule": "the schedule's role, and the controller on another input"},
    ),
    (
        _Type.SCHEDULE,
        f"{_DOCS}scheduler/latest/UserGuide/managing-schedule-delete.html",
        _STOP,
        {"scheduler:DeleteSchedule": "exports that never run"},
    ),
    (
        _Type.SCHEDULE_GROUP,
        f"{_DOCS}scheduler/latest/UserGuide/managing-schedule-group-delete.html",
        _STOP,
        {"scheduler:DeleteScheduleGroup": "exports that never run"},
    ),
    # --- keys ---------------------------------------------------------------------------------
    (
        _Type.KEY,
        f"{_KMS}key-policies.html",
        _ACCESS,
        {
            "kms:CreateGrant": "a grant of the key",
            "kms:PutKeyPolicy": "a key policy that names it",
        },
    ),
    (
        _Type.KEY,
        f"{_KMS}deleting-keys.html",
        _STOP,
        {
            "kms:DeleteImportedKeyMaterial": "evaluations that nobody can read",
            "kms:DisableKey": "evaluations that nobody can read",
            "kms:DisableKeyRotation": "key material that stays the same",
            "kms:ScheduleKeyDeletion": "evaluations that nobody will ever read",
        },
    ),
    # --- buckets ------------------------------------------------------------------------------
    (
        _Type.BUCKET,
        f"{_S3}bucket-policies.html",
        _ACCESS,
        {
            "s3:DeleteBucketPolicy": "a bucket without its denials",
            "s3:PutBucketAbac": "access decided by tags",
            "s3:PutBucketAcl": "access beside the policies",
            "s3:PutBucketCORS": "a bucket open to web pages",
            "s3:PutBucketOwnershipControls": "access control lists",
            "s3:PutBucketPolicy": "a bucket policy that names it",
            "s3:PutBucketPublicAccessBlock": "a bucket that may be public",
            "s3:PutBucketWebsite": "a bucket served as a web site",
        },
    ),
    (
        _Type.ACCESS_POINT,
        f"{_S3}creating-access-points.html",
        _ACCESS,
        {
            "s3:CreateAccessPoint": "a second way in, with a policy of its own",
            "s3:CreateAccessPointForObjectLambda": "a second way in, by a function",
            "s3:CreateMultiRegionAccessPoint": "a way in from every Region",
            "s3:PutAccessPointPolicy": "a way in by an access point",
            "s3:PutAccessPointPolicyForObjectLambda": "a way in by an access point",
            "s3:PutMultiRegionAccessPointPolicy": "a way in from every Region",
        },
    ),
    (
        _Type.ACCESS_GRANT,
        f"{_S3}access-grants-grant-create.html",
        _ACCESS,
        {
            "s3:CreateAccessGrant": "the objects, by a grant",
            "s3:PutAccessGrantsInstanceResourcePolicy": "grants for other accounts",
            "s3:UpdateAccessGrantsLocation": "the objects, by grants of another role",
        },
    ),
    (
        _Type.BUCKET,
        f"{_S3}replication.html",
        _COPY,
        {
            "s3:CreateBucketMetadataConfiguration": "tables of the objects",
            "s3:CreateBucketMetadataTableConfiguration": "tables of the objects",
            "s3:PutAnalyticsConfiguration": "lists of the objects in another bucket",
            "s3:PutBucketLogging": "a log of requests in another bucket",
            "s3:PutBucketNotification": "others that are notified of each object",
            "s3:PutInventoryConfiguration": "lists of the objects in another bucket",
            "s3:PutReplicationConfiguration": "a copy of the bucket",
            "s3:UpdateBucketMetadataAnnotationTableConfiguration": "tables of the objects",
            "s3:UpdateBucketMetadataInventoryTableConfiguration": "tables of the objects",
            "s3:UpdateBucketMetadataJournalTableConfiguration": "tables of the objects",
        },
    ),
    (
        _Type.BUCKET,
        f"{_S3}security-best-practices.html",
        _STOP,
        {
            "s3:DeleteBucket": "exports without a place",
            "s3:PutBucketObjectLockConfiguration": "objects that nobody can delete",
            "s3:PutBucketRequestPayment": "readers that are refused",
            "s3:PutBucketVersioning": "a bucket that keeps no versions",
            "s3:PutEncryptionConfiguration": "objects under another key",
            "s3:PutIntelligentTieringConfiguration": "objects that cannot be read for hours",
            "s3:PutLifecycleConfiguration": "objects that expire",
        },
    ),
    # --- queues -------------------------------------------------------------------------------
    (
        _Type.QUEUE,
        f"{_SQS}sqs-basic-examples-of-sqs-policies.html",
        _ACCESS,
        {
            "sqs:AddPermission": "a queue policy that names it",
            "sqs:SetQueueAttributes": "a queue policy that names it",
        },
    ),
    (
        _Type.QUEUE,
        f"{_SQS}sqs-dead-letter-queues.html",
        _STOP,
        {
            "sqs:DeleteQueue": "failed requests that nobody keeps",
            "sqs:RemovePermission": "senders that are refused",
        },
    ),
    # --- logs ---------------------------------------------------------------------------------
    (
        _Type.LOG_GROUP,
        f"{_LOGS}Subscriptions.html",
        _COPY,
        {
            "logs:CreateLogAnomalyDetector": "a model of what is logged, with samples",
            "logs:PutDataProtectionPolicy": "findings in a place of its own, or results masked",
            "logs:PutMetricFilter": "values from the logs as metrics",
            "logs:PutSubscriptionFilter": "a copy of the log group",
        },
    ),
    (
        _Type.LOG_GROUP,
        f"{_LOGS}Working-with-log-groups-and-streams.html",
        _STOP,
        {
            "logs:AssociateKmsKey": "logs under another key",
            "logs:DeleteDataProtectionPolicy": "results that are no longer masked",
            "logs:DeleteRetentionPolicy": "logs that stay for ever",
            "logs:DisassociateKmsKey": "logs without a key",
            "logs:PutLogGroupDeletionProtection": "log groups that may be deleted",
            "logs:PutStorageTierPolicy": "logs in a class that is read at another price",
            "logs:PutTransformer": "results that are rewritten",
        },
    ),
    (
        _Type.EVERY_LOG_GROUP,
        f"{_DOCS}AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html",
        _COPY,
        {
            "logs:AssociateSourceToS3TableIntegration": "a copy of the logs in tables",
            "logs:CreateScheduledQuery": "what queries find, again and again, in a bucket",
            "logs:Link": "a monitoring account that reads the logs",
            "logs:PutAccountPolicy": "a copy of every log group of the account",
            "logs:PutIntegration": "an OpenSearch domain that queries the logs",
            "logs:PutResourcePolicy": "services of its own choice that write to or read log groups",
            "logs:UpdateScheduledQuery": "what queries find, again and again, in a bucket",
        },
    ),
    (
        _Type.DELIVERY,
        f"{_LOGS}AWS-logs-and-resource-policy.html",
        _COPY,
        {
            "logs:CreateDelivery": "logs of AgentCore's resources in a place of its own",
            "logs:CreateLogDelivery": "logs of AWS services in a place of its own",
            "logs:PutDeliveryDestination": "logs of AgentCore's resources in a place of its own",
            "logs:PutDeliveryDestinationPolicy": "logs of other accounts in the destination",
            "logs:PutDeliverySource": "logs of AgentCore's resources in a place of its own",
            "logs:UpdateDeliveryConfiguration": "logs of AgentCore's resources elsewhere",
            "logs:UpdateLogDelivery": "logs of AWS services in a place of its own",
        },
    ),
    # --- the record of what was done ------------------------------------------------------------
    (
        _Type.TRAIL,
        f"{_TRAIL}cloudtrail-turning-off-logging.html",
        _STOP,
        {
            "cloudtrail:DeleteTrail": "use of the key that nobody records",
            "cloudtrail:PutEventSelectors": "use of the key that nobody records",
            "cloudtrail:StopLogging": "use of the key that nobody records",
            "cloudtrail:UpdateTrail": "records that go elsewhere",
        },
    ),
    (
        _Type.EVENT_DATA_STORE,
        f"{_TRAIL}query-event-data-store.html",
        _STOP,
        {
            "cloudtrail:DeleteEventDataStore": "use of the key that nobody records",
            "cloudtrail:StopEventDataStoreIngestion": "use of the key that nobody records",
            "cloudtrail:UpdateEventDataStore": "use of the key that nobody records",
        },
    ),
)
# With these a role, user or group changes what it may do itself.
_OWN = frozenset(
    {
        *("iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy"),
        *("iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy"),
        *("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
        *("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
        *("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"),
    }
)
# On every resource of their type these reach an administrator of the account, whom a program need
# not show, or the account's own record.
_ANYWHERE = frozenset(
    {
        *("iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy"),
        *("iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:CreateLoginProfile"),
        *("iam:CreatePolicyVersion", "iam:CreateServiceSpecificCredential"),
        *("iam:DeactivateMFADevice", "iam:PassRole", "iam:PutGroupPolicy", "iam:PutRolePolicy"),
        *("iam:PutUserPolicy", "iam:ResetServiceSpecificCredential"),
        *("iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile"),
        *("iam:UploadSigningCertificate", "iam:AddClientIDToOpenIDConnectProvider"),
        *("iam:UpdateOpenIDConnectProviderThumbprint", "iam:UpdateSAMLProvider"),
        *("glue:UpdateDevEndpoint", "lambda:UpdateFunctionCode", "sts:AssumeRoot"),
        *("lambda:UpdateFunctionConfiguration", "identitystore:CreateGroupMembership"),
        *("cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StopLogging"),
        *("cloudtrail:UpdateTrail", "cloudtrail:DeleteEventDataStore"),
        *("cloudtrail:StopEventDataStoreIngestion", "cloudtrail:UpdateEventDataStore"),
    }
)


def _rows() -> Iterator[EscalationAction]:
    for acts_on, page, consequence, actions in _TABLE:
        for action, leads_to in actions.items():
            anywhere = action in _ANYWHERE or action.startswith("sso:")
            yield EscalationAction(
                action, acts_on, leads_to, page, consequence, action in _OWN, anywhere
            )


ESCALATION_ACTIONS = tuple(_rows())
