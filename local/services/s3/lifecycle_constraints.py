"""S3's lifecycle rules: limits that its model does not state.

docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.aws_api.constraint import Constraint, Members, values_at

_PAGE = "AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html"
_ELEMENTS = "AmazonS3/latest/userguide/intro-lifecycle-rules.html"
_ACTIONS = ("PutBucketLifecycle", "PutBucketLifecycleConfiguration")
# The least days before a move to these classes:
# docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
_LEAST_DAYS = {"ONEZONE_IA": 30, "STANDARD_IA": 30}
_RULE_ACTIONS = (
    *("AbortIncompleteMultipartUpload", "Expiration", "NoncurrentVersionExpiration"),
    *("NoncurrentVersionTransitions", "NoncurrentVersionTransition", "Transition", "Transitions"),
)
_POSITIVE = (
    ("Expiration", "Days"),
    ("NoncurrentVersionExpiration", "NoncurrentDays"),
    ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
)

_EXPIRATIONS = ("Date", "Days", "ExpiredObjectDeleteMarker")
_CLASSES = (
    *("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR"),
    *("GLACIER", "DEEP_ARCHIVE"),
)
_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
_MOST_RULES = 1000

Rule = Mapping[str, Any]


def _of_rules(judge: Callable[[Rule], str | None]) -> Callable[[Members], str | None]:
    def broken(members: Members) -> str | None:
        for rule in values_at(members, "LifecycleConfiguration.Rules"):
            for one in rule if isinstance(rule, list) else [rule]:
                if (message := judge(one or {})) is not None:
                    return message
        return None

    return broken


def _days(rule: Rule) -> str | None:
    for action, member in _POSITIVE:
        for days in values_at(rule, f"{action}.{member}"):
            if isinstance(days, int) and days < 1:
                return f"'{member}' for {action} action must be a positive integer"
    return None


def _transitions(rule: Rule) -> str | None:
    for transition in values_at(rule, "Transitions"):
        for one in transition if isinstance(transition, list) else [transition]:
            days, kind = one.get("Days"), one.get("StorageClass")
            least = _LEAST_DAYS.get(kind, 0)
            if isinstance(days, int) and days < least:
                return (
                    f"'Days' in Transition action must be greater than or equal to {least} for "
                    f"storageClass '{kind}'"
                )
    return None


def _no_action(rule: Rule) -> str | None:
    if any(rule.get(action) is not None for action in _RULE_ACTIONS):
        return None
    return "At least one action needs to be specified in a rule"


def _empty_expiration(rule: Rule) -> str | None:
    found = rule.get("Expiration")
    if found is None or any(found.get(name) is not None for name in _EXPIRATIONS):
        return None
    return "The XML you provided was not well-formed or did not validate against our schema"


def _order(rule: Rule) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""
    found = [one for one in _listed(rule.get("Transitions")) if isinstance(one.get("Days"), int)]
    found.sort(key=lambda one: one["Days"])
    classes = [_CLASSES.index(one["StorageClass"]) for one in found]
    if classes != sorted(classes) or len(set(classes)) < len(classes):
        names = ", ".join(one["StorageClass"] for one in found)
        return f"'Days' in the Transition actions: expected {', '.join(_CLASSES)}, found {names}"
    days = (rule.get("Expiration") or {}).get("Days")
    if isinstance(days, int) and found and days <= found[-1]["Days"]:
        return (
            "'Days' in the Expiration action must be greater than 'Days' in the Transition action"
        )
    return None


def _newer_versions(rule: Rule) -> str | None:
    actions = [rule.get("NoncurrentVersionExpiration") or {}]
    actions += _listed(rule.get("NoncurrentVersionTransitions"))
    for action in actions:
        count = action.get("NewerNoncurrentVersions")
        if isinstance(count, int) and not 1 <= count <= 100:
            return "'NewerNoncurrentVersions' must be an integer from 1 to 100"
    return None


def _abort_filter(rule: Rule) -> str | None:
    if rule.get("AbortIncompleteMultipartUpload") is None:
        return None
    found = rule.get("Filter") or {}
    combined = {**found, **(found.get("And") or {})}
    if combined.get("Tag") or combined.get("Tags"):
        return "AbortIncompleteMultipartUpload cannot be specified with Tags."
    if any(combined.get(name) is not None for name in _SIZES):
        return "AbortIncompleteMultipartUpload cannot be specified with object size filters."
    return None


def _sizes(rule: Rule) -> str | None:
    found = rule.get("Filter") or {}
    combined = {**found, **(found.get("And") or {})}
    greater, less = (combined.get(name) for name in _SIZES)
    if isinstance(greater, int) and greater < 0:
        return "'ObjectSizeGreaterThan' must be 0 or more"
    if isinstance(less, int) and less < 1:
        return "'ObjectSizeLessThan' must be 1 or more"
    if isinstance(greater, int) and isinstance(less, int) and less <= greater:
        return "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'"
    return None


def _listed(found: Any) -> list[Mapping[str, Any]]:
    return list(found) if isinstance(found, list) else [found] if found else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _many_rules(members: Members) -> str | None:
    rules = (members.get("LifecycleConfiguration") or {}).get("Rules") or []
    if len(rules) > _MOST_RULES:
        return f"The number of lifecycle rules must not exceed the allowed limit of {_MOST_RULES}"
    return None


def _long_id(rule: Rule) -> str | None:
    if len(str(rule.get("ID") or "")) > 255:
        return "ID length should not exceed allowed limit of 255"
    return None


def _same_id(members: Members) -> str | None:
    rules = (members.get("LifecycleConfiguration") or {}).get("Rules") or []
    names = [rule["ID"] for rule in rules if rule and rule.get("ID")]
    if len(set(names)) < len(names):
        return "Rule ID must be unique. Found same ID for more than one rule"
    return None


def _limit(
    member: str, rule: str, broken: Callable[[Members], str | None], code: str = "InvalidArgument"
) -> Constraint:
    return Constraint("s3", _ACTIONS, member, rule, code, _PAGE, broken)


LIFECYCLE: Sequence[Constraint] = (
    _limit(
        "Days, NoncurrentDays, DaysAfterInitiation of Expiration, NoncurrentVersionExpiration, "
        "AbortIncompleteMultipartUpload",
        "1 or more",
        _of_rules(_days),
    ),
    _limit(
        "Transition.Days",
        "30 or more for STANDARD_IA and ONEZONE_IA",
        _of_rules(_transitions),
    ),
    _limit("Rule", "one action or more", _of_rules(_no_action), "InvalidRequest"),
    _limit("Rule.ID", "255 characters", _of_rules(_long_id)),
    _limit("Rule.ID", "each once", _same_id),
    _limit("Rule", "1,000 at most", _many_rules, "InvalidRequest"),
    _limit(
        "Expiration",
        "Days, Date or ExpiredObjectDeleteMarker",
        _of_rules(_empty_expiration),
        "MalformedXML",
    ),
    _limit(
        "Transition.Days, Expiration.Days",
        "in the order of the storage classes, the expiration last",
        _of_rules(_order),
    ),
    _limit("NewerNoncurrentVersions", "1 to 100", _of_rules(_newer_versions)),
    _limit(
        "Filter of AbortIncompleteMultipartUpload",
        "without tags and sizes",
        _of_rules(_abort_filter),
        "InvalidRequest",
    ),
    _limit(
        "ObjectSizeGreaterThan, ObjectSizeLessThan",
        "0 and 1 or more, the second greater",
        _of_rules(_sizes),
        "InvalidRequest",
    ),
)
