"""All resource types of this provider by their token."""

from . import alarms, bucket_settings, functions, iam, kms, logs, s3, scheduler, sqs
from .resource import ResourceType

RESOURCES: dict[str, ResourceType] = {
    kind.token: kind
    for module in (alarms, kms, s3, bucket_settings, iam, functions, logs, sqs, scheduler)
    for kind in module.TYPES
}
