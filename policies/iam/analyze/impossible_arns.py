"""ARNs and patterns of ARNs that fit no resource, since AWS forms no ARN like them.

The forms are those of the resource types of the service authorization reference, and the errors
those of IAM's policy validation: Missing ARN field, Invalid partition, Invalid ARN service case,
Invalid ARN account, ARN Region not allowed, ARN account not allowed, Missing ARN Region and
Missing ARN account.
Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html,
access-analyzer-reference-policy-checks.html
"""

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..language.operators import Each
from ..language.patterns import ArnPattern, Part, Pattern, Wildcard
from ..language.policy import Policy, Statement


@dataclass(frozen=True, slots=True)
class _Slot:
    """One character of an ARN, or with `repeated` any number of them."""

    allowed: Callable[[str], bool]
    repeated: bool = False


_Shape = tuple[_Slot, ...]
_WORD = frozenset(string.ascii_lowercase + string.digits + "-").__contains__
_DIGIT = frozenset(string.digits).__contains__
_LETTER = frozenset(string.ascii_lowercase).__contains__


def _text(text: str) -> _Shape:
    return tuple(_Slot(character.__eq__) for character in text)


_NOTHING: _Shape = ()
_ANY_WORD: _Shape = (_Slot(_WORD, repeated=True),)
_SERVICE: _Shape = (_Slot(_WORD), *_ANY_WORD)
_REGION: _Shape = (_Slot(_LETTER), *_ANY_WORD)
_ACCOUNT: _Shape = (_Slot(_DIGIT),) * 12
# `aws` in the place of an account, as in the ARNs of AWS managed policies.
_ALIAS: _Shape = (_Slot(_LETTER), *_ANY_WORD)
_REST: _Shape = (_Slot(bool), _Slot(bool, repeated=True))
_PARTITIONS = (_text("aws"), (*_text("aws-"), *_SERVICE))

# Services whose ARNs carry no Region, and those whose ARNs carry both Region and account.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
_GLOBAL = ("cloudfront", "iam", "organizations", "sts")
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
_REGIONAL = ("dynamodb", "kms", "lambda", "logs", "scheduler", "sqs")
# Of S3, buckets and objects carry neither, and everything else one of these types.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_S3_TYPES = ("access-grants", "accesspoint", "async-request", "job", "storage-lens")

_EXPECTED: Mapping[str, str] = {
    "s3": "arn:aws:s3:::bucket or arn:aws:s3:::bucket/key, without Region and account",
    **dict.fromkeys(_GLOBAL, "it without Region, with an account of 12 digits or aws"),
    **dict.fromkeys(_REGIONAL, "it with a Region and an account of 12 digits"),
}


def impossible_resources(policy: Policy) -> dict[str, Statement]:
    """The values of Resource and NotResource that fit no ARN that there is, with statements."""
    return {
        pattern.text: statement
        for statement in policy.statements
        if statement.resources is not None
        for pattern in statement.resources.patterns
        if fits_no_arn(pattern)
    }


def can_be_met(statement: Statement) -> bool:
    """Whether some ARN fits the statement's resources and its conditions on ARNs that AWS fills in:
    of who asks, and of the resource for which a service asks."""
    resources = statement.resources
    if (
        resources is not None
        and not resources.negated
        and all(map(fits_no_arn, resources.patterns))
    ):
        return False
    return not any(
        condition.folded_key in ("aws:principalarn", "aws:sourcearn")
        and not condition.operator.negated
        and not condition.if_exists
        and condition.each is not Each.ALL
        and all(
            isinstance(wanted, Pattern | ArnPattern) and _is_no_arn(wanted)
            for wanted in condition.wanted
        )
        for condition in statement.conditions
    )


def fits_no_arn(pattern: Pattern) -> bool:
    """Whether a value of Resource fits no ARN that AWS forms. `*` fits all."""
    return pattern.parts != (Wildcard.MANY,) and not _fits_some(
        pattern.parts, _service_in(pattern.text)
    )


def what_is_expected(text: str) -> str:
    """What to write in the place of an ARN that fits nothing."""
    service = next(iter(text.split(":")[2:3]), "").lower()
    every = "six fields, arn:partition:service:Region:account:resource, in lower case but the last"
    return _EXPECTED.get(service, every)


def _is_no_arn(wanted: Pattern | ArnPattern) -> bool:
    """The same of a value in a condition; an Arn operator compares each segment by itself."""
    if isinstance(wanted, Pattern):
        return fits_no_arn(wanted)
    return not wanted.anything and not any(
        len(wanted.segments) == len(shape)
        and all(
            _fits(segment.parts, part) for segment, part in zip(wanted.segments, shape, strict=True)
        )
        for shape in _shapes(_service_in(wanted.text))
    )


def _service_in(text: str) -> str:
    """The service that a pattern names in full, before any wildcard."""
    found = re.match(r"arn:[^:*?$]*:([^:*?$]+):", text)
    return found[1] if found else ""


@lru_cache(maxsize=256)
def _shapes(service: str) -> tuple[tuple[_Shape, ...], ...]:
    """The forms of ARNs of a service, in six segments; of any service while its form is open."""
    return tuple(
        (_text("arn"), partition, *form) for partition in _PARTITIONS for form in _forms(service)
    )


def _forms(service: str) -> Iterator[tuple[_Shape, ...]]:
    name = _text(service)
    if service in _GLOBAL:
        for account in (_ACCOUNT, _ALIAS):
            yield (name, _NOTHING, account, _REST)
    elif service in _REGIONAL:
        yield (name, _REGION, _ACCOUNT, _REST)
    elif service == "s3":
        yield (name, _NOTHING, _NOTHING, _REST)
        for type_ in _S3_TYPES:
            for region in (_REGION, _NOTHING):
                yield (name, region, _ACCOUNT, (*_text(type_), *_REST))
    else:
        for region in (_REGION, _NOTHING):
            for account in (_ACCOUNT, _ALIAS, _NOTHING):
                yield (_SERVICE, region, account, _REST)


@lru_cache(maxsize=4096)
def _fits_some(parts: tuple[Part, ...], service: str) -> bool:
    """Whether a pattern, whose wildcards reach over colons, fits an ARN of one of the forms."""
    return any(_fits(parts, _joined(shape)) for shape in _shapes(service))


def _joined(shape: tuple[_Shape, ...]) -> _Shape:
    first, *others = shape
    return (*first, *(slot for each in others for slot in (*_text(":"), *each)))


def _fits(parts: tuple[Part, ...], shape: _Shape) -> bool:
    """Whether a text is both what a pattern matches and of a shape: a walk through both at once. A
    policy variable may stand for any text."""
    pattern: list[str | Wildcard] = []
    for part in parts:
        if isinstance(part, str):
            pattern += part
        else:
            pattern.append(part if isinstance(part, Wildcard) else Wildcard.MANY)
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        at, slot = waiting.pop()
        if at == len(pattern) and slot == len(shape):
            return True
        for place in _next(pattern, shape, at, slot):
            if place not in seen:
                seen.add(place)
                waiting.append(place)
    return False


def _next(
    pattern: Sequence[str | Wildcard], shape: _Shape, at: int, slot: int
) -> Iterator[tuple[int, int]]:
    """Where a walk goes on: past what may be empty, or by one character of both."""
    token = pattern[at] if at < len(pattern) else ""
    if token is Wildcard.MANY:
        yield at + 1, slot
    if slot < len(shape):
        one = shape[slot]
        if one.repeated:
            yield at, slot + 1
        if token != "" and (not isinstance(token, str) or one.allowed(token)):
            yield (
                at if token is Wildcard.MANY else at + 1,
                slot if one.repeated else slot + 1,
            )
