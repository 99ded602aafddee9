"""The environment that this function serves, read from its environment variables."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from .errors import SettingsError

T = TypeVar("T")

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

    def value(name: str, expected: str, parse: Callable[[str], T | None]) -> T | None:
        if name not in environ:
            faults.append(f"{name}: expected {expected}, it is not set")
            return None
        parsed = parse(environ[name])
        if parsed is None:
            faults.append(f"{name}: expected {expected}, found {environ[name]!r}")
        return parsed

    region = value("AWS_REGION", "a Region", _matching(r"[a-z0-9-]+"))
    account = value("ACCOUNT_ID", "12 digits", _matching(r"[0-9]{12}"))
    key_arn = value(
        "EVALUATION_KEY_ARN",
        "the ARN (not an alias) of a key in this function's Region and account",
        lambda text: _key_arn(text, region, account),
    )
    bucket = value(
        "OUTPUT_BUCKET", "a bucket's name", _matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
    )
    result_log_group = value(
        "RESULT_LOG_GROUP",
        f"a log group's name outside {_RESERVED_LOG_GROUPS}, which is the service's own",
        _matching(rf"(?!{_RESERVED_LOG_GROUPS}){_LOG_GROUP}"),
    )
    environment = value("ENVIRONMENT_NAME", "a name", _matching(r"\S.*"))
    namespace = value(
        "METRICS_NAMESPACE",
        "1 to 255 of letters, digits and ._#/:- that do not begin with AWS/",
        _matching(r"(?!AWS/)[a-zA-Z0-9._#/:-]{1,255}"),
    )
    sources = value(
        "SOURCE_LOG_GROUPS",
        "a JSON list of log group names, or prefixes that end in *",
        _list_matching(rf"{_LOG_GROUP}\*?"),
    )
    prefixes = value(
        "NAME_PREFIXES",
        "a JSON list of name prefixes that end in _",
        _list_matching(r"[a-zA-Z][a-zA-Z0-9_]*_"),
    )
    allow_delete = value("ALLOW_DELETE", "true or false", {"true": True, "false": False}.get)
    if faults:
        raise SettingsError("environment variables: " + "; ".join(faults))
    known_key_arn = cast(str, key_arn)
    return Settings(
        partition=known_key_arn.split(":")[1],
        region=cast(str, region),
        account=cast(str, account),
        environment=cast(str, environment),
        evaluation_key_arn=known_key_arn,
        output_bucket=cast(str, bucket),
        result_log_group=cast(str, result_log_group),
        metrics_namespace=cast(str, namespace),
        source_log_groups=cast(tuple[str, ...], sources),
        name_prefixes=cast(tuple[str, ...], prefixes),
        allow_delete=cast(bool, allow_delete),
    )


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
