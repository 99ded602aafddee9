"""Amazon CloudWatch: metric alarms, kept and never evaluated, because no metric is collected here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html. Whoever
declares an alarm can deploy it, read it back and delete it; its state stays INSUFFICIENT_DATA.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget
from local.aws_api.http_messages import Response
from local.aws_api.request_context import RequestContext
from local.runtime.clock import Clock

_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
_MOST_ACTIONS = 5
_MOST_RECORDS = 100
_MOST_TAGS = 50


class Alarms:
    """Answers the operations on metric alarms; raises AwsError for any other of CloudWatch."""

    def __init__(self, place: DeploymentTarget, clock: Clock) -> None:
        self._place = place
        self._clock = clock
        self._alarms: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._operations = {
            "PutMetricAlarm": self._put,
            "DescribeAlarms": self._describe,
            "DeleteAlarms": self._delete,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def __call__(self, call: RequestContext) -> Response:
        """Answer a call of CloudWatch; raises AwsError as the service does."""
        operation = self._operations.get(call.action)
        if operation is None:
            raise AwsError("NotImplemented", f"The local endpoint has no {call.action}", 501)
        with self._lock:
            answer = operation(call)
        return Response(
            200, {"content-type": "application/x-amz-json-1.0"}, json.dumps(answer).encode()
        )

    def _put(self, call: RequestContext) -> dict[str, Any]:
        """Create an alarm or replace all that an existing one says; tags count at creation only."""
        given = dict(call.parameters)
        tags = given.pop("Tags", [])
        _check_alarm(given)
        arn = self._arn(call, given["AlarmName"])
        now = self._clock.now()
        before = self._alarms.get(arn)
        state = (
            {name: before[name] for name in before if name.startswith("State")}
            if before
            else {
                "StateValue": "INSUFFICIENT_DATA",
                "StateReason": "Unchecked: Initial alarm creation",
                "StateUpdatedTimestamp": now,
                "StateTransitionedTimestamp": now,
            }
        )
        self._alarms[arn] = {
            "ActionsEnabled": True,
            **{name: [] for name in _ACTIONS},
            "Dimensions": [],
            **given,
            "AlarmArn": arn,
            "AlarmConfigurationUpdatedTimestamp": now,
            **state,
        }
        if before is None:
            self._tags[arn] = _tags(tags)
        return {}

    def _describe(self, call: RequestContext) -> dict[str, Any]:
        given = call.parameters
        names, prefix = given.get("AlarmNames"), given.get("AlarmNamePrefix", "")
        if names is not None and prefix:
            raise _invalid("AlarmNames, AlarmNamePrefix: expected one of the two, found both")
        wanted = [
            alarm
            for arn, alarm in sorted(self._alarms.items())
            if arn.startswith(self._arn(call, ""))
            and (names is None or alarm["AlarmName"] in names)
            and alarm["AlarmName"].startswith(prefix)
        ]
        first = str(given.get("NextToken", "0"))
        if not (first.isascii() and first.isdecimal()):
            raise AwsError("InvalidNextToken", f"NextToken: found {first!r}")
        end = int(first) + int(given.get("MaxRecords", _MOST_RECORDS))
        answer: dict[str, Any] = {"MetricAlarms": wanted[int(first) : end], "CompositeAlarms": []}
        return answer | ({"NextToken": str(end)} if end < len(wanted) else {})

    def _delete(self, call: RequestContext) -> dict[str, Any]:
        arns = [self._arn(call, name) for name in call.parameters["AlarmNames"]]
        missing = [arn for arn in arns if arn not in self._alarms]
        if missing:  # and none of the others is deleted
            raise AwsError("ResourceNotFound", f"{missing[0]} does not exist", 404)
        for arn in arns:
            self._alarms.pop(arn, None)
            self._tags.pop(arn, None)
        return {}

    def _list_tags(self, call: RequestContext) -> dict[str, Any]:
        tags = self._tags_of(call)
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def _tag(self, call: RequestContext) -> dict[str, Any]:
        tags = self._tags_of(call)
        added = _tags(call.parameters["Tags"])
        _check_count({**tags, **added})
        tags.update(added)
        return {}

    def _untag(self, call: RequestContext) -> dict[str, Any]:
        tags = self._tags_of(call)
        for key in call.parameters["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _arn(self, call: RequestContext, name: str) -> str:
        place = f"{self._place.partition}:cloudwatch:{call.region}:{call.account}"
        return f"arn:{place}:alarm:{name}"

    def _tags_of(self, call: RequestContext) -> dict[str, str]:
        arn = str(call.parameters["ResourceARN"])
        if arn not in self._tags:
            raise _unknown(arn)
        return self._tags[arn]


def _check_alarm(given: Mapping[str, Any]) -> None:
    """Raise the service's ValidationError for what the model leaves to documentation."""
    if given.get("Metrics") or "ThresholdMetricId" in given:
        raise AwsError("NotImplemented", "Metrics: the local endpoint has plain metrics only", 501)
    for name in ("MetricName", "Namespace", "Period", "Threshold"):
        if given.get(name) is None:
            raise _invalid(f"{name}: expected a value, found none")
    if (given.get("Statistic") is None) == (given.get("ExtendedStatistic") is None):
        raise _invalid("Statistic, ExtendedStatistic: expected exactly one of the two")
    period = given["Period"]
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise _invalid(f"Period: expected 10, 20, 30 or a multiple of 60 seconds, found {period}")
    if given.get("DatapointsToAlarm", 1) > given.get("EvaluationPeriods", 1):
        raise _invalid("DatapointsToAlarm: expected at most EvaluationPeriods")
    for name in _ACTIONS:
        actions = given.get(name, [])
        if len(actions) > _MOST_ACTIONS:
            raise _invalid(f"{name}: expected at most {_MOST_ACTIONS} actions")
        for action in actions:
            if len(str(action).split(":", 5)) != 6 or not str(action).startswith("arn:"):
                raise _invalid(f"{name}: expected ARNs, found {action!r}")


def _tags(entries: list[Any]) -> dict[str, str]:
    tags = {str(one["Key"]): str(one["Value"]) for one in entries}
    _check_count(tags)
    return tags


def _check_count(tags: Mapping[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise _invalid(f"Tags: expected at most {_MOST_TAGS}, found {len(tags)}")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _unknown(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{arn} does not exist", 404)
