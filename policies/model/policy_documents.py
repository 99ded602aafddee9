"""Policy documents of resources: where they stand, and each parsed once."""

from functools import lru_cache

from ..iam import MalformedPolicyError, Policy, PolicyType, parse_policy
from .resource import Resource

KEY_TYPES = (
    "aws:kms/key:Key",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
IDENTITY_TYPES = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
PLACES: dict[str, tuple[tuple[str, PolicyType], ...]] = {
    **{type_: (("policy", PolicyType.KEY),) for type_ in KEY_TYPES},
    "aws:kms/keyPolicy:KeyPolicy": (("policy", PolicyType.KEY),),
    "aws:s3/bucketPolicy:BucketPolicy": (("policy", PolicyType.BUCKET),),
    "aws:iam/role:Role": (("assumeRolePolicy", PolicyType.TRUST),),
    **{type_: (("policy", PolicyType.IDENTITY),) for type_ in IDENTITY_TYPES},
    "aws:sqs/queuePolicy:QueuePolicy": (("policy", PolicyType.RESOURCE),),
    "aws:sns/topicPolicy:TopicPolicy": (("policy", PolicyType.RESOURCE),),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": (
        ("policyDocument", PolicyType.RESOURCE),
    ),
}
"""The properties of each type that hold a document, and of which kind."""


@lru_cache(maxsize=4096)
def parsed(text: str, kind: PolicyType, name: str) -> Policy | MalformedPolicyError:
    """The policy that a text writes, or why AWS refuses it."""
    try:
        return parse_policy(text, kind, name=name)
    except MalformedPolicyError as error:
        return error


def read(resource: Resource, path: str, kind: PolicyType) -> Policy | None:
    """The policy in a property; None if there is none or AWS refuses it, which is a rule's own."""
    text = resource.text(path)
    if not text:
        return None
    found = parsed(text, kind, resource.name)
    return found if isinstance(found, Policy) else None


def of(resource: Resource) -> Policy | None:
    """The one policy of a resource that has one."""
    (place,) = PLACES[resource.type]
    return read(resource, *place)
