"""Finds evaluations of this environment; for its users no others exist."""

from collections.abc import Callable, Iterator
from typing import Any

from ..aws.request_validation import shape_faults
from ..errors import ClientError, ResourceNotFoundException, code_of
from ..invocation import Invocation
from .scope import name_in_scope, owns

PAGE = 100


def find(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Return at least the metadata of an evaluation of ours.

    Raises ResourceNotFoundException for one that does not exist or is not ours.
    """
    return describe(invocation, evaluation_id)[0]


def describe(
    invocation: Invocation, evaluation_id: str
) -> tuple[dict[str, Any], ClientError | None]:
    """Return what the service tells about an evaluation of ours, and why it does not tell all.

    With an unusable key Get may refuse where List, which needs no key, still tells the metadata:
    then the second value is Get's error. Raises ResourceNotFoundException like `find`.
    """
    refusal: ClientError | None = None
    if not name_in_scope(invocation.settings, evaluation_id):
        raise _not_found(evaluation_id)
    try:
        found = invocation.clients.evaluations.get_batch_evaluation(batchEvaluationId=evaluation_id)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            raise _not_found(evaluation_id) from error
        if code_of(error) not in ("AccessDeniedException", "ValidationException"):
            raise
        refusal = error
        found = _summary(invocation, evaluation_id)
        if found is None:
            raise
    if not owns(invocation.settings, found):
        raise _not_found(evaluation_id)
    return found, refusal


def every_summary(
    invocation: Invocation, odd: Callable[[str], object] | None = None
) -> Iterator[dict[str, Any]]:
    """Return the summaries of all evaluations in the account that have id and name.

    One call per 100. `odd` gets what is wrong with a row that has not, unless it is under
    somebody else's key.
    """
    ours = (None, invocation.settings.evaluation_key_arn)
    pages = invocation.clients.evaluations.get_paginator("list_batch_evaluations")
    for page in pages.paginate(PaginationConfig={"PageSize": PAGE}):
        for row in page.get("batchEvaluations", []):
            summary: dict[str, Any] = row or {}
            identifier, name = (summary.get(f"batchEvaluation{one}") for one in ("Id", "Name"))
            faults = [*shape_faults("BatchEvaluationId", "batchEvaluationId", identifier)]
            # Not by the pattern of names: AWS's own examples have some with hyphens.
            faults = faults or [*shape_faults("String", f"{identifier}: its name", name)]
            if not faults:
                yield summary
            elif odd and summary.get("kmsKeyArn") in ours:
                odd(faults[0])


def with_name(invocation: Invocation, name: str) -> dict[str, Any] | None:
    """Return the summary of the evaluation that has a name, ours or not; only one can."""
    summaries = every_summary(invocation)
    return next((one for one in summaries if one["batchEvaluationName"] == name), None)


def _summary(invocation: Invocation, evaluation_id: str) -> dict[str, Any] | None:
    for summary in every_summary(invocation):
        if summary["batchEvaluationId"] == evaluation_id:
            return summary
    return None


def _not_found(evaluation_id: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(
        f"batchEvaluationId: this environment has no evaluation {evaluation_id}"
    )
