"""All rules, by subject: the table of contents of the pack."""

from pulumi_policy import Policy

from .bucket.encryption import OUTPUT_BUCKET_KEY
from .keys.rotation import KEY_ROTATION

RULES: list[Policy] = [
    KEY_ROTATION,
    OUTPUT_BUCKET_KEY,
]
