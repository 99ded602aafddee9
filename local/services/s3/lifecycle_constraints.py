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
)
