"""StartBatchEvaluation: under the environment's key, into its log group, once per token."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ..aws.deadline import LONGEST_RUN, OutOfTime
from ..aws.encryption_context import placeholder_id
from ..aws.error_translation import kind_of
from ..aws.key_preflight import check_key
from ..errors import (
    FULL,
    AccessDeniedException,
    BotoCoreError,
    ClientError,
    ControllerError,
    ValidationException,
    is_final,
)
from ..invocation import Invocation
from ..responses import answer
from ..starts import records, tokens
from ..starts.completion import complete, conflict, earlier
from ..starts.queue import admit
from ..starts.records import Record

# After these a recorded start may still come to be, or may have been.
_UNSETTLED = ("ServiceUnavailableException", "InternalServerException")


def start(
    invocation: Invocation, parameters: dict[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Start an evaluation whose parameters were checked and return the service's answer.

    When the service has no room for it or for those that came before, the request stays recorded,
    and is started after those; the answer then has no id and says so under `controller.queued`.
    With option `queue` false the service's error is raised instead and nothing stays.

    Raises ValidationException or AccessDeniedException when the key is not usable,
    ConflictException for another request under the same token, and what the service raises.
    """
    request, waits = _bounded(invocation, parameters), options.get("queue", True)
    _require_usable_key(invocation, request["batchEvaluationName"])
    tokens.require_fresh(invocation.bucket, request)
    record, before, promised = _recorded(invocation, request, waits=waits)
    reason, ahead = _admit_earlier(invocation, before) if before else ("", 0)
    if reason:
        started = _started_before(invocation, record)
    else:
        started, reason = _started_now(invocation, record, promised=promised)
    if started:
        return answer(started, clientToken=record.token)
    if waits:
        return _queued(invocation, record, reason, ahead)
    records.remove(invocation.bucket, record)
    raise kind_of(reason)(
        f"StartBatchEvaluation: {reason}; {ahead} wait before it; not queued, as asked"
    )


def _bounded(invocation: Invocation, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the request with key, result log group and token set, whatever was given."""
    settings = invocation.settings
    output = parameters.get("outputConfig", {}).get("cloudWatchConfig", {})
    return {
        **parameters,
        "clientToken": parameters.get("clientToken") or token_for(invocation),
        "kmsKeyArn": settings.evaluation_key_arn,
        "outputConfig": {"cloudWatchConfig": {**output, "logGroupName": settings.result_log_group}},
    }


def token_for(invocation: Invocation) -> str:
    """Return a token that is the same in all of Lambda's retries of one asynchronous invocation.

    The hash gives every request id the 33 to 256 characters that the API wants.
    """
    return hashlib.sha256(f"invocation {invocation.request_id}".encode()).hexdigest()


def _require_usable_key(invocation: Invocation, name: str) -> None:
    """Raise when a start under `name` could not use the key.

    ValidationException for the key itself, as the service answers; AccessDeniedException for
    missing rights, each named with the statement that would grant it.
    """
    check = check_key(invocation.settings, invocation.clients, placeholder_id(name))
    if check.usable:
        return
    invocation.metrics.put(KeyUnavailable=1)
    invocation.log.warning("KeyUnavailable", reason=check.reason)
    kind = ValidationException if check.faults else AccessDeniedException
    raise kind(f"kmsKeyArn: {invocation.settings.evaluation_key_arn} is not usable: {check}")


def _recorded(
    invocation: Invocation, request: dict[str, Any], *, waits: bool
) -> tuple[Record, list[str], bool]:
    """Record the request; return its record, the keys of those before, and if it was there before.

    Two requests under one token are one, or the later is refused.
    """
    bucket = invocation.bucket
    own = records.write(bucket, request, invocation.now(), waits=waits)
    record, before = records.place(bucket, own)
    if record == own:
        return own, before, False
    records.remove(bucket, own)
    if record.digest != own.digest:
        raise conflict(own, named=False)
    if waits and not record.waits:
        record = records.let_wait(bucket, record)
    return record, before, True


def _started_before(invocation: Invocation, record: Record) -> dict[str, Any] | None:
    """Return the evaluation that a repeated request has; a new one waits behind others."""
    started, _ = earlier(invocation, record)
    if started:
        records.remove(invocation.bucket, record)
    return started


def _started_now(
    invocation: Invocation, record: Record, *, promised: bool
) -> tuple[dict[str, Any] | None, str]:
    """Return the evaluation, or why there is no room for it."""
    try:
        return complete(invocation, record, promised=promised), ""
    except ControllerError as error:
        reason = type(error).__name__
        if reason not in FULL:
            raise
        return None, reason


def _queued(invocation: Invocation, record: Record, reason: str, ahead: int) -> dict[str, Any]:
    """Answer for a start that waits."""
    invocation.log.info("EvaluationQueued", clientToken=record.token, reason=reason, ahead=ahead)
    known = {"batchEvaluationName": record.name, "kmsKeyArn": record.parameters["kmsKeyArn"]}
    return answer(known, clientToken=record.token, queued=True, reason=reason, ahead=ahead)


def _admit_earlier(invocation: Invocation, before: list[str]) -> tuple[str, int]:
    """Start what came before; return why some of it still waits and how many, or no reason.

    What is refused for good, or because of the key, waits for no room. What the service has failed
    over or not answered keeps its place as long as a run may live, and might fail for ever.
    """
    ahead = len(before)
    try:
        for key, record, outcome in admit(invocation, before):
            ahead = len(before) - before.index(key)
            reason = type(outcome).__name__
            if reason in FULL:
                return reason, ahead
            recent = record and records.came_after(record, invocation.now() - LONGEST_RUN)
            if recent and reason in _UNSETTLED:
                return reason, ahead
            # The bucket does not answer now.
            if isinstance(outcome, BotoCoreError | OutOfTime) or (
                isinstance(outcome, ClientError) and not is_final(outcome)
            ):
                return _UNSETTLED[0], ahead
        ahead = 0
        invocation.deadline.check()
    except OutOfTime:
        return _UNSETTLED[0], ahead
    return "", 0
