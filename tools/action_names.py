"""Write the names of IAM actions that proofs about policies reckon with.

Most actions are named as the API's operations are, so the installed botocore's service models give
them. Where the service authorization reference (docs.aws.amazon.com/service-authorization/latest/
reference/reference_policies_actions-resources-contextkeys.html) names them otherwise, or knows
permissions without an operation, the tables below say so. They were written from that reference by
hand and hold the differences known to us; AWS publishes none as a list.

    python tools/action_names.py            write policies/iam/action_names.json
    python tools/action_names.py --check    exit 1 when the file differs from what would be written
"""

import argparse
import json
import sys
from pathlib import Path

from botocore.loaders import create_loader

NAMES = Path(__file__).parent.parent / "policies" / "iam" / "language" / "action_names.json"

MODELS = {
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
    "iam": ("iam",),
    "kms": ("kms",),
    "lambda": ("lambda",),
    "logs": ("logs",),
    "s3": ("s3", "s3control"),
    "sqs": ("sqs",),
    "sts": ("sts",),
}

# Operations whose permission has another name, or several, or none.
RENAMED: dict[str, dict[str, tuple[str, ...]]] = {
    "kms": {"ReEncrypt": ("ReEncryptFrom", "ReEncryptTo")},
    "lambda": {
        "Invoke": ("InvokeFunction",),
        "InvokeWithResponseStream": ("InvokeFunction",),
    },
    "sqs": {
        "ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
        "DeleteMessageBatch": ("DeleteMessage",),
        "SendMessageBatch": ("SendMessage",),
    },
    "s3": {
        "CompleteMultipartUpload": ("PutObject",),
        "CopyObject": ("PutObject",),
        "CreateMultipartUpload": ("PutObject",),
        "DeleteBucketAnalyticsConfiguration": ("PutAnalyticsConfiguration",),
        "DeleteBucketCors": ("PutBucketCORS",),
        "DeleteBucketEncryption": ("PutEncryptionConfiguration",),
        "DeleteBucketIntelligentTieringConfiguration": ("PutIntelligentTieringConfiguration",),
        "DeleteBucketInventoryConfiguration": ("PutInventoryConfiguration",),
        "DeleteBucketLifecycle": ("PutLifecycleConfiguration",),
        "DeleteBucketMetricsConfiguration": ("PutMetricsConfiguration",),
        "DeleteBucketOwnershipControls": ("PutBucketOwnershipControls",),
        "DeleteBucketReplication": ("PutReplicationConfiguration",),
        "DeleteBucketTagging": ("PutBucketTagging",),
        "DeleteObjects": ("DeleteObject",),
        "DeletePublicAccessBlock": ("PutAccountPublicAccessBlock", "PutBucketPublicAccessBlock"),
        "GetBucketAccelerateConfiguration": ("GetAccelerateConfiguration",),
        "GetBucketAnalyticsConfiguration": ("GetAnalyticsConfiguration",),
        "GetBucketCors": ("GetBucketCORS",),
        "GetBucketEncryption": ("GetEncryptionConfiguration",),
        "GetBucketIntelligentTieringConfiguration": ("GetIntelligentTieringConfiguration",),
        "GetBucketInventoryConfiguration": ("GetInventoryConfiguration",),
        "GetBucketLifecycle": ("GetLifecycleConfiguration",),
        "GetBucketLifecycleConfiguration": ("GetLifecycleConfiguration",),
        "GetBucketMetricsConfiguration": ("GetMetricsConfiguration",),
        "GetBucketNotificationConfiguration": ("GetBucketNotification",),
        "GetBucketReplication": ("GetReplicationConfiguration",),
        "GetObjectLockConfiguration": ("GetBucketObjectLockConfiguration",),
        "GetPublicAccessBlock": ("GetAccountPublicAccessBlock", "GetBucketPublicAccessBlock"),
        "HeadBucket": ("ListBucket",),
        "HeadObject": ("GetObject",),
        "ListBucketAnalyticsConfigurations": ("GetAnalyticsConfiguration",),
        "ListBucketIntelligentTieringConfigurations": ("GetIntelligentTieringConfiguration",),
        "ListBucketInventoryConfigurations": ("GetInventoryConfiguration",),
        "ListBucketMetricsConfigurations": ("GetMetricsConfiguration",),
        "ListBuckets": ("ListAllMyBuckets",),
        "ListMultipartUploads": ("ListBucketMultipartUploads",),
        "ListObjectVersions": ("ListBucketVersions",),
        "ListObjects": ("ListBucket",),
        "ListObjectsV2": ("ListBucket",),
        "ListParts": ("ListMultipartUploadParts",),
        "PutBucketAccelerateConfiguration": ("PutAccelerateConfiguration",),
        "PutBucketAnalyticsConfiguration": ("PutAnalyticsConfiguration",),
        "PutBucketCors": ("PutBucketCORS",),
        "PutBucketEncryption": ("PutEncryptionConfiguration",),
        "PutBucketIntelligentTieringConfiguration": ("PutIntelligentTieringConfiguration",),
        "PutBucketInventoryConfiguration": ("PutInventoryConfiguration",),
        "PutBucketLifecycle": ("PutLifecycleConfiguration",),
        "PutBucketLifecycleConfiguration": ("PutLifecycleConfiguration",),
        "PutBucketMetricsConfiguration": ("PutMetricsConfiguration",),
        "PutBucketNotificationConfiguration": ("PutBucketNotification",),
        "PutBucketReplication": ("PutReplicationConfiguration",),
        "PutObjectLockConfiguration": ("PutBucketObjectLockConfiguration",),
        "PutPublicAccessBlock": ("PutAccountPublicAccessBlock", "PutBucketPublicAccessBlock"),
        "SelectObjectContent": ("GetObject",),
        "UploadPart": ("PutObject",),
        "UploadPartCopy": ("PutObject",),
        "WriteGetObjectResponse": (),
    },
}

# Permissions that no operation of the API is named after.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "bedrock-agentcore": ("InvokeAgentRuntimeForUser", "InvokeGateway"),
    "iam": ("PassRole",),
    "kms": ("SynchronizeMultiRegionKey",),
    "lambda": ("DisableReplication", "EnableReplication", "InvokeFunctionUrl"),
    "logs": (
        *("CreateLogDelivery", "DeleteLogDelivery", "GetLogDelivery", "ListLogDeliveries"),
        *("Link", "Unmask", "UpdateLogDelivery"),
    ),
    "s3": (
        *("BypassGovernanceRetention", "DeleteObjectVersion", "DeleteObjectVersionTagging"),
        *("GetBucketVersioning", "GetObjectVersion", "GetObjectVersionAcl"),
        *("GetObjectVersionAttributes", "GetObjectVersionForReplication"),
        *("GetObjectVersionTagging", "GetObjectVersionTorrent", "InitiateReplication"),
        *("ObjectOwnerOverrideToBucketOwner", "PauseReplication", "PutBucketRequestPayment"),
        *("PutObjectVersionAcl", "PutObjectVersionTagging", "ReplicateDelete"),
        *("ReplicateObject", "ReplicateTags"),
    ),
    "sts": ("GetServiceBearerToken", "SetContext", "SetSourceIdentity", "TagSession"),
}


def actions(service: str) -> list[str]:
    """The names of a service's actions, without the prefix, sorted."""
    loader = create_loader()
    names = set(PERMISSIONS.get(service, ()))
    for model in MODELS[service]:
        operations = loader.load_service_model(model, "service-2")["operations"]
        for operation in operations:
            names.update(RENAMED.get(service, {}).get(operation, (operation,)))
    return sorted(names)


def text() -> str:
    """The file."""
    return json.dumps({service: actions(service) for service in sorted(MODELS)}, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    if parser.parse_args().check:
        same = NAMES.is_file() and NAMES.read_text(encoding="utf-8") == text()
        print(f"{NAMES.name}: {'as' if same else 'differs from what'} botocore gives.")
        return 0 if same else 1
    NAMES.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
