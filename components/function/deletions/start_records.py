"""Removes the start records of a deleted evaluation: repeated now, they would start it anew."""

from collections.abc import Mapping
from typing import Any

from ..errors import (
    ClientError,
    InternalServerException,
    is_conflict,
    is_key_unusable,
)
from ..evaluations import result_state
from ..invocation import Invocation
from ..starts import discard, records, tokens
from ..starts.records import Record


def remove_start_records(
    invocation: Invocation, evaluation: Mapping[str, Any], token: str | None
) -> None:
    """Remove records of the evaluation's start: repeated now, they would start it anew.

    Where no link tells its token, the service does. Others of its name may wait for it to go.
    """
    for key in records.keys(invocation.bucket):
        if token and records.token_of(key) != token:
            continue
        try:
            record = records.read(invocation.bucket, key)
            if (
                record
                and record.name == evaluation["batchEvaluationName"]
                and (token or _came_of(invocation, evaluation, record))
            ):
                tokens.spend(invocation.bucket, record.token, evaluation["batchEvaluationId"])
                records.remove(invocation.bucket, record)
        except InternalServerException:
            continue
        except ClientError as error:
            if not is_key_unusable(error):
                raise


def _came_of(invocation: Invocation, evaluation: Mapping[str, Any], record: Record) -> bool:
    """Tell whether the record's start made the evaluation, which still has its name.

    Under its own token the service gives it again; under another it refuses the name. When another
    run has deleted it meanwhile, this starts a second one.
    """
    if evaluation["status"] not in result_state.FINISHED:
        return False
    try:
        known = invocation.clients.evaluations.start_batch_evaluation(**record.parameters)
    except ClientError as error:
        if is_conflict(error):
            return False
        raise
    known_id = known["batchEvaluationId"]
    deleted = tokens.deleted_under(invocation.bucket, record.token)
    if deleted and known_id not in (*deleted, evaluation["batchEvaluationId"]):
        discard.late(invocation, record, known)
    return known_id == evaluation["batchEvaluationId"]
