"""Ways on which objects of the output bucket get elsewhere, and who else in the stack has access.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_starters import BUCKET
from ...analysis.identity_access import reaching
from ...analysis.nothing_to_judge import NO_OUTPUT_BUCKET
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import account_in, known_texts

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"
WAYS = {
    "aws:s3/accessPoint:AccessPoint": "opens a second way in, with a policy of its own",
    "aws:s3/bucketAcl:BucketAcl": "grants access beside the policies",
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": "opens it to web pages",
    "aws:s3/bucketMetadataConfiguration:BucketMetadataConfiguration": "lists the objects in tables",
    "aws:s3/filesFileSystem:FilesFileSystem": "opens it as a file system",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "copies objects to another bucket, "
    "under another key",
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": "serves it as a web site",
    "aws:s3/inventory:Inventory": "lists the objects in another bucket",
}
# Properties of a bucket itself that do the same; the provider fills them in as it finds them.
INLINE = {
    "corsRules": "opens it to web pages",
    "replicationConfiguration": "copies objects to another bucket, under another key",
    "website": "serves it as a web site",
}
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
NOTIFIED = {"lambdaFunctions": "lambdaFunctionArn", "queues": "queueArn", "topics": "topicArn"}
GRANTS = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ANALYTICS = "aws:s3/analyticsConfiguration:AnalyticsConfiguration"
# What takes a bucket's objects, and the property that names buckets: by ARN, address or path.
TAKERS = {
    "aws:appflow/flow:Flow": ("sourceFlowConfig", "copies objects to another service"),
    "aws:backup/selection:Selection": ("resources", "copies objects into a vault"),
    "aws:bedrock/agentDataSource:AgentDataSource": (
        "dataSourceConfiguration",
        "copies objects into a knowledge base",
    ),
    "aws:datasync/s3Location:S3Location": ("s3BucketArn", "opens it to DataSync"),
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": (
        "dataRepositoryPath",
        "opens it as a file system",
    ),
    "aws:kendra/dataSource:DataSource": ("configuration", "copies objects into an index"),
    "aws:s3/objectCopy:ObjectCopy": ("source", "copies an object"),
    "aws:storagegateway/nfsFileShare:NfsFileShare": ("locationArn", "opens it as a file share"),
    "aws:storagegateway/smbFileShare:SmbFileShare": ("locationArn", "opens it as a file share"),
    "aws:transfer/access:Access": ("homeDirectory", "opens it to file transfer"),
    "aws:transfer/user:User": ("homeDirectory", "opens it to file transfer"),
}
# A second property with the same meaning.
ALSO = {
    "aws:transfer/access:Access": "homeDirectoryMappings",
    "aws:transfer/user:User": "homeDirectoryMappings",
}
EVERYWHERE = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
OBJECT_ACTIONS = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionForReplication",
    "s3:PutObject",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
)


def ways_out(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What copies the bucket or opens it."""
    for type_, what in WAYS.items():
        for resource in environment.stack.siblings(bucket, type_, "bucket"):
            yield f"{resource.name} ({type_.rpartition(':')[2]}) {what}; remove it"
    for path, what in INLINE.items():
        if bucket.value(path):
            yield f"its {path} {what}; remove it"
    acl = bucket.text("acl")
    if acl not in ("", "private"):
        yield f"its acl is {acl}, which grants access beside the policies; remove it"
    for grant in bucket.each("grants"):
        if grant.text("uri"):
            yield f"its grants let {grant.text('uri')} in beside the policies; remove them"
    yield from _elsewhere(bucket, environment)
    yield from _taken(bucket, environment)


def _elsewhere(bucket: Resource, environment: Environment) -> Iterator[str]:
    """What reaches another account or comes from everywhere."""
    account = environment.deployment.account(bucket)
    for notification in environment.stack.siblings(bucket, NOTIFICATION, "bucket"):
        for path, arn in NOTIFIED.items():
            for target in notification.each(path):
                found = account_in(target.text(arn))
                if found not in ("", account):
                    yield f"{notification.name} notifies account {found} of objects; remove {path}"
    for granted in environment.stack.of(GRANTS):
        scope = granted.text("locationScope")
        if scope == "s3://" or f"{scope}/".startswith(f"s3://{bucket.text('bucket')}/"):
            yield f"{granted.name} opens {scope} to access grants; remove it"
    for point in environment.stack.of(EVERYWHERE):
        for region in point.each("details.regions"):
            if region.text("bucket") == bucket.text("bucket"):
                yield f"{point.name} opens a way in from every Region; remove it"


def _taken(bucket: Resource, environment: Environment) -> Iterator[str]:
    """What lists or takes the objects for another service, by the bucket's name or ARN."""
    for each in environment.stack.siblings(bucket, ANALYTICS, "bucket"):
        if each.value("storageClassAnalysis.dataExport"):
            yield f"{each.name} lists the objects in another bucket; remove dataExport"
    arn = f"arn:{environment.deployment.target(bucket).partition}:s3:::{bucket.text('bucket')}"
    for type_, (path, what) in TAKERS.items():
        for each in environment.stack.of(type_):
            named = bucket in environment.stack.referred(each, path, BUCKET)
            texts = [*known_texts(each, path), *known_texts(each, ALSO.get(type_, path))]
            if named or any(_means(one, arn) for one in texts):
                yield f"{each.name} ({type_.rpartition(':')[2]}) {what}; remove the bucket"


def _means(text: str, arn: str) -> bool:
    """Whether a text is a bucket, or a part of it: its ARN or a pattern of such, its address, its
    path or its name. `*` alone is all of an account that a tag or a service's settings choose."""
    name = arn.rpartition(":")[2]
    if ":s3:::" in text:
        return fnmatchcase(arn, text) or text.startswith(f"{arn}/")
    path = text.removeprefix("s3://").removeprefix("/")
    return path == name or path.startswith(f"{name}/")


def other_roles(bucket: Resource, environment: Environment, __: Settings) -> Iterator[str]:
    """Roles, users and groups of the stack, other than callers, that may touch its objects."""
    arn = f"arn:{environment.deployment.target(bucket).partition}:s3:::{bucket.text('bucket')}"
    for _, said in reaching(environment, OBJECT_ACTIONS, (f"{arn}/*",), "it"):
        yield f"{said}; remove it"


OUTPUT_BUCKET_COPIES = StackRule(
    About(
        "output-bucket-copies",
        "Nothing copies the output bucket elsewhere or opens it.",
        Severity.HIGH,
        "Remove the resource that copies or opens the bucket.",
        PAGE,
        controls=nist("AC-4", "AC-3"),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    ways_out,
)
OUTPUT_BUCKET_ROLES = StackRule(
    About(
        "output-bucket-roles",
        "No role, user or group of the stack but callers reads or writes the output bucket's "
        "objects.",
        Severity.HIGH,
        "Remove the bucket's objects from the role's policy.",
        PAGE,
        controls=nist("AC-6"),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    other_roles,
)
