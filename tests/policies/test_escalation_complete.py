"""No changing action of the services that evaluations rest on is passed over: each is a row of the
table of escalations, or says here why it is none.

What is new in an SDK fails here until somebody has judged it.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import botocore
import pytest

from policies.iam import ESCALATION_ACTIONS
from policies.iam.language.action_names import known_actions

READS = re.compile(
    "(Get|List|Describe|Head|Filter|Search|Test|Simulate|Lookup|Decode|Validate|Batch(Get|List)"
    "|Generate(Org|Service|Cred|Query))"
)
# No statement of the documents that are judged decides by the tags of a resource.
TAGS = re.compile("((Un)?[Tt]ag[A-Z]|AddTags|RemoveTags|(Put|Delete).*Tagging$)")
# By the reason why an action gains nothing by itself.
NO_ESCALATION: dict[str, str] = {
    "using the key is judged by evaluation-key-users and evaluation-key-operations": """
        kms:Decapsulate kms:Decrypt kms:DeriveSharedSecret kms:Encapsulate kms:Encrypt
        kms:GenerateDataKey kms:GenerateDataKeyPair kms:GenerateDataKeyPairWithoutPlaintext
        kms:GenerateDataKeyWithoutPlaintext kms:GenerateMac kms:GenerateRandom kms:ReEncryptFrom
        kms:ReEncryptTo kms:Sign kms:Verify kms:VerifyMac""",
    "it brings a key back, or gives it later material": """
        kms:CancelKeyDeletion kms:EnableKey kms:EnableKeyRotation kms:RotateKeyOnDemand""",
    "the key has its material of KMS, in one Region": """
        kms:ConnectCustomKeyStore kms:CreateCustomKeyStore kms:DeleteCustomKeyStore
        kms:DisconnectCustomKeyStore kms:ImportKeyMaterial kms:ReplicateKey
        kms:SynchronizeMultiRegionKey kms:UpdateCustomKeyStore kms:UpdatePrimaryRegion""",
    "evaluations name the key by its ARN, and have no grants": """
        kms:CreateAlias kms:CreateKey kms:DeleteAlias kms:RetireGrant kms:RevokeGrant
        kms:UpdateAlias kms:UpdateKeyDescription""",
    "objects are judged by output-bucket-roles and output-bucket-puts": """
        s3:AbortMultipartUpload s3:BypassGovernanceRetention s3:CreateSession s3:DeleteObject
        s3:DeleteObjectAnnotation s3:DeleteObjectVersion s3:InitiateReplication
        s3:ObjectOwnerOverrideToBucketOwner s3:PutObject s3:PutObjectAcl s3:PutObjectAnnotation
        s3:PutObjectLegalHold s3:PutObjectRetention s3:PutObjectVersionAcl s3:RenameObject
        s3:ReplicateDelete s3:ReplicateObject s3:ReplicateTags s3:RestoreObject
        s3:UpdateObjectEncryption""",
    "it takes a way in, a copy or a list away": """
        s3:DeleteAccessGrant s3:DeleteAccessGrantsInstance
        s3:DeleteAccessGrantsInstanceResourcePolicy s3:DeleteAccessGrantsLocation
        s3:DeleteAccessPoint s3:DeleteAccessPointForObjectLambda s3:DeleteAccessPointPolicy
        s3:DeleteAccessPointPolicyForObjectLambda s3:DeleteAccessPointScope
        s3:DeleteBucketMetadataConfiguration s3:DeleteBucketMetadataTableConfiguration
        s3:DeleteBucketWebsite s3:DeleteMultiRegionAccessPoint s3:DeleteStorageLensConfiguration
        s3:DeleteStorageLensGroup s3:DissociateAccessGrantsIdentityCenter s3:PauseReplication
        logs:CancelExportTask logs:DeleteAccountPolicy logs:DeleteDelivery
        logs:DeleteDeliveryDestination logs:DeleteDeliveryDestinationPolicy
        logs:DeleteDeliverySource logs:DeleteDestination logs:DeleteIntegration
        logs:DeleteLogAnomalyDetector logs:DeleteLogDelivery logs:DeleteMetricFilter
        logs:DeleteResourcePolicy logs:DeleteScheduledQuery logs:DeleteSubscriptionFilter
        logs:DeleteSyslogConfiguration logs:DeleteTransformer
        logs:DisassociateSourceFromS3TableIntegration logs:StopQuery
        lambda:DeleteEventSourceMapping lambda:DeleteFunctionUrlConfig lambda:DisableReplication
        cloudtrail:DeleteResourcePolicy cloudtrail:DisableFederation""",
    "it needs iam:PassRole, which is a row": """
        s3:CreateAccessGrantsLocation s3:CreateJob lambda:CreateFunction
        lambda:CreateCapacityProvider lambda:UpdateCapacityProvider scheduler:CreateSchedule
        iam:AddRoleToInstanceProfile""",
    "it is about what is made anew, or not yet used": """
        s3:AssociateAccessGrantsIdentityCenter s3:CreateAccessGrantsInstance s3:CreateBucket
        logs:CreateLogGroup logs:CreateLogStream logs:CreateLookupTable
        lambda:AddLayerVersionPermission lambda:CreateAlias lambda:CreateCodeSigningConfig
        lambda:PublishLayerVersion lambda:PublishVersion sqs:CreateQueue iam:CreateAccountAlias
        iam:CreateDelegationRequest iam:CreateGroup iam:CreateInstanceProfile
        iam:CreateOpenIDConnectProvider iam:CreatePolicy iam:CreateRole iam:CreateSAMLProvider
        iam:CreateServiceLinkedRole iam:CreateUser iam:CreateVirtualMFADevice
        scheduler:CreateScheduleGroup cloudtrail:CreateChannel cloudtrail:CreateDashboard
        cloudtrail:CreateEventDataStore cloudtrail:CreateTrail""",
    "it changes numbers, names or speed and nothing that is guarded": """
        s3:CreateStorageLensGroup s3:PutAccelerateConfiguration s3:PutMetricsConfiguration
        s3:PutStorageLensConfiguration s3:UpdateJobPriority s3:UpdateJobStatus
        s3:UpdateStorageLensGroup logs:DeleteIndexPolicy logs:DeleteLookupTable
        logs:DeleteQueryDefinition logs:PutIndexPolicy logs:PutQueryDefinition logs:UpdateAnomaly
        logs:UpdateLogAnomalyDetector logs:UpdateLookupTable
        lambda:DeleteProvisionedConcurrencyConfig lambda:PutProvisionedConcurrencyConfig
        iam:UpdateRole iam:UpdateRoleDescription iam:DeleteAccountAlias iam:PutAccountProperties
        iam:SetSecurityTokenServicePreferences sts:SetContext sts:SetSourceIdentity
        cloudtrail:PutEventConfiguration cloudtrail:PutInsightSelectors""",
    "it narrows or routes access points, which are judged where they are made": """
        s3:PutAccessPointConfigurationForObjectLambda s3:PutAccessPointScope
        s3:SubmitMultiRegionAccessPointRoutes""",
    "the bucket's own block, or its own lifecycle, stays": """
        s3:DeleteBucketLifecycleConfiguration s3:PutAccountPublicAccessBlock""",
    "results in logs are judged by result-log-readers": """
        logs:CreateExportTask logs:DeleteLogGroup logs:DeleteLogStream logs:PutRetentionPolicy
        logs:StartLiveTail logs:StartQuery logs:Unmask""",
    "it takes logs in": """
        logs:CancelImportTask logs:CreateImportTask logs:PutBearerTokenAuthentication
        logs:PutDestination logs:PutDestinationPolicy logs:PutLogEvents
        logs:PutSyslogConfiguration""",
    "invoking is judged by invoker-role-permissions and controller-reach": """
        lambda:InvokeAsync lambda:InvokeFunction lambda:InvokeFunctionUrl""",
    "the controller has no layers, no signing, no durable runs and no edge": """
        lambda:CheckpointDurableExecution lambda:DeleteCapacityProvider
        lambda:DeleteCodeSigningConfig lambda:DeleteDurableExecution lambda:DeleteLayerVersion
        lambda:EnableReplication lambda:PauseDurableExecution lambda:RemoveLayerVersionPermission
        lambda:ResumeDurableExecution lambda:SendDurableExecutionCallbackFailure
        lambda:SendDurableExecutionCallbackHeartbeat lambda:SendDurableExecutionCallbackSuccess
        lambda:StopDurableExecution lambda:UpdateCodeSigningConfig""",
    "messages are judged by failure-queue-readers and failure-queue-requests": """
        sqs:CancelMessageMoveTask sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:PurgeQueue
        sqs:ReceiveMessage sqs:SendMessage sqs:StartMessageMoveTask""",
    "it takes credentials away, or changes those of whoever asks": """
        iam:ChangePassword iam:DeleteAccessKey iam:DeleteLoginProfile iam:DeleteSSHPublicKey
        iam:DeleteServiceSpecificCredential iam:DeleteSigningCertificate
        iam:DeleteVirtualMFADevice iam:DeleteAccountPasswordPolicy
        iam:UpdateAccountPasswordPolicy""",
    "it takes away what no role of evaluations rests on": """
        iam:DeleteInstanceProfile iam:DeleteOpenIDConnectProvider iam:DeletePolicyVersion
        iam:DeleteSAMLProvider iam:DeleteServerCertificate iam:DeleteServiceLinkedRole
        iam:RemoveClientIDFromOpenIDConnectProvider iam:RemoveRoleFromInstanceProfile""",
    "the policies that name a user or group by its ARN no longer fit it": """
        iam:UpdateGroup iam:UpdateUser""",
    "a delegation gives no more than whoever accepts it has": """
        iam:AcceptDelegationRequest iam:AssociateDelegationRequest iam:RejectDelegationRequest
        iam:SendDelegationToken iam:UpdateDelegationRequest""",
    "AWS documents no operation of the name that customers call": "iam:AcquireRole",
    "it is about the organization's root users, whom sts:AssumeRoot reaches": """
        iam:DisableOrganizationsRootCredentialsManagement iam:DisableOrganizationsRootSessions
        iam:EnableOrganizationsRootCredentialsManagement iam:EnableOrganizationsRootSessions""",
    "it is about servers and workloads outside AWS": """
        iam:DisableOutboundWebIdentityFederation iam:EnableOutboundWebIdentityFederation
        iam:UpdateServerCertificate iam:UploadServerCertificate""",
    "it queries or shows the record of events, or adds to it": """
        cloudtrail:CancelQuery cloudtrail:DeleteChannel cloudtrail:DeleteDashboard
        cloudtrail:DeregisterOrganizationDelegatedAdmin cloudtrail:EnableFederation
        cloudtrail:PutResourcePolicy cloudtrail:RegisterOrganizationDelegatedAdmin
        cloudtrail:RestoreEventDataStore cloudtrail:StartDashboardRefresh
        cloudtrail:StartEventDataStoreIngestion cloudtrail:StartImport cloudtrail:StartLogging
        cloudtrail:StartQuery cloudtrail:StopImport cloudtrail:UpdateChannel
        cloudtrail:UpdateDashboard""",
}
OF_MODELS = ("cloudtrail", "scheduler")
OF_NAMES = ("iam", "kms", "lambda", "logs", "s3", "sqs", "sts")
ROWS = {row.action for row in ESCALATION_ACTIONS}
NONE = [action for listed in NO_ESCALATION.values() for action in listed.split()]


def actions(service: str) -> Iterator[str]:
    """The actions of a service: by IAM's names, or by botocore's model where those are the same."""
    if service in OF_NAMES:
        for action in known_actions().values():
            if action.startswith(f"{service}:"):
                yield action
        return
    (model,) = (Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz")
    for name in json.loads(gzip.decompress(model.read_bytes()))["operations"]:
        yield f"{service}:{name}"


@pytest.mark.parametrize("service", [*OF_NAMES, *OF_MODELS])
def test_each_changing_action_is_a_row_or_says_why_not(service: str) -> None:
    for action in actions(service):
        name = action.partition(":")[2]
        judged = action in ROWS or action in NONE
        assert judged or READS.match(name) or TAGS.match(name), f"{action}: a row, or a reason"


def test_reasons_are_about_actions_that_there_are_and_that_are_no_rows() -> None:
    there = {action for service in (*OF_NAMES, *OF_MODELS) for action in actions(service)}
    assert set(NONE) <= there
    assert not set(NONE) & ROWS
    assert len(NONE) == len(set(NONE))
    assert {row for row in ROWS if row.partition(":")[0] in (*OF_NAMES, *OF_MODELS)} <= there
