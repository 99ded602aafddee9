"""StartBatchEvaluation: under the environment's key, into its log group, once per token."""

import hashlib
from typing import Any, cast

from . import links, records
from .answers import answer
from .errors import (
    ClientError,
    ConflictException,
    ControllerError,
    InternalServerException,
    code_of,
    from_sdk,
    is_final,
    message_of,
    operation_of,
)
from .invocation import Invocation
from .lookup import every_summary
from .preflight import require_usable_key
from .records import Record
from .scope import owns

# A shorter piece of content, such as a word, could stand in a message by chance.
_LEAST_CONTENT = 8


def start(invocation: Invocation, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start an evaluation whose parameters were checked and return the service's answer.

    Raises ValidationException or AccessDeniedException when the key is not usable,
    ConflictException for another request under the same token, and what the service raises.
    """
    request = _bounded(invocation, parameters)
    require_usable_key(invocation, request["batchEvaluationName"])
    store = invocation.store
    own = records.write(store, request)
    record = records.earliest(store, own)
    if record != own:
        records.remove(store, own)
        if record.digest != own.digest:
            raise ConflictException(
                f"clientToken: {own.token} was given with another request; use a new token"
            )
    started = complete(invocation, record)
    return answer(started, clientToken=record.token)


def complete(invocation: Invocation, record: Record) -> dict[str, Any]:
    """Call the service for a recorded request, link the evaluation to it, remove the record.

    It may be called again for the same record, by anybody: the token makes it the same evaluation.
    """
    store = invocation.store
    try:
        started = invocation.clients.evaluations.start_batch_evaluation(**record.parameters)
    except ClientError as error:
        started = _already_started(invocation, record, error)
        if started is None:
            # Otherwise the record stays, and the next tick repeats the call under the same token.
            decided = is_final(error)
            if decided:
                records.remove(store, record)
            raise _told(error, record, decided) from None
    else:
        _require_our_key(invocation, record, started)
    evaluation_id = started["batchEvaluationId"]
    links.write(store, record, evaluation_id)
    records.remove(store, record)
    invocation.metrics.put(EvaluationsStarted=1)
    invocation.log.info(
        "EvaluationStarted", batchEvaluationId=evaluation_id, clientToken=record.token
    )
    return started


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


def _already_started(
    invocation: Invocation, record: Record, error: ClientError
) -> dict[str, Any] | None:
    """Return the evaluation that this very request started before, when the name is taken by it.

    A name stays taken longer than the service remembers tokens.
    """
    if code_of(error) != "ConflictException":
        return None
    for summary in every_summary(invocation):
        same_name = summary["batchEvaluationName"] == record.name
        if (
            same_name
            and owns(invocation.settings, summary)
            and links.joins(invocation.store, record, summary["batchEvaluationId"])
        ):
            return summary
    return None


def _require_our_key(invocation: Invocation, record: Record, started: dict[str, Any]) -> None:
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
        records.remove(invocation.store, record)
        raise ConflictException(
            f"clientToken: {record.token} belongs to an evaluation outside this environment"
        )
    evaluation_id = started["batchEvaluationId"]
    invocation.metrics.put(EvaluationsWithoutOurKey=1)
    invocation.log.warning("EvaluationWithoutOurKey", batchEvaluationId=evaluation_id)
    outcome = _discard(invocation, evaluation_id)
    if outcome == "deleted":
        records.remove(invocation.store, record)
    raise InternalServerException(
        f"kmsKeyArn: expected {settings.evaluation_key_arn}, the service started {evaluation_id} "
        f"under {echoed or 'no customer key'}; it was {outcome}"
    )


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


def _told(error: ClientError, record: Record, decided: bool) -> ControllerError:
    """Return the service's error, with what happens next and without session content.

    Lambda logs the message of every error, and AWS's validation messages quote values.
    """
    message = message_of(error)
    for text in _texts(record.parameters.get("evaluationMetadata")):
        if len(text) >= _LEAST_CONTENT:
            message = message.replace(text, "(session content)")
    if not decided:
        message += f" (recorded; the next export repeats it under clientToken {record.token})"
    body = {"Error": {"Code": code_of(error), "Message": message}}
    return from_sdk(ClientError(body, operation_of(error)))


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    children: list[Any] = []
    if isinstance(node, dict):
        children = list(cast(dict[str, Any], node).values())
    elif isinstance(node, list):
        children = cast(list[Any], node)
    return [text for child in children for text in _texts(child)]
