"""GetBatchEvaluation, ListBatchEvaluations, StopBatchEvaluation and CheckKey of one environment.

What only one of them needs is imported by it: a cold start waits for every module.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .answers import answer
from .artifacts import placeholder_id
from .errors import ClientError, ConflictException, InternalServerException, code_of
from .events import QUEUED
from .invocation import Invocation
from .refusals import EXPLICIT_DENY
from .scope import lacks_our_key, owns

_STOPPING = ("STOPPING", "STOPPED")


def get(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Return the service's answer, with the state of the results under `controller.results`.

    Raises the service's refusal when the key does not explain it.
    """
    from . import results
    from .lookup import describe
    from .preflight import check_key

    evaluation, refusal = describe(invocation, evaluation_id)
    state = results.results_state(evaluation, lambda: check_key(invocation, evaluation_id))
    if state.state == results.KEY_UNAVAILABLE:
        invocation.metrics.put(KeyUnavailable=1)
    elif refusal:
        raise refusal
    return answer(evaluation, results=state.plain())


def list_(
    invocation: Invocation, parameters: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a page of this environment's evaluations, in the service's order.

    A page of the service is passed on without what is not ours, so it may be short; one without any
    of ours is passed over. `nextToken` is the service's, `evaluationsWithoutOurKey` counts what was
    looked at on the way, and the first page has the starts that wait.
    """
    wanted = _filter(options)
    # Before the service: a start that is admitted meanwhile stands in both, and in none otherwise.
    asked = "nextToken" not in parameters and QUEUED in options.get("status", QUEUED)
    waiting = list(_queued(invocation, wanted)) if asked else []
    without_our_key = 0
    request = dict(parameters)
    while True:
        page = invocation.clients.evaluations.list_batch_evaluations(**request)
        mine: list[dict[str, Any]] = []
        for summary in filter(None, page.get("batchEvaluations", [])):
            if owns(invocation.settings, summary):
                mine.append(summary)
            elif lacks_our_key(invocation.settings, summary):
                without_our_key += 1
        page["batchEvaluations"] = [summary for summary in mine if wanted(summary)]
        done = page["batchEvaluations"] or invocation.deadline.passed()
        if done or "nextToken" not in page:
            break
        request["nextToken"] = page["nextToken"]
    return answer(page, evaluationsWithoutOurKey=without_our_key, queued=waiting)


def _queued(
    invocation: Invocation, wanted: Callable[[Mapping[str, Any]], bool]
) -> Iterator[dict[str, str]]:
    """Return the recorded starts in their order; what cannot be read is told by its token alone."""
    from . import records

    for key in records.keys(invocation.store):
        entry = {"clientToken": records.token_of(key), "status": QUEUED}
        try:
            record = records.read(invocation.store, key)
        except (ClientError, InternalServerException):
            yield entry
            continue
        if record:
            entry = {"batchEvaluationName": record.name, **entry}
            if wanted(entry):
                yield entry


def stop(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Stop a waiting or running evaluation; one that is stopped already is a success.

    Raises ConflictException for one that ended otherwise.
    """
    from .lookup import find

    evaluation = find(invocation, evaluation_id)
    if evaluation["status"] not in _STOPPING:
        try:
            return answer(
                invocation.clients.evaluations.stop_batch_evaluation(
                    batchEvaluationId=evaluation_id
                )
            )
        except ClientError as error:
            # The SDK repeats a call whose answer was lost, and the first may have stopped it.
            evaluation = find(invocation, evaluation_id)
            if code_of(error) != "ConflictException":
                raise
            if evaluation["status"] not in _STOPPING:
                raise ConflictException(
                    f"batchEvaluationId: {evaluation_id} is {evaluation['status']}; only what is "
                    "waiting or running can be stopped"
                ) from None
    members = ("batchEvaluationId", "batchEvaluationArn", "status", "description")
    return answer({name: evaluation[name] for name in members if name in evaluation})


def check(invocation: Invocation, options: Mapping[str, Any]) -> dict[str, Any]:
    """Say whether a start could use the key, without starting anything.

    Without a name, any name in scope stands for all: the key's scope is made of the same prefixes.
    """
    from .preflight import check_key

    prefixes = invocation.settings.name_prefixes
    name = options.get("name", f"{prefixes[0] if prefixes else ''}preflight")
    found = check_key(invocation, placeholder_id(name))
    return answer(
        {},
        keyArn=invocation.settings.evaluation_key_arn,
        keyState=found.state,
        key=dict(found.described),
        usable=found.usable,
        faults=list(found.faults),
        missingPermissions=[
            {
                "action": gap.action,
                "barrier": gap.barrier or None,
                "explicitDeny": gap.barrier == EXPLICIT_DENY,
                "statement": gap.statement,
            }
            for gap in found.missing
        ],
        servicePermissions="unproved until StartBatchEvaluation",
    )


def _filter(options: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    name = options.get("name", "*")
    status = options.get("status")
    statuses = [status] if isinstance(status, str) else status

    def wanted(summary: Mapping[str, Any]) -> bool:
        given: str = summary["batchEvaluationName"]
        fits = given.startswith(name[:-1]) if name.endswith("*") else given == name
        return fits and (statuses is None or summary.get("status") in statuses)

    return wanted
