"""The export of one finished evaluation: artifacts first, the manifest last.

It may end between any two calls. What lies in the bucket without a manifest is taken up by the next
attempt where it is the same, and removed where it is not.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from . import manifests, marks, results
from .answers import plain
from .artifacts import ArtifactStore, Stored, json_bytes
from .deadline import Deadline
from .errors import ClientError, code_of
from .invocation import Invocation
from .lookup import describe
from .preflight import check_key
from .session_results import (
    Counts,
    Progress,
    forget_progress,
    note_progress,
    read_progress,
    shards,
)
from .sweeps import clean

# What became of session metadata that the bucket's lifecycle has removed.
EXPIRED = "Expired"

# How long results may still be on their way to the log group after an evaluation has ended.
_ARRIVAL_SECONDS = 600


class NotExported(Exception):
    """It cannot be exported now; `reason` is a word for the log, `detail` more of it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason
        self.detail = detail


def export_evaluation(
    invocation: Invocation, evaluation_id: str, deadline: Deadline
) -> dict[str, Any] | None:
    """Export an evaluation and return its manifest; None when another run did, or deleted it.

    Raises NotExported with a reason, OutOfTime, and what the services raise.
    """
    evaluation, refusal = describe(invocation, evaluation_id)
    _require_results(invocation, evaluation, refusal)
    store = invocation.store
    written: list[Stored] = []
    contents = dict(_write_all(invocation, evaluation, written, deadline))
    manifest = manifests.build(evaluation, written, contents, invocation.now())
    made = manifests.write(store, manifest)
    # A deletion leaves its tombstone before it looks for objects, so one of the two sees the other.
    deleted = store.exists(marks.tombstone_key(evaluation_id))
    # What is new from the first artifact on and in one piece has nothing from before beside it.
    fresh = written[0].created and not any(one.key.endswith("-00002.jsonl") for one in written)
    if deleted or not made or not fresh:
        clean(store, evaluation_id, deleted=deleted)
    return manifest if made and not deleted else None


def _require_results(
    invocation: Invocation, evaluation: Mapping[str, Any], refusal: ClientError | None
) -> None:
    """Raise NotExported unless everything is there that the service will ever give.

    Or Get's refusal, when the key does not explain it.
    """
    evaluation_id, status = evaluation["batchEvaluationId"], evaluation["status"]
    if status not in results.FINISHED:
        if status in (*results.RUNNING, results.DELETING):
            raise NotExported(results.NOT_YET, status)
        raise NotExported("UnknownStatus", "nobody has said whether it has ended")
    state = results.results_state(evaluation, lambda: check_key(invocation, evaluation_id))
    if state.state == results.KEY_UNAVAILABLE:
        raise NotExported(state.state, state.reason or "")
    if refusal:
        raise refusal
    if status in results.COMPLETED and "evaluationResults" not in evaluation:
        # A key that is back is known to every host of KMS only after minutes.
        raise NotExported("ResultsUnavailable", "completed, but Get gives no results yet")


def _write_all(
    invocation: Invocation,
    evaluation: Mapping[str, Any],
    written: list[Stored],
    deadline: Deadline,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write every artifact into the bucket and say of each kind what became of it."""
    store = invocation.store
    evaluation_id = evaluation["batchEvaluationId"]

    def put(name: str, body: BytesIO) -> None:
        deadline.check()
        key = f"evaluations/{evaluation_id}/{name}"
        written.append(
            store.put_same(key, body, evaluation_id, unless=manifests.key(evaluation_id))
        )

    def put_json(name: str, document: Any) -> None:
        put(name, BytesIO(json_bytes(plain(document))))

    put_json("data-source-config.json", evaluation.get("dataSourceConfig", {}))
    yield "sessionMetadata", _session_metadata(store, evaluation_id, written)

    scores = {
        name: evaluation[name]
        for name in ("errorDetails", "evaluationResults", "evaluators", "insights")
        if name in evaluation
    }
    put_json("evaluation-results.json", scores)
    yield (
        "evaluationResults",
        _state("Exported")
        if "evaluationResults" in evaluation
        else _state("Absent", f"an evaluation that ended as {evaluation['status']} has none"),
    )

    insights = results.insight_results(evaluation)
    if insights:
        put_json("insight-results.json", insights)
    yield "insightResults", _insights_state(evaluation, insights)

    config = evaluation.get("outputConfig", {}).get("cloudWatchConfig", {})
    group, stream = config.get("logGroupName"), config.get("logStreamName")
    where = {"logGroupName": group, "logStreamName": stream}
    if group != invocation.settings.result_log_group or not stream:
        place = group or "the source log groups"
        yield "sessionResults", {**_state("Elsewhere", f"they lie in {place}"), **where}
        return
    # Only what an earlier run has begun can have been noted.
    done = Progress() if written[0].created else read_progress(store, evaluation_id)
    written += done.shards
    first, counts = len(done.shards) + 1, done.counts
    logs, settled = invocation.clients.logs, _settled(invocation, evaluation)
    found = shards(logs, group, stream, evaluation_id, deadline, counts, done.position)
    try:
        for number, shard in enumerate(found, first):
            put(f"session-results-{number:05}.jsonl", shard.body)
            if shard.end and settled:
                done = Progress(written[-number:], counts, shard.end)
                note_progress(store, evaluation_id, done)
    except ClientError as error:
        # A token lives for 24 hours.
        if code_of(error) == "InvalidParameterException":
            forget_progress(store, evaluation_id)
        raise
    expected = results.session_results_expected(evaluation)
    if counts.sure < expected and not settled:
        # A manifest is final.
        raise NotExported("ResultsArriving", f"{counts.sure} of {expected} session results so far")
    yield "sessionResults", {**_session_results(counts, expected), **where}


def _session_metadata(
    store: ArtifactStore, evaluation_id: str, written: list[Stored]
) -> dict[str, Any]:
    link, expired = store.look_up(marks.link_key(evaluation_id))
    if expired:
        return _state(EXPIRED, "its retention ended before the evaluation could be exported")
    if link is None:
        return _state(
            "Absent",
            "the evaluation was not started by this controller, "
            "and GetBatchEvaluation does not return evaluationMetadata",
        )
    written.append(link)
    return _state("Exported")


def _insights_state(evaluation: Mapping[str, Any], insights: Mapping[str, Any]) -> dict[str, Any]:
    if not insights:
        if not results.insights_asked(evaluation):
            return _state("NotRequested")
        return _state("Absent", "the analysis failed; errorDetails of the evaluation may say why")
    empty = all(not content for content in insights.values())
    return _state("Empty", "the analysis found nothing") if empty else _state("Exported")


def _settled(invocation: Invocation, evaluation: Mapping[str, Any]) -> bool:
    """Tell whether no more results can be on their way: log events become readable late."""
    ended = evaluation.get("updatedAt")
    return not ended or invocation.seconds_since(ended) >= _ARRIVAL_SECONDS


def _session_results(counts: Counts, expected: int) -> dict[str, Any]:
    """Say what was found in the log stream; what somebody removed from it is not called empty."""
    told: dict[str, Any] = {"events": counts.events}
    if counts.unattributed:
        told["unattributed"] = counts.unattributed
    if counts.others:
        told["ofOtherEvaluations"] = counts.others
    if counts.sure >= expected:
        return {**_state("Exported" if counts.events else "Empty"), **told}
    reason = "the log stream holds fewer results than the evaluation counts"
    state = _state("Incomplete" if counts.events else "Missing", reason)
    return {**state, **told, "expected": expected}


def _state(state: str, reason: str | None = None) -> dict[str, Any]:
    return results.ResultsState(state, reason).plain()
