"""Completes a recorded start: calls AgentCore, links the evaluation, removes the record."""

from typing import Any

from ..aws.deadline import OutOfTime
from ..aws.error_translation import from_sdk, is_about_key
from ..aws.suggestions import refused_evaluators
from ..errors import (
    BotoCoreError,
    ClientError,
    ConflictException,
    ControllerError,
    is_conflict,
    is_final,
)
from ..evaluations.lookup import with_name
from ..evaluations.scope import owns
from ..invocation import Invocation
from . import discard, records, session_metadata, tokens
from .records import Record


def complete(invocation: Invocation, record: Record, *, promised: bool) -> dict[str, Any]:
    """Call AgentCore for a recorded request, link the evaluation to it, remove the record.

    It may be called again for the same record, by anybody: the token makes it the same evaluation.
    What the service refuses for good ends the record. A start whose caller was told that it is
    recorded (`promised`) outlives a key that is unusable for a while, and its refusal is kept.
    """
    bucket = invocation.bucket
    try:
        started = invocation.clients.evaluations.start_batch_evaluation(**record.parameters)
    except ClientError as error:
        if is_conflict(error):
            found, named = earlier(invocation, record)
            if found is None:
                raise _end(invocation, record, conflict(record, named=named), promised) from None
            started = found
        elif not is_final(error) or (promised and is_about_key(error)):
            raise from_sdk(error, _again(record)) from None
        else:
            refused = from_sdk(error, refused_evaluators(error, record.parameters))
            raise _end(invocation, record, refused, promised) from None
    except (BotoCoreError, OutOfTime) as error:
        raise from_sdk(error, _again(record)) from None
    if started.get("kmsKeyArn") != invocation.settings.evaluation_key_arn:
        error, settled = discard.without_our_key(invocation, record, started)
        raise _end(invocation, record, error, promised) if settled else error
    evaluation_id = started["batchEvaluationId"]
    link, deleted = session_metadata.link(bucket, record, evaluation_id)
    if deleted and evaluation_id not in deleted:
        raise discard.late(invocation, record, started)
    records.remove(bucket, record)
    if link.created:
        invocation.metrics.put(EvaluationsStarted=1)
    invocation.log.info(
        "EvaluationStarted", batchEvaluationId=evaluation_id, clientToken=record.token
    )
    return started


def earlier(invocation: Invocation, record: Record) -> tuple[dict[str, Any] | None, bool]:
    """Return the evaluation that this very request started before, and if its name is in use.

    A name stays taken longer than the service remembers tokens.
    """
    summary = with_name(invocation, record.name)
    if summary is None:
        return None, False
    ours = owns(invocation.settings, summary)
    if ours and session_metadata.linked(invocation.bucket, record, summary["batchEvaluationId"]):
        return summary, True
    return None, True


def conflict(record: Record, *, named: bool) -> ConflictException:
    """Return the error for a name or a token that is in use."""
    return ConflictException(
        f"batchEvaluationName: {record.name} is in use, also by an evaluation that ended; "
        "choose another name"
        if named
        else f"clientToken: {record.token} was given with another request; use a new token"
    )


def _end(
    invocation: Invocation, record: Record, error: ControllerError, promised: bool
) -> ControllerError:
    """Remove a record whose start is refused for good, so that it holds up no other."""
    if promised:
        tokens.refuse(invocation.bucket, record, error)
    records.remove(invocation.bucket, record)
    return error


def _again(record: Record) -> str:
    return f"recorded, the next export repeats it under clientToken {record.token}"
