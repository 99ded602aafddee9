"""The environment that this function serves, read from its environment variables."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from .errors import SettingsError

# The API's own patterns (docs.aws.amazon.com/bedrock-agentcore/latest/APIReference).
_KEY_ARN = r"arn:(aws|aws-cn|aws-us-gov):kms:([a-z0-9-]+):([0-9]{12}):key/[a-zA-Z0-9-]{36}"
_LOG_GROUP = r"[.\-_/#A-Za-z0-9]{1,512}"
_RESERVED_LOG_GROUPS = "/aws/bedrock-agentcore/evaluations/"


@dataclass(frozen=True)
class Settings:
    """What one environment is: its key, its stores, its bounds.

    An entry of `source_log_groups` is a log group's name, or a prefix that ends in `*`. No entry in
    `name_prefixes` means that every name is in scope.
    """

    partition: str
    region: str
    account: str
    environment: str
    evaluation_key_arn: str
    output_bucket: str
    result_log_group: str
    metrics_namespace: str
    source_log_groups: tuple[str, ...]
    name_prefixes: tuple[str, ...]
    allow_delete: bool

    def evaluation_arn(self, evaluation_id: str) -> str:
        """Return the ARN of an evaluation (or of all that a pattern fits) of this place."""
        place = f"{self.partition}:bedrock-agentcore:{self.region}:{self.account}"
        return f"arn:{place}:batch-evaluate/{evaluation_id}"


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError, which names every bad variable at once."""
    faults: list[str] = []
    taken: dict[str, Any] = {}

    def take(name: str, variable: str, expected: str, parse: Callable[[str], object]) -> None:
        text = environ.get(variable)
        taken[name] = None if text is None else parse(text)
        if taken[name] is None:
            found = "it is not set" if text is None else f"found {text!r}"
            faults.append(f"{variable}: expected {expected}, {found}")

    take("region", "AWS_REGION", "a Region", _matching(r"[a-z0-9-]+"))
    take("account", "ACCOUNT_ID", "12 digits", _matching(r"[0-9]{12}"))
    take(
        "evaluation_key_arn",
        "EVALUATION_KEY_ARN",
        "the ARN (not an alias) of a key in this function's Region and account",
        lambda text: _key_arn(text, taken["region"], taken["account"]),
    )
    take(
        "output_bucket",
        "OUTPUT_BUCKET",
        "a bucket's name",
        _matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    )
    take(
        "result_log_group",
        "RESULT_LOG_GROUP",
        f"a log group's name outside {_RESERVED_LOG_GROUPS}, which is the service's own",
        _matching(rf"(?!{_RESERVED_LOG_GROUPS}){_LOG_GROUP}"),
    )
    take("environment", "ENVIRONMENT_NAME", "a name", _matching(r"\S.*"))
    take(
        "metrics_namespace",
        "METRICS_NAMESPACE",
        "1 to 255 of letters, digits and ._#/:- that do not begin with AWS/",
        _matching(r"(?!AWS/)[a-zA-Z0-9._#/:-]{1,255}"),
    )
    take(
        "source_log_groups",
        "SOURCE_LOG_GROUPS",
        "a JSON list of log group names, or prefixes that end in *",
        _list_matching(rf"{_LOG_GROUP}\*?"),
    )
    take(
        "name_prefixes",
        "NAME_PREFIXES",
        "a JSON list of name prefixes that end in _",
        _list_matching(r"[a-zA-Z][a-zA-Z0-9_]*_"),
    )
    take("allow_delete", "ALLOW_DELETE", "true or false", {"true": True, "false": False}.get)
    if faults:
        raise SettingsError("environment variables: " + "; ".join(faults))
    return Settings(partition=taken["evaluation_key_arn"].split(":")[1], **taken)


def _matching(pattern: str) -> Callable[[str], str | None]:
    return lambda text: text if re.fullmatch(pattern, text) else None


def _list_matching(pattern: str) -> Callable[[str], tuple[str, ...] | None]:
    def parse(text: str) -> tuple[str, ...] | None:
        try:
            entries = json.loads(text)
        except ValueError:
            return None
        if not isinstance(entries, list):
            return None
        names = [entry for entry in cast(list[object], entries) if isinstance(entry, str)]
        fits = len(names) == len(cast(list[object], entries)) and all(
            re.fullmatch(pattern, name) for name in names
        )
        return tuple(names) if fits else None

    return parse


def _key_arn(text: str, region: str | None, account: str | None) -> str | None:
    match = re.fullmatch(_KEY_ARN, text)
    if match is None:
        return None
    # What is wrong with Region or account was said by itself.
    elsewhere = (region or match[2], account or match[3]) != (match[2], match[3])
    return None if elsewhere else text
