"""Resources that read, rewrite or copy CloudWatch Logs log groups by name.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs_Centralization.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import cast

from ..model.resource import Resource, Waiting
from ..model.stack import known_text, known_texts
from .environment import Environment

_LOGS = "aws:cloudwatch"
ACCOUNT_POLICY = f"{_LOGS}/logAccountPolicy:LogAccountPolicy"
_DELIVERY = f"{_LOGS}/logDelivery:LogDelivery"
_DELIVERY_SOURCE = f"{_LOGS}/logDeliverySource:LogDeliverySource"
_MASKING = f"{_LOGS}/logDataProtectionPolicy:LogDataProtectionPolicy"
_TABLES = f"{_LOGS}/logS3TableIntegrationSource:LogS3TableIntegrationSource"
_CENTRAL = (
    "aws:observabilityadmin/centralizationRuleForOrganization:CentralizationRuleForOrganization"
)
LINK = "aws:oam/link:Link"
# What account policies of a type do; one that audits, indexes or counts copies nothing.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html
_OF_ACCOUNT = {
    "SUBSCRIPTION_FILTER_POLICY": "sends every log group of the account on",
    "TRANSFORMER_POLICY": "rewrites what log groups of the account hold",
}
_OF_EVALUATIONS = re.compile(":(batch-evaluate|evaluator|online-evaluation-config)/")
_ALTERNATIVE = re.compile(
    r"""LogGroupName\s+(=|LIKE|IN)\s*(\[[^\]]*\]|\([^)]*\)|"[^"]*"|'[^']*')"""
)
_QUOTED = re.compile(r"""["']([^"']*)["']""")


def ways_out(group: Resource, environment: Environment) -> Iterator[str]:
    """What is about many log groups, and this one among them."""
    yield from _account_policies(group, environment)
    for each in environment.stack.of(LINK):
        criteria = each.text("linkConfiguration.logGroupConfiguration.filter")
        if "AWS::Logs::LogGroup" in each.texts("resourceTypes") and not spares(criteria, group):
            sink = each.text("sinkIdentifier")
            yield f"{each.name} lets {sink} read every log group; remove LogGroup"
    for each in environment.stack.of(_CENTRAL):
        path = "rule.source.sourceLogsConfiguration"
        skips = each.text(f"{path}.encryptedLogGroupStrategy") == "SKIP"
        if not (skips and _is_encrypted(group)) and not spares(
            each.text(f"{path}.logGroupSelectionCriteria"), group
        ):
            account = each.text("rule.destination.account")
            to = f"account {account}" if account else "another account"
            yield f"{each.name} copies it to {to}; remove it from the selection criteria"
    for each in environment.stack.siblings(group, _MASKING, "logGroupName"):
        if group in environment.controllers.result_groups and _masks(each.text("policyDocument")):
            yield f"{each.name} masks what readers see, exports included; remove Deidentify"
    for each in environment.stack.of(_TABLES):
        if _is_source(group, each.text("dataSource.name"), each.text("dataSource.type")):
            yield f"{each.name} copies it to S3 tables; remove it, or the group's cw: tags"


def _account_policies(group: Resource, environment: Environment) -> Iterator[str]:
    for each in environment.stack.of(ACCOUNT_POLICY):
        type_ = each.text("policyType")
        if spares(each.text("selectionCriteria"), group):
            continue
        if type_ in _OF_ACCOUNT:
            yield f"{each.name} {_OF_ACCOUNT[type_]}; remove it"
        elif (
            type_ == "DATA_PROTECTION_POLICY"
            and group in environment.controllers.result_groups
            and _masks(each.text("policyDocument"))
        ):
            yield f"{each.name} masks what readers see, exports included; remove Deidentify"


def deliveries(group: Resource, environment: Environment) -> Iterator[str]:
    """Deliveries of the logs of evaluations, or of what names a log group of theirs."""
    sources = {
        known_text(source, "name"): source
        for source in environment.stack.of(_DELIVERY_SOURCE)
        if any(
            _OF_EVALUATIONS.search(arn) or arn.removesuffix(":*").endswith(_name(group))
            for arn in known_texts(source, "resourceArn")
        )
        or group in environment.stack.referred(source, "resourceArn", group.type)
    }
    for each in environment.stack.of(_DELIVERY):
        linked = environment.stack.referred(each, "deliverySourceName", _DELIVERY_SOURCE)
        source = sources.get(known_text(each, "deliverySourceName"))
        if source is not None or any(one in sources.values() for one in linked):
            to = known_text(each, "deliveryDestinationArn") or "another place"
            yield f"{each.name} delivers logs of evaluations to {to}; remove it"


def _is_encrypted(group: Resource) -> bool:
    """Whether a customer managed key encrypts a group, or will when the key is made."""
    try:
        return bool(group.text("kmsKeyId"))
    except Waiting:
        return True


def _name(group: Resource) -> str:
    return f":log-group:{group.text('name')}"


def spares(criteria: str, group: Resource) -> bool:
    """Whether what is about all groups leaves a group out by name, as CloudWatch writes it."""
    name = group.text("name")
    if "NOT IN" in criteria:
        return f'"{name}"' in criteria or f"'{name}'" in criteria
    prefix = re.fullmatch(r"""LogGroupNamePrefix\s+STARTS_WITH\s+["']([^"']*)["']""", criteria)
    if prefix:
        return not name.startswith(prefix[1])
    left = _ALTERNATIVE.sub("", criteria)
    if not criteria.strip() or re.sub(r"\bOR\b|[\s()]", "", left):
        return False  # no list of alternatives: it may be among them
    return not any(
        fnmatchcase(name, text.replace("%", "*"))
        for found in _ALTERNATIVE.finditer(criteria)
        for text in _QUOTED.findall(found[2])
    )


def _masks(document: str) -> bool:
    """Whether a data protection policy masks: an audit alone names places in events, no content.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-audit-findings.html
    """
    try:
        found = cast("object", json.loads(document))
    except ValueError:
        return False
    empty: Mapping[str, object] = {}
    statements = cast("Mapping[str, object]", found) if isinstance(found, Mapping) else empty
    listed = statements.get("Statement")
    return isinstance(listed, Sequence) and any(
        isinstance(each, Mapping)
        and "Deidentify" in str(cast("Mapping[str, object]", each).get("Operation"))
        for each in cast("Sequence[object]", listed)
    )


def _is_source(group: Resource, name: str, type_: str) -> bool:
    """Whether a log group is a data source of S3 tables: all are, or its tags say so."""
    tags = [known_text(group, f"tags.cw:datasource:{each}") for each in ("name", "type")]
    return (name, type_) == ("*", "*") or (all(tags) and tags == [name, type_])
