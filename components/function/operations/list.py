"""ListBatchEvaluations: the evaluations of this environment and the starts that wait."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import ClientError, InternalServerException
from ..evaluations.scope import lacks_our_key, owns
from ..event import QUEUED
from ..invocation import Invocation
from ..responses import answer
from ..starts import records


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
    """Return the recorded starts in their order; an unreadable one has its token alone."""
    for key in records.keys(invocation.bucket):
        entry = {"clientToken": records.token_of(key), "status": QUEUED}
        try:
            record = records.read(invocation.bucket, key)
        except (ClientError, InternalServerException):
            yield entry
            continue
        if record:
            entry = {"batchEvaluationName": record.name, **entry}
            if wanted(entry):
                yield entry


def _filter(options: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    name = options.get("name", "*")
    status = options.get("status")
    statuses = [status] if isinstance(status, str) else status

    def wanted(summary: Mapping[str, Any]) -> bool:
        given: str = summary["batchEvaluationName"]
        fits = given.startswith(name[:-1]) if name.endswith("*") else given == name
        return fits and (statuses is None or summary.get("status") in statuses)

    return wanted
