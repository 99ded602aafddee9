"""Checks that one service makes of its own policy type."""

from collections.abc import Iterator

from .document_errors import Fault
from .operators import Each
from .patterns import Pattern, Wildcard
from .policy import Effect, Policy, Statement

# Actions on objects; every other S3 action in a bucket policy is about the bucket.
# Source: docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_OBJECT_ACTIONS = frozenset(
    f"s3:{name}".lower()
    for name in (
        "AbortMultipartUpload",
        "BypassGovernanceRetention",
        "DeleteObject",
        "DeleteObjectTagging",
        "DeleteObjectVersion",
        "DeleteObjectVersionTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectLegalHold",
        "GetObjectRetention",
        "GetObjectTagging",
        "GetObjectTorrent",
        "GetObjectVersion",
        "GetObjectVersionAcl",
        "GetObjectVersionAttributes",
        "GetObjectVersionForReplication",
        "GetObjectVersionTagging",
        "GetObjectVersionTorrent",
        "InitiateReplication",
        "ListMultipartUploadParts",
        "ObjectOwnerOverrideToBucketOwner",
        "PutObject",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "PutObjectTagging",
        "PutObjectVersionAcl",
        "PutObjectVersionTagging",
        "ReplicateDelete",
        "ReplicateObject",
        "ReplicateTags",
        "RestoreObject",
        "UpdateObjectEncryption",
    )
)


def check_key(policy: Policy) -> Iterator[Fault]:
    """KMS refuses ForAllValues over single-valued keys of the request.

    With the key absent the test would pass for everybody.
    Source: docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    for statement in policy.statements:
        for condition in statement.conditions:
            single = condition.folded_key.startswith(("kms:encryptioncontext:", "aws:requesttag/"))
            if single and condition.each is Each.ALL:
                yield Fault(
                    f"Statement[{statement.index}].Condition.{condition.name}.{condition.key}",
                    "an operator without ForAllValues, since the key has one value at most",
                    condition.name,
                    "OverlyPermissiveCondition",
                )


def check_trust(policy: Policy) -> Iterator[Fault]:
    """A trust policy names who may assume the role; a canonical user cannot.

    Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
    reference_policies_elements_notprincipal.html
    """
    for statement in policy.statements:
        if statement.principals is not None and statement.principals.negated:
            yield Fault(f"Statement[{statement.index}].NotPrincipal", "Principal", "NotPrincipal")
        for name in statement.principals.names if statement.principals else ():
            if name.sort.value == "CanonicalUser":
                path = f"Statement[{statement.index}].Principal.CanonicalUser"
                yield Fault(path, "AWS, Service or Federated", name.value)


def check_resource_control(policy: Policy) -> Iterator[Fault]:
    """Resource control policies deny actions to everybody; only AWS's RCPFullAWSAccess allows.

    Source: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    """
    for statement in policy.statements:
        path = f"Statement[{statement.index}]"
        principals = statement.principals
        if principals is not None and (principals.negated or not principals.everybody):
            yield Fault(f"{path}.Principal", '"*"', "other principals")
        if statement.actions is not None and statement.actions.negated:
            yield Fault(f"{path}.NotAction", "Action", "NotAction")
        if statement.effect is Effect.ALLOW and not _allows_everything(statement):
            yield Fault(f"{path}.Effect", "Deny", "Allow")


def check_bucket(policy: Policy, bucket_arn: str | None) -> Iterator[Fault]:
    """A bucket policy is about its bucket, and each action about a resource of the statement.

    Sources: docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html and
    the errors of PutBucketPolicy ("Policy has invalid resource", "Action does not apply to any
    resource(s) in statement").
    """
    for statement in policy.statements:
        path = f"Statement[{statement.index}]"
        resources = statement.resources.patterns if statement.resources else ()
        for pattern in resources:
            if not _is_of_bucket(pattern, bucket_arn):
                expected = bucket_arn or "the ARN of a bucket"
                yield Fault(
                    f"{path}.Resource",
                    f"{expected} or of objects in it",
                    pattern.text,
                    "Policy has invalid resource",
                )
        chosen = statement.actions
        listed = chosen and not chosen.negated
        named = statement.resources and not statement.resources.negated
        for action in chosen.patterns if chosen and listed and named else ():
            if action.literal is not None and not any(
                _fits(action.literal, resource) for resource in resources
            ):
                yield Fault(
                    f"{path}.Action",
                    "an action on one of the statement's resources",
                    action.text,
                    "Action does not apply to any resource(s) in statement",
                )


def _allows_everything(statement: Statement) -> bool:
    elements = (statement.actions, statement.resources)
    everything = ((Wildcard.MANY,), ("*",))
    return not statement.conditions and all(
        element is not None
        and not element.negated
        and any(pattern.parts in everything for pattern in element.patterns)
        for element in elements
    )


def _is_of_bucket(pattern: Pattern, bucket_arn: str | None) -> bool:
    if bucket_arn is None:
        segments = pattern.text.split(":", 5)
        return len(segments) == 6 and segments[2] == "s3"
    rest = pattern.text.removeprefix(bucket_arn)
    return rest != pattern.text and (not rest or rest[0] in "/*?")


def _fits(action: str, resource: Pattern) -> bool:
    """Whether a resource pattern can match what the action is about: objects or the bucket."""
    bucket, slash, _ = resource.text.partition("/")
    return (bool(slash) or "*" in bucket) if action in _OBJECT_ACTIONS else not slash
