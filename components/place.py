"""Where an environment lives: partition, Region, account, and the ARNs that follow."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html names the partitions. The
# kmsKeyArn of a batch evaluation can lie in these three only (pattern of the API's KmsKeyArn):
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
DNS_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
}


@dataclass(frozen=True)
class Place:
    """One partition, Region and account; every ARN of this package is written by its methods."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a Regional resource, such as `key/…` of `kms`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """Return the ARN of an IAM resource, such as `role/NAME`; IAM has no Region."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def bucket_arn(self, bucket: str) -> str:
        """Return a bucket's ARN, which names neither Region nor account."""
        return f"arn:{self.partition}:s3:::{bucket}"

    def log_group_arn(self, log_group: str) -> str:
        """Return a log group's ARN in the form without the trailing `:*`."""
        return self.arn("logs", f"log-group:{log_group}")

    def evaluation_arn(self, evaluation: str) -> str:
        """Return a batch evaluation's ARN; `evaluation` is its id or a pattern of ids."""
        return self.arn("bedrock-agentcore", f"batch-evaluate/{evaluation}")

    def endpoint(self, service: str) -> str:
        """Return a Regional service's DNS name, as `kms:ViaService` and some principals write
        it."""
        return f"{service}.{self.region}.{DNS_SUFFIXES[self.partition]}"

    @property
    def account_principal(self) -> str:
        """The account as a principal, which lets IAM policies delegate what a statement allows."""
        return self.iam_arn("root")


def look_up_place(
    component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None
) -> Place:
    """Return the partition, Region and account of the AWS provider of `component`.

    An environment's components take its `place`, unless they have a provider of their own: to ask
    takes a program longer than to declare a resource.
    """
    parent = opts.parent if opts else None
    known = getattr(parent, "place", None)
    provider = "aws:index:Provider"
    if (
        parent
        and isinstance(known, Place)
        and component.get_provider(provider) is parent.get_provider(provider)
    ):
        return known
    invoke = pulumi.InvokeOptions(parent=component)
    return Place(
        partition=aws.get_partition(opts=invoke).partition,
        region=aws.get_region(opts=invoke).region,
        account=aws.get_caller_identity(opts=invoke).account_id,
    )
