"""The export of one finished evaluation: artifacts first, the manifest last.

It may end between any two calls. What lies in the bucket without a manifest is taken up by the next
attempt where it is the same, and removed where it is not.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from . import links, manifests, results, tombstones
from .answers import plain
from .artifacts import ArtifactStore, Stored, json_bytes
from .deadline import Deadline
from .invocation import Invocation
from .lookup import describe
from .preflight import check_key
from .session_results import shards

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
    _require_results(invocation, evaluation)
    if refusal:
        raise refusal
    store = invocation.store
    written: list[Stored] = []
    contents = dict(_write_all(invocation, evaluation, written, deadline))
    manifest = manifests.build(evaluation, written, contents, invocation.now())
    made = manifests.write(store, manifest)
    created = {(artifact.key, artifact.version) for artifact in written if artifact.created}
    if made is None:
        winner = manifests.read(store, evaluation_id)
        store.remove(created - (_named(winner) if winner else set()))
        return None
    # A deletion leaves its tombstone before it looks for objects, so one of the two sees the other.
    if store.exists(tombstones.key(evaluation_id)):
        store.remove([*_named(manifest), (made.key, made.version)])
        return None
    leftover = set(store.versions(f"evaluations/{evaluation_id}/")) - _named(manifest)
    store.remove(leftover)
    return manifest


def _require_results(invocation: Invocation, evaluation: Mapping[str, Any]) -> None:
    """Raise NotExported unless everything is there that the service will ever give."""
    evaluation_id = evaluation["batchEvaluationId"]
    state = results.results_state(evaluation, lambda: check_key(invocation, evaluation_id))
    if state.state in (results.KEY_UNAVAILABLE, results.NOT_YET):
        raise NotExported(state.state, state.reason or "")
    completed = evaluation["status"] in ("COMPLETED", "COMPLETED_WITH_ERRORS")
    if completed and "evaluationResults" not in evaluation:
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
    events = 0
    for number, shard in enumerate(shards(invocation.clients.logs, group, stream, deadline), 1):
        put(f"session-results-{number:05}.jsonl", shard.body)
        events += shard.events
    _require_arrived(invocation, evaluation, events)
    yield "sessionResults", {**_state("Exported" if events else "Empty"), "events": events, **where}


def _session_metadata(
    store: ArtifactStore, evaluation_id: str, written: list[Stored]
) -> dict[str, Any]:
    link = store.read(links.key(evaluation_id))
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


def _require_arrived(invocation: Invocation, evaluation: Mapping[str, Any], events: int) -> None:
    """Raise NotExported while a fresh evaluation has fewer result events than scores.

    Log events become readable some time after they are written, and a manifest is final.
    """
    summaries = evaluation.get("evaluationResults", {}).get("evaluatorSummaries", [])
    expected = sum(summary.get("totalEvaluated", 0) for summary in summaries)
    ended = evaluation.get("updatedAt")
    if events < expected and ended and invocation.seconds_since(ended) < _ARRIVAL_SECONDS:
        raise NotExported("ResultsArriving", f"{events} of {expected} session results so far")


def _named(manifest: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(entry["key"], entry["versionId"]) for entry in manifest["artifacts"]}


def _state(state: str, reason: str | None = None) -> dict[str, Any]:
    return {"state": state} if reason is None else {"state": state, "reason": reason}
