"""The output bucket: exports of evaluations, each object under the evaluation key or not at all."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .config import validators
from .config.deployment_target import look_up_target
from .config.inputs import argument_errors, made_from
from .config.names import Names, base_name_errors
from .function.storage.layout import ARTIFACTS
from .iam import resource_policies, statements


class OutputBucketArgs(TypedDict):
    """Inputs of OutputBucket."""

    base_name: str
    """First part of the environment's names, `{prefix}-{stack}`."""
    key_arn: pulumi.Input[str]
    """ARN of the evaluation key. A full ARN: S3 resolves an alias in the requester's account."""
    artifact_retention_in_days: NotRequired[int]
    """How long artifacts stay, 1 day or more. Default: 365. Manifests never expire."""
    noncurrent_retention_in_days: NotRequired[int]
    """How long replaced or deleted versions stay, 1 day or more. Default: 30."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the bucket. Default: true."""
    force_destroy: NotRequired[bool]
    """Whether deleting the bucket deletes its objects, all versions of them. Default: false, and a
    bucket that is not empty stops its deletion."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of the bucket. Default: none."""


class OutputBucket(pulumi.ComponentResource):
    """A versioned, private S3 bucket that takes objects under SSE-KMS with one key only.

    AgentCore never writes here: batch evaluations have no S3 member in their request, their own
    artifacts lie in a bucket of the service. Raises InvalidInput for a bad input.

    A destroy reaches the bucket before the key and before whatever the component depends on, and
    leaves the bucket's settings in place as long as the bucket is there: a bucket that is not empty
    stops the destroy while its objects are still readable and guarded.
    """

    bucket: pulumi.Output[str]
    """Name of the bucket."""

    def __init__(
        self, name: str, args: OutputBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("agentcore-batch-evaluation:index:OutputBucket", name, {}, opts)
        validators.require(argument_errors(args, OutputBucketArgs, "OutputBucket"))
        target = look_up_target(self, opts)
        artifact_days = args.get("artifact_retention_in_days", 365)
        noncurrent_days = args.get("noncurrent_retention_in_days", 30)
        validators.require(
            [
                *base_name_errors(args["base_name"], target),
                *validators.DAYS.errors("artifact_retention_in_days", artifact_days),
                *validators.DAYS.errors("noncurrent_retention_in_days", noncurrent_days),
                *validators.TRUTH.errors("force_destroy", args.get("force_destroy", False)),
            ]
        )
        chosen = Names(args["base_name"], target).bucket
        made = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=chosen,
            force_destroy=args.get("force_destroy", False),
            tags=args.get("tags"),
            # Pulumi deletes what depends on a resource before the resource: the bucket, which may
            # refuse, goes before the key, without which its objects are lost. (Pulumi hands a
            # component's dependencies to those who wait for it, not to its children.)
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    parent=self,
                    protect=args.get("protect", True),
                    depends_on=opts.depends_on if opts else None,
                ),
                made_from(args["key_arn"]),
            ),
        )
        self.bucket = made.bucket
        # The settings depend on the bucket, so Pulumi would delete them first, and a bucket that
        # then refuses would be left without policy, access block and versioning. S3 deletes them
        # with the bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html
        child = pulumi.ResourceOptions(parent=self, deleted_with=made)
        ownership = aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=made.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        public_access = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=made.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            # S3 answers OperationAborted to two changes of one bucket at a time.
            opts=_after(child, ownership),
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=made.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=_after(child, public_access),
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=made.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args["key_arn"],
                    },
                    # With a bucket key the encryption context is the bucket's, so the callers'
                    # statement in the key policy no longer fits, and S3 goes on using the cached
                    # key for a while after the KMS key is disabled:
                    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
                    "bucket_key_enabled": False,
                    "blocked_encryption_types": ["SSE-C"],
                }
            ],
            opts=_after(child, versioning),
        )
        lifecycle = aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=made.bucket,
            rules=_lifecycle_rules(int(artifact_days), int(noncurrent_days)),
            opts=_after(child, encryption),
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=made.bucket,
            policy=pulumi.Output.from_input(args["key_arn"]).apply(
                lambda key: statements.to_json(resource_policies.bucket_policy(target, chosen, key))
            ),
            opts=_after(child, lifecycle),
        )
        self.register_outputs({"bucket": self.bucket})


def _after(child: pulumi.ResourceOptions, sibling: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[sibling]))


def _lifecycle_rules(
    artifact_days: int, noncurrent_days: int
) -> "list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]":
    """Return the rules: artifacts expire, replaced versions go, nothing half uploaded stays.

    Manifests and tombstones tell an exported or deleted evaluation from a new one, and a request's
    record is there only until the service has answered it: these stay.
    """
    return [
        {
            "id": "ExpireArtifacts",
            "status": "Enabled",
            "filter": {"prefix": ARTIFACTS},
            "expiration": {"days": artifact_days},
        },
        {
            "id": "ExpireNoncurrentVersions",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days},
        },
        {
            "id": "AbortMultipartUploads",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
        },
    ]
