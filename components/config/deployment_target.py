"""The deployment target: partition, Region, account, and the ARNs that follow."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pulumi
import pulumi_aws as aws

from .errors import LookupFailed

T = TypeVar("T")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html names the partitions. The
# kmsKeyArn of a batch evaluation can lie in these three only (pattern of the API's KmsKeyArn):
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
DNS_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
}


@dataclass(frozen=True)
class DeploymentTarget:
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


@dataclass(frozen=True)
class Deployment:
    """Where a program deploys to, and the ARN of who deploys, as GetCallerIdentity has it.

    The ARN is for checks alone: in a policy it would change with each user and session.
    `judged` holds the lists of administrators that were found wrong already, so that components
    with the same list do not repeat it.
    """

    target: DeploymentTarget
    caller_arn: str
    judged: set[frozenset[str]] = field(default_factory=set[frozenset[str]], compare=False)


def look_up_deployment(
    component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None
) -> Deployment:
    """Return what the AWS provider of `component` says of itself.

    An environment's components take its `deployment`, unless they have a provider of their own: to
    ask takes a program longer than to declare a resource. Raises LookupFailed.
    """
    parent = opts.parent if opts else None
    known = getattr(parent, "deployment", None)
    provider = "aws:index:Provider"
    if (
        parent
        and isinstance(known, Deployment)
        and component.get_provider(provider) is parent.get_provider(provider)
    ):
        return known
    invoke = pulumi.InvokeOptions(parent=component)
    partition = ask("aws.get_partition", lambda: aws.get_partition(opts=invoke), _REMEDY)
    region = ask("aws.get_region", lambda: aws.get_region(opts=invoke), _REMEDY)
    caller = ask("aws.get_caller_identity", lambda: aws.get_caller_identity(opts=invoke), _REMEDY)
    target = DeploymentTarget(partition.partition, region.region, caller.account_id)
    return Deployment(target, caller.arn)


def look_up_target(
    component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None
) -> DeploymentTarget:
    """Return the partition, Region and account of the AWS provider of `component`."""
    return look_up_deployment(component, opts).target


_REMEDY = "check credentials and aws:region"

# What Pulumi's SDK, engine and providers write in front of an answer of AWS.
_ENVELOPE = re.compile(
    r"^invoke of \S+ failed: |^invocation of \S+ returned an error: |^\S+/\S+: |"
    r"^An error occurred \((?P<code>\w+)\) when calling the \w+ operation( \([^)]*\))?: "
)


def ask(question: str, call: Callable[[], T], remedy: str) -> T:
    """Return the answer of a provider's function; raises LookupFailed, which is one line.

    Pulumi raises an Exception of no type of its own, with a traceback of the SDK's inside.
    """
    try:
        return call()
    except pulumi.RunError:
        raise
    except Exception as error:
        raise LookupFailed(question, answer_of(str(error)), remedy) from None


def answer_of(text: str) -> str:
    """Return what AWS answered, by its code and in its words, out of an error of Pulumi's."""
    line, code = " ".join(text.split()), ""
    while match := _ENVELOPE.match(line):
        line, code = line[match.end() :], match["code"] or code
    return f"{code}: {line}" if code else line
