"""StartBatchEvaluation: under the environment's key, into its log group, once per token."""

import hashlib
from collections.abc import Mapping
from typing import Any

from . import marks, records
from .answers import answer
from .deadline import OutOfTime
from .errors import (
    FULL,
    BotoCoreError,
    ClientError,
    ConflictException,
    ControllerError,
    is_conflict,
    is_final,
)
from .invocation import Invocation
from .lookup import with_name
from .preflight import require_usable_key
from .records import Record
from .refusals import from_sdk, is_about_key, kind_of
from .scope import owns

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
    require_usable_key(invocation, request["batchEvaluationName"])
    marks.require_fresh(invocation.store, request)
    record, before, promised = _recorded(invocation, request, waits=waits)
    reason, ahead = _admit(invocation, before) if before else ("", 0)
    if reason:
        started = _started_before(invocation, record)
    else:
        started, reason = _started_now(invocation, record, promised=promised)
    if started:
        return answer(started, clientToken=record.token)
    if waits:
        return _queued(invocation, record, reason, ahead)
    records.remove(invocation.store, record)
    raise kind_of(reason)(
        f"StartBatchEvaluation: {reason}; {ahead} wait before it; not queued, as asked"
    )


def _recorded(
    invocation: Invocation, request: dict[str, Any], *, waits: bool
) -> tuple[Record, list[str], bool]:
    """Record the request; return its record, the keys of those before, and if it was there before.

    Two requests under one token are one, or the later is refused.
    """
    store = invocation.store
    own = records.write(store, request, invocation.now(), waits=waits)
    record, before = records.place(store, own)
    if record == own:
        return own, before, False
    records.remove(store, own)
    if record.digest != own.digest:
        raise _conflict(own, named=False)
    if waits and not record.waits:
        record = records.let_wait(store, record)
    return record, before, True


def _started_before(invocation: Invocation, record: Record) -> dict[str, Any] | None:
    """Return the evaluation that a repeated request has; a new one waits behind others."""
    started, _ = _earlier(invocation, record)
    if started:
        records.remove(invocation.store, record)
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


def _admit(invocation: Invocation, before: list[str]) -> tuple[str, int]:
    """Start what came before; return why some of it still waits and how many, or no reason.

    What is refused for good, or because of the key, waits for no room. What the service has failed
    over or not answered keeps its place as long as a run may live, and might fail for ever.
    """
    from .admission import LONGEST_RUN, admit

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


def complete(invocation: Invocation, record: Record, *, promised: bool) -> dict[str, Any]:
    """Call the service for a recorded request, link the evaluation to it, remove the record.

    It may be called again for the same record, by anybody: the token makes it the same evaluation.
    What the service refuses for good ends the record. A start whose caller was told that it is
    recorded (`promised`) outlives a key that is unusable for a while, and its refusal is kept.
    """
    store = invocation.store
    try:
        started = invocation.clients.evaluations.start_batch_evaluation(**record.parameters)
    except ClientError as error:
        if is_conflict(error):
            found, named = _earlier(invocation, record)
            if found is None:
                raise _end(invocation, record, _conflict(record, named=named), promised) from None
            started = found
        elif not is_final(error) or (promised and is_about_key(error)):
            raise from_sdk(error, _again(record)) from None
        else:
            raise _end(invocation, record, from_sdk(error), promised) from None
    except (BotoCoreError, OutOfTime) as error:
        raise from_sdk(error, _again(record)) from None
    if started.get("kmsKeyArn") != invocation.settings.evaluation_key_arn:
        from .unwanted import discard_without_our_key

        error, settled = discard_without_our_key(invocation, record, started)
        raise _end(invocation, record, error, promised) if settled else error
    evaluation_id = started["batchEvaluationId"]
    link, deleted = marks.link(store, record, evaluation_id)
    if deleted and evaluation_id not in deleted:
        from .unwanted import discard_late

        raise discard_late(invocation, record, started)
    records.remove(store, record)
    if link.created:
        invocation.metrics.put(EvaluationsStarted=1)
    invocation.log.info(
        "EvaluationStarted", batchEvaluationId=evaluation_id, clientToken=record.token
    )
    return started


def _end(
    invocation: Invocation, record: Record, error: ControllerError, promised: bool
) -> ControllerError:
    """Remove a record whose start is refused for good, so that it holds up no other."""
    if promised:
        marks.refuse(invocation.store, record, error)
    records.remove(invocation.store, record)
    return error


def token_for(invocation: Invocation) -> str:
    """Return a token that is the same in all of Lambda's retries of one asynchronous invocation.

    The hash gives every request id the 33 to 256 characters that the API wants.
    """
    return hashlib.sha256(f"invocation {invocation.request_id}".encode()).hexdigest()


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


def _again(record: Record) -> str:
    return f"recorded, the next export repeats it under clientToken {record.token}"


def _earlier(invocation: Invocation, record: Record) -> tuple[dict[str, Any] | None, bool]:
    """Return the evaluation that this very request started before, and if its name is in use.

    A name stays taken longer than the service remembers tokens.
    """
    summary = with_name(invocation, record.name)
    if summary is None:
        return None, False
    ours = owns(invocation.settings, summary)
    if ours and marks.linked(invocation.store, record, summary["batchEvaluationId"]):
        return summary, True
    return None, True


def _conflict(record: Record, *, named: bool) -> ConflictException:
    return ConflictException(
        f"batchEvaluationName: {record.name} is in use, also by an evaluation that ended; "
        "choose another name"
        if named
        else f"clientToken: {record.token} was given with another request; use a new token"
    )
