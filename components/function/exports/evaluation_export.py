"""Exports one finished evaluation: artifacts first, the manifest last.

A run may end between any two calls. The next attempt keeps the artifacts that are the same, and
replaces the others.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from ..aws.deadline import Deadline
from ..aws.key_preflight import check_key
from ..errors import ClientError, code_of
from ..evaluations import result_state
from ..evaluations.lookup import describe
from ..invocation import Invocation
from ..responses import plain
from ..storage import layout, manifests
from ..storage.bucket import OutputBucket, Stored, json_bytes
from ..storage.cleanup import remove_unnamed
from . import progress
from .progress import Progress
from .session_results import Counts, shards

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
    bucket = invocation.bucket
    written: list[Stored] = []
    contents = dict(_write_all(invocation, evaluation, written, deadline))
    manifest = manifests.build(evaluation, written, contents, invocation.now())
    made = manifests.write(bucket, manifest)
    # A deletion leaves its tombstone before it looks for objects, so one of the two sees the other.
    deleted = bucket.exists(layout.tombstone(evaluation_id))
    # What is new from the first artifact on and in one piece has nothing from before beside it.
    fresh = written[0].created and not any(one.key.endswith("-00002.jsonl") for one in written)
    if deleted or not made or not fresh:
        remove_unnamed(bucket, evaluation_id, deleted=deleted)
    return manifest if made and not deleted else None


def _require_results(
    invocation: Invocation, evaluation: Mapping[str, Any], refusal: ClientError | None
) -> None:
    """Raise NotExported unless everything is there that the service will ever give.

    Or Get's refusal, when the key does not explain it.
    """
    evaluation_id, status = evaluation["batchEvaluationId"], evaluation["status"]
    if status not in result_state.FINISHED:
        if status in (*result_state.RUNNING, result_state.DELETING):
            raise NotExported(result_state.NOT_YET, status)
        raise NotExported("UnknownStatus", "nobody has said whether it has ended")
    state = result_state.results_state(
        evaluation, lambda: check_key(invocation.settings, invocation.clients, evaluation_id)
    )
    if state.state == result_state.KEY_UNAVAILABLE:
        raise NotExported(state.state, state.reason or "")
    if refusal:
        raise refusal
    if status in result_state.COMPLETED and "evaluationResults" not in evaluation:
        # A key that is back is known to every host of KMS only after minutes.
        raise NotExported("ResultsUnavailable", "completed, but Get gives no results yet")


def _write_all(
    invocation: Invocation,
    evaluation: Mapping[str, Any],
    written: list[Stored],
    deadline: Deadline,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write every artifact into the bucket and say of each kind what became of it."""
    bucket = invocation.bucket
    evaluation_id = evaluation["batchEvaluationId"]

    def put(name: str, body: BytesIO) -> None:
        deadline.check()
        key = layout.artifact(evaluation_id, name)
        written.append(
            bucket.put_same(key, body, evaluation_id, unless=layout.manifest(evaluation_id))
        )

    def put_json(name: str, document: Any) -> None:
        put(name, BytesIO(json_bytes(plain(document))))

    put_json("data-source-config.json", evaluation.get("dataSourceConfig", {}))
    yield "sessionMetadata", _session_metadata(bucket, evaluation_id, written)

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

    insights = result_state.insight_results(evaluation)
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
    done = Progress() if written[0].created else progress.read(bucket, evaluation_id)
    written += done.shards
    first, counts = len(done.shards) + 1, done.counts
    logs, settled = invocation.clients.logs, _settled(invocation, evaluation)
    found = shards(logs, group, stream, evaluation_id, deadline, counts, done.position)
    try:
        for number, shard in enumerate(found, first):
            put(f"session-results-{number:05}.jsonl", shard.body)
            if shard.end and settled:
                done = Progress(written[-number:], counts, shard.end)
                progress.write(bucket, evaluation_id, done)
    except ClientError as error:
        # A token lives for 24 hours.
        if code_of(error) == "InvalidParameterException":
            progress.forget(bucket, evaluation_id)
        raise
    expected = result_state.session_results_expected(evaluation)
    if counts.sure < expected and not settled:
        # A manifest is final.
        raise NotExported("ResultsArriving", f"{counts.sure} of {expected} session results so far")
    yield "sessionResults", {**_session_results(counts, expected), **where}


def _session_metadata(
    bucket: OutputBucket, evaluation_id: str, written: list[Stored]
) -> dict[str, Any]:
    link, expired = bucket.look_up(layout.session_metadata(evaluation_id))
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
        if not result_state.insights_asked(evaluation):
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
    counted: dict[str, Any] = {"events": counts.events}
    if counts.unattributed:
        counted["unattributed"] = counts.unattributed
    if counts.others:
        counted["ofOtherEvaluations"] = counts.others
    if counts.sure >= expected:
        return {**_state("Exported" if counts.events else "Empty"), **counted}
    reason = "the log stream holds fewer results than the evaluation counts"
    state = _state("Incomplete" if counts.events else "Missing", reason)
    return {**state, **counted, "expected": expected}


def _state(state: str, reason: str | None = None) -> dict[str, Any]:
    return result_state.ResultsState(state, reason).plain()
