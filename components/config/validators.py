"""Input validators: a predicate plus the expectation that is shown to the user."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Protocol, cast

from .deployment_target import DeploymentTarget
from .errors import InvalidInput, InvalidInputs
from .inputs import is_plain


class Validator(Protocol):
    """Validates the value of one input."""

    @property
    def expected(self) -> str:
        """The expectation, as messages and documentation show it."""
        ...

    def errors(self, name: str, value: Any) -> list[InvalidInput]:
        """Return what is wrong with the value of the input `name`, empty when nothing is."""
        ...


@dataclass(frozen=True)
class PredicateValidator:
    """A predicate and its expectation; with `each`, of every element of a list.

    A list has at least `least` elements, and none twice: AWS hands lists back without repetitions,
    so that one would show as a change for ever.
    """

    expected: str
    holds: Callable[[Any], bool]
    each: bool = False
    least: int = 0

    def errors(self, name: str, value: Any) -> list[InvalidInput]:
        """Return what is wrong with the value of the input `name`, empty when nothing is."""
        if not self.each:
            return [] if self.holds(value) else [InvalidInput(name, self.expected, value)]
        if not isinstance(value, Sequence) or isinstance(value, str):
            return [InvalidInput(name, f"a list, each element {self.expected}", value)]
        elements = list(cast(Sequence[Any], value))
        if len(elements) < self.least:
            return [InvalidInput(name, f"at least {self.least}, each {self.expected}", elements)]
        errors: list[InvalidInput] = []
        for index, element in enumerate(elements):
            if not is_plain(element):
                continue  # checked when it is known
            if not self.holds(element):
                errors.append(InvalidInput(f"{name}[{index}]", self.expected, element))
            elif element in elements[:index]:
                expected = "a value that does not stand before it already"
                errors.append(InvalidInput(f"{name}[{index}]", expected, element))
        return errors


def known_errors(check: Validator, name: str, value: Any) -> list[InvalidInput]:
    """Return what is wrong with what is known of a value: nothing of it where it is an Output."""
    elements = isinstance(value, Sequence) and not isinstance(value, str)
    return check.errors(name, value) if elements or is_plain(value) else []


def require(errors: Iterable[InvalidInput]) -> None:
    """Raise InvalidInputs with all errors, or the only one by itself; nothing if there is none."""
    found = list(errors)
    if len(found) == 1:
        raise found[0]
    if found:
        raise InvalidInputs(found)


def matching(expected: str, pattern: str, *, each: bool = False) -> Validator:
    """Expect a string that matches all of `pattern`."""
    compiled = re.compile(pattern)
    return PredicateValidator(
        expected, lambda v: isinstance(v, str) and bool(compiled.fullmatch(v)), each
    )


def whole_number(low: int, high: int, *, also: Sequence[int] = ()) -> Validator:
    """Expect an integer from `low` to `high`, or one of `also`.

    A component that another language uses gets its numbers as floats: 30.0 counts as 30.
    """
    extra = "".join(f", or {value}" for value in also)

    def holds(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if isinstance(value, float) and not value.is_integer():
            return False
        return low <= value <= high or value in also

    return PredicateValidator(f"a whole number from {low} to {high}{extra}", holds)


def one_of(values: Sequence[Any]) -> Validator:
    """Expect one of `values`."""
    listing = ", ".join(str(value) for value in values)
    return PredicateValidator(
        f"one of {listing}", lambda v: not isinstance(v, bool | list | dict) and v in values
    )


TRUTH = PredicateValidator("true or false", lambda v: isinstance(v, bool))


def principals(target: DeploymentTarget) -> Validator:
    """Expect ARNs of roles or users of this account.

    The account root would admit whatever an IAM policy of the account allows; an assumed-role
    session is gone in hours and KMS keeps the dead ARN; a principal of another account is outside
    of what AWS documents for batch evaluations. IAM refuses paths over 512 characters and names
    over 64: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. In a
    principal's ARN no wildcard stands for several:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
    """
    return matching(
        f"the ARN of a role or user of account {target.account} "
        f"(arn:{target.partition}:iam::{target.account}:role/NAME), "
        "not a session and not the account root",
        rf"arn:{target.partition}:iam::{target.account}:(role|user)/([!-)+->@-~]{{1,510}}/)?[A-Za-z0-9_+=,.@-]{{1,64}}",
        each=True,
    )


def existing_key(target: DeploymentTarget) -> Validator:
    """Expect a KMS key's ARN in this Region and account: the API takes no aliases or bare ids.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
    """
    prefix = target.arn("kms", "key/")
    return matching(
        f"empty, or a key ARN of this Region and account ({prefix}…)",
        rf"|{re.escape(prefix)}[a-zA-Z0-9-]{{36}}",
    )


def overlapping_prefixes(name: str, prefixes: Any) -> list[InvalidInput]:
    """Return an error for each prefix that extends another one and so adds nothing."""
    if not isinstance(prefixes, Sequence) or isinstance(prefixes, str):
        return []
    texts = dict.fromkeys(p for p in cast(Sequence[Any], prefixes) if isinstance(p, str))
    return [
        InvalidInput(name, f"no prefix that extends another ({shorter!r} does already)", longer)
        for shorter, longer in permutations(texts, 2)
        if longer.startswith(shorter)
    ]


def needless_ids(name: str, prefixes: Any, ids: Any) -> list[InvalidInput]:
    """Return an error when ids are given without prefixes: every evaluation is in scope already."""
    if prefixes or not ids:
        return []
    return [InvalidInput(name, "name prefixes beside it (without any, every id is in scope)", ids)]


# Names of IAM roles, at most 64 characters with stack and Region, leave a prefix this much.
PREFIX = matching(
    "1 to 16 lower-case letters, digits and hyphens, beginning with a letter",
    r"[a-z][a-z0-9-]{0,15}",
)

# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html:
# names are [a-zA-Z][a-zA-Z0-9_]{0,47} and an id is the name, a hyphen and ten characters. A prefix
# ends in `_` so that `team_` cannot also take in `teams…`.
NAME_PREFIXES = matching(
    "a name prefix such as 'team_' (a letter, then letters, digits or _, ending in _; at most 47)",
    r"[a-zA-Z][a-zA-Z0-9_]{0,45}_",
    each=True,
)
EVALUATION_IDS = matching(
    "a batch evaluation id (its name, a hyphen and ten characters)",
    r"[a-zA-Z][a-zA-Z0-9_-]{0,99}-[a-zA-Z0-9]{10}",
    each=True,
)

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html has
# characters and length, and keeps names that begin with aws/ from everybody: AWS itself has made
# two, for spans and for Application Signals. A prefix that `/aws/` or `aws/` begins with would open
# the log groups of every AWS service of the account to whoever may invoke the controller.
_GROUPS_OF_AWS = ("aws/spans", "aws/application-signals/data")


def _is_log_group(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"[.\-_/#A-Za-z0-9]{1,512}\*?", value):
        return False
    name, prefix = value.removesuffix("*"), value.endswith("*")
    if prefix and any(everything.startswith(name) for everything in ("/aws/", "aws/")):
        return False
    if name.startswith("aws/"):
        return any(group == name or (prefix and group.startswith(name)) for group in _GROUPS_OF_AWS)
    return True


LOG_GROUPS = PredicateValidator(
    "a log group name of at most 512 letters, digits or _-/.#, or a prefix of one followed by *, "
    f"which reaches further than /aws/; below aws/ there are only {' and '.join(_GROUPS_OF_AWS)}",
    _is_log_group,
    each=True,
    least=1,
)

# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html and
# https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html, in days.
DELETION_WINDOW = whole_number(7, 30)
ROTATION_PERIOD = whole_number(90, 2560)

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_DAYS_OF_MONTHS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180)
_DAYS_OF_YEARS = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
LOG_RETENTION = one_of((*_DAYS_OF_MONTHS, *_DAYS_OF_YEARS))

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; below a minute a run
# could not export one large evaluation, and below 256 MB it starts slowly for nothing saved.
TIMEOUT = whole_number(60, 900)
MEMORY = whole_number(256, 10240)
CONCURRENCY = whole_number(1, 1000, also=(-1,))
DAYS = whole_number(1, 36500)
