"""Redaction: the allow-list of request fields whose values may appear in errors and logs.

Lambda logs the message of every error. Ground truth, descriptions, session ids and every other
field that is not listed here may hold customer content: messages state only its type and size.
"""

import re

from . import service_model

# Members whose values are names, ids and numbers that somebody has chosen for the platform.
_REPEATABLE = frozenset(
    {
        "batchEvaluationId",
        "batchEvaluationName",
        "clientToken",
        "dataSourceConfig.cloudWatchLogs.logGroupNamePrefixes",
        "dataSourceConfig.cloudWatchLogs.logGroupNames",
        "dataSourceConfig.cloudWatchLogs.serviceNames",
        "evaluators.evaluatorId",
        "insights.insightId",
        "kmsKeyArn",
        "maxResults",
        "operation",
        "options.name",
        "options.status",
        "outputConfig.cloudWatchConfig.logGroupName",
        "outputConfig.cloudWatchConfig.logStreamName",
        "outputConfig.cloudWatchConfig.metricsNamespace",
        "outputConfig.cloudWatchConfig.resultDestination",
    }
)
# Sentences have spaces; a name that is not one may be content that slipped into the wrong member.
_NAME = re.compile(r"[A-Za-z0-9_.:/#*-]{1,100}")


def value_may_be_repeated(path: str, value: object) -> bool:
    """Tell whether a value found at `evaluators[0].evaluatorId` may stand in a message."""
    return _plain(path) in _REPEATABLE and _NAME.fullmatch(str(value)) is not None


def name_may_be_repeated(path: str, name: str) -> bool:
    """Tell whether the name of an unknown member may: beside names and ids, never below content."""
    above = _plain(path)
    beside = any(member.startswith(f"{above}." if above else "") for member in _REPEATABLE)
    return beside and _NAME.fullmatch(name) is not None


def known_path(operation: str, path: str) -> str:
    """Return the part of a path in a service's answer that consists of the model's own names.

    Of `evaluationMetadata.sessionMetadata[0].metadata.<a customer's word>` everything but the word.
    """
    shape = service_model.input_of(operation)
    known = ""
    for part in re.findall(r"[A-Za-z0-9_]+", path):
        if shape["type"] == "structure" and part in shape["members"]:
            known = f"{known}.{part}" if known else part
            shape = service_model.shape_named(shape["members"][part]["shape"])
        elif shape["type"] == "list" and part.isdecimal():
            known = f"{known}[{int(part)}]"
            shape = service_model.shape_named(shape["member"]["shape"])
        elif part != "member":  # in the Query form of paths, `evaluators.member.1`
            break
    return known


def _plain(path: str) -> str:
    return re.sub(r"\[[0-9]+\]", "", path)
