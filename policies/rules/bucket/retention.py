"""Retention in the output bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.nothing_to_judge import NO_OUTPUT_BUCKET
from ...framework.controls import fsbp, nist
from ...framework.rule import EPHEMERAL_STACKS, TEXTS, About, Parameter, Settings, StackRule
from ...model.resource import Resource, Values

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
# Objects there have to be restored first, which takes hours:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
TIERING = "aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration"
DAYS: dict[str, object] = {"type": "integer", "minimum": 1}


def _rules(bucket: Resource, environment: Environment) -> list[Values]:
    return [
        rule
        for lifecycle in environment.stack.needed(bucket, LIFECYCLE, "bucket")
        for rule in lifecycle.each("rules")
    ]


def _enabled(bucket: Resource, environment: Environment) -> list[Values]:
    return [rule for rule in _rules(bucket, environment) if rule.text("status") == "Enabled"]


def _found(rules: list[Values]) -> str:
    """What is found in the place of what is wanted."""
    found = [f"{_name(rule)} is {rule.text('status')} for {_prefix(rule) or '*'}" for rule in rules]
    return f" ({', '.join(found)})" if found else ""


def _name(rule: Values) -> str:
    return f"lifecycle rule {rule.text('id') or rule.where}"


def _is_everywhere(rule: Values) -> bool:
    narrowed = any(rule.value(f"filter.{name}") for name in ("and", "tag", "objectSizeGreaterThan"))
    return not _prefix(rule) and not narrowed


def _prefix(rule: Values) -> str:
    return rule.text("filter.prefix") or rule.text("filter.and.prefix") or rule.text("prefix")


def tidied(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What would pile up for ever: replaced versions and half uploads."""
    rules = [rule for rule in _enabled(bucket, environment) if _is_everywhere(rule)]
    wanted = {
        "noncurrentVersionExpiration.noncurrentDays": "replaced and deleted versions",
        "abortIncompleteMultipartUpload.daysAfterInitiation": "parts of uploads never finished",
    }
    for path, what in wanted.items():
        if not any(rule.number(path) for rule in rules):
            found = _found([each for each in _rules(bucket, environment) if each.number(path)])
            yield f"no enabled rule with an empty prefix ends {what}{found}; write {path}"


def expiring(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether artifacts expire at all, and are not locked for longer than they are to stay."""
    if not any(_expires(rule) for rule in _enabled(bucket, environment)):
        found = _found([each for each in _rules(bucket, environment) if _expires(each)])
        yield f"no enabled lifecycle rule lets artifacts expire{found}; write expiration.days"
    expirations = [rule.number("expiration.days") for rule in _enabled(bucket, environment)]
    longest = max(filter(None, expirations), default=None)
    for lock in environment.stack.siblings(bucket, LOCK, "bucket"):
        years = lock.number("rule.defaultRetention.years")
        days = lock.number("rule.defaultRetention.days") or (years or 0) * 365
        if longest is not None and days > longest:
            locked = f"{years} years" if years else f"{days} days"
            yield (
                f"{lock.name} locks objects for {locked}, and they are to stay {longest} days; "
                "write at most that"
            )


def kept(bucket: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """What is deleted that has to stay, or earlier than it has to stay."""
    ephemeral = settings.is_ephemeral(bucket)
    for rule in _enabled(bucket, environment):
        name = _name(rule)
        days, prefix = rule.number("expiration.days"), _prefix(rule)
        for path in settings.texts("keptPrefixes"):
            if _expires(rule) and (path.startswith(prefix) or prefix.startswith(path)):
                found = prefix or "every object"
                yield f"{name} expires {found}, {path} with it; write a prefix beside it"
            for move in rule.each("transitions"):
                to = move.text("storageClass")
                if to in ARCHIVES and (path.startswith(prefix) or prefix.startswith(path)):
                    yield f"{name} moves {path} to {to}, where it cannot be read; remove it"
        limits = (
            ("expiration.days", days, settings.number("minDays")),
            (
                "noncurrentVersionExpiration.noncurrentDays",
                rule.number("noncurrentVersionExpiration.noncurrentDays"),
                settings.number("minNoncurrentDays"),
            ),
        )
        for at, found, least in limits:
            if found is not None and found < least and not ephemeral:
                yield f"{name}: {at} is {found}; write at least {least}"
    for each in environment.stack.siblings(bucket, TIERING, "bucket"):
        prefix = each.text("filter.prefix")
        for path in settings.texts("keptPrefixes"):
            for tier in each.each("tierings") if each.text("status") != "Disabled" else ():
                if path.startswith(prefix) or prefix.startswith(path):
                    to = tier.text("accessTier")
                    yield f"{each.name} moves {path} to {to}, where it cannot be read; remove it"


def emptied(bucket: Resource, _: Environment, settings: Settings) -> Iterator[str]:
    """Whether deleting the bucket deletes all that is in it."""
    if bucket.flag("forceDestroy") and not settings.is_ephemeral(bucket):
        yield "forceDestroy is true, so that destroy deletes every object; write false"


def _expires(rule: Values) -> bool:
    return rule.number("expiration.days") is not None or bool(rule.text("expiration.date"))


OUTPUT_BUCKET_TIDIED = StackRule(
    About(
        "output-bucket-lifecycle",
        "The output bucket expires noncurrent versions and incomplete uploads.",
        Severity.LOW,
        "Add lifecycle rules with noncurrentVersionExpiration and abortIncompleteMultipartUpload.",
        PAGE,
        mandatory=False,
        controls=(*fsbp("S3.13"), *nist("SI-12", "CP-9")),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    tidied,
)
OUTPUT_BUCKET_EXPIRATION = StackRule(
    About(
        "output-bucket-expiration",
        "Artifacts in the output bucket expire: they hold customers' sessions.",
        Severity.MEDIUM,
        "Add a lifecycle rule with expiration.days for the artifacts' prefix.",
        PAGE,
        mandatory=False,
        controls=nist("SI-12"),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    expiring,
)
OUTPUT_BUCKET_KEEPS = StackRule(
    About(
        "output-bucket-keeps",
        "Manifests, tombstones, spent tokens and request records stay, the rest long enough.",
        Severity.HIGH,
        "Give expiring lifecycle rules the prefix of the artifacts, and enough days.",
        PAGE,
        controls=nist("CP-9", "AU-11"),
        parameters={
            "ephemeralStacks": EPHEMERAL_STACKS,
            "keptPrefixes": Parameter(
                ["manifests/", "requests/", "tokens/", "tombstones/"],
                "Prefixes of objects that never expire.",
                TEXTS,
            ),
            "minDays": Parameter(30, "The least that artifacts stay, in days.", DAYS),
            "minNoncurrentDays": Parameter(7, "The least that replaced versions stay.", DAYS),
        },
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    kept,
)
OUTPUT_BUCKET_NOT_EMPTIED = StackRule(
    About(
        "output-bucket-not-emptied",
        "Destroying a stack does not delete what is in the output bucket.",
        Severity.HIGH,
        "Set forceDestroy to false.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
        controls=nist("CP-9"),
        parameters={"ephemeralStacks": EPHEMERAL_STACKS},
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    emptied,
)
