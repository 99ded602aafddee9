"""StartBatchEvaluation: under the environment's key, into its log group, once per token."""

import hashlib
from collections.abc import Mapping
from typing import Any

from . import links, records, tokens
from .answers import answer
from .deadline import OutOfTime
from .errors import (
    FULL,
    BotoCoreError,
    ClientError,
    ConflictException,
    ControllerError,
    InternalServerException,
    code_of,
    is_conflict,
    is_final,
)
from .invocation import Invocation
from .lookup import every_summary
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
    request = _bounded(invocation, parameters)
    require_usable_key(invocation, request["batchEvaluationName"])
    store, waits = invocation.store, options.get("queue", True)
    tokens.require_fresh(store, request["clientToken"])
    own = records.write(store, request, invocation.now(), waits=waits)
    record, before = records.place(store, own)
    if record != own:
        records.remove(store, own)
        if record.digest != own.digest:
            raise _conflict(own, named=False)
        if waits and not record.waits:
            record = records.let_wait(store, record)
    reason, ahead = _admit(invocation, before) if before else ("", 0)
    if reason:
        started, _ = _earlier(invocation, record)
        if started:
            records.remove(store, record)
    else:
        started = None
        try:
            started = complete(invocation, record, promised=record != own)
        except ControllerError as error:
            reason = type(error).__name__
            if reason not in FULL:
                raise
    if started:
        return answer(started, clientToken=record.token)
    if not waits:
        records.remove(store, record)
        raise kind_of(reason)(
            f"StartBatchEvaluation: {reason}; {ahead} wait before it; not queued, as asked"
        )
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
    else:
        _require_our_key(invocation, record, started, promised)
    evaluation_id = started["batchEvaluationId"]
    link = links.write(store, record, evaluation_id)
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
        tokens.refuse(invocation.store, record, error)
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
    for summary in every_summary(invocation):
        if summary["batchEvaluationName"] == record.name:
            ours = owns(invocation.settings, summary)
            if ours and links.joins(invocation.store, record, summary["batchEvaluationId"]):
                return summary, True
            return None, True
    return None, False


def _conflict(record: Record, *, named: bool) -> ConflictException:
    return ConflictException(
        f"batchEvaluationName: {record.name} is in use, also by an evaluation that ended; "
        "choose another name"
        if named
        else f"clientToken: {record.token} was given with another request; use a new token"
    )


def _require_our_key(
    invocation: Invocation, record: Record, started: dict[str, Any], promised: bool
) -> None:
    """Stop, delete and report an evaluation that came back under another key or none.

    Only one that writes to our log group came of our request. Otherwise the token is known from
    somebody else's, and the evaluation is theirs.
    """
    settings = invocation.settings
    echoed = started.get("kmsKeyArn")
    if echoed == settings.evaluation_key_arn:
        return
    output = started.get("outputConfig", {}).get("cloudWatchConfig", {})
    if output.get("logGroupName") != settings.result_log_group:
        told = f"clientToken: {record.token} belongs to an evaluation outside this environment"
        raise _end(invocation, record, ConflictException(told), promised)
    evaluation_id = started["batchEvaluationId"]
    invocation.metrics.put(EvaluationsWithoutOurKey=1)
    invocation.log.warning("EvaluationWithoutOurKey", batchEvaluationId=evaluation_id)
    outcome = _discard(invocation, evaluation_id)
    error = InternalServerException(
        f"kmsKeyArn: expected {settings.evaluation_key_arn}, the service started {evaluation_id} "
        f"under {echoed or 'no customer key'}; it was {outcome}"
    )
    raise _end(invocation, record, error, promised) if outcome == "deleted" else error


def _discard(invocation: Invocation, evaluation_id: str) -> str:
    """Stop and delete an evaluation; one that is still stopping is deleted by a later tick."""
    evaluations = invocation.clients.evaluations
    try:
        evaluations.stop_batch_evaluation(batchEvaluationId=evaluation_id)
    except ClientError as error:
        if code_of(error) not in ("ConflictException", "ResourceNotFoundException"):
            raise
    try:
        evaluations.delete_batch_evaluation(batchEvaluationId=evaluation_id)
    except ClientError as error:
        if code_of(error) == "ConflictException":
            return "stopped and will be deleted by the next export"
        if code_of(error) != "ResourceNotFoundException":
            raise
    return "deleted"
