"""Scheduled reconciliation: exports every finished evaluation that has no manifest.

Each run compares the evaluations with the bucket: it completes interrupted starts, finishes
interrupted deletions, and exports every finished evaluation without manifest and tombstone. It does
not depend on an earlier run having ended well.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.deadline import Deadline, OutOfTime
from ..deletions.removal import remove
from ..errors import BotoCoreError, ClientError
from ..evaluations import result_state
from ..evaluations.lookup import every_summary
from ..evaluations.scope import lacks_our_key, owns
from ..invocation import Invocation
from ..responses import answer
from ..starts import records
from ..starts.queue import admit
from ..storage import back_off, cleanup, layout
from ..storage.back_off import BackOff
from ..storage.bucket import Version
from .evaluation_export import EXPIRED, NotExported, export_evaluation
from .report import Report

# In one log line.
_NAMED = 100

# With any other status, one that nobody knows too, Get is asked.
_NOT_DUE = (*result_state.RUNNING, result_state.DELETING)

# These pass by themselves, or hold for everything: neither is a reason to wait longer and longer.
_PASSING = (
    "OutOfTime",
    result_state.KEY_UNAVAILABLE,
    result_state.NOT_YET,
    "ResultsArriving",
    "StartUnfinished",
)


def reconcile(invocation: Invocation, *, retry_now: bool) -> dict[str, Any]:
    """Do what is due until the deadline and return the answer.

    `retry_now`: try again what failed before, although its time has not come.
    """
    report = Report(invocation)
    mine: list[dict[str, Any]] = []
    without_our_key: list[str] = []
    try:
        unlinked = _complete_starts(invocation, report)
        for summary in every_summary(invocation, report.odd):
            if owns(invocation.settings, summary):
                mine.append(summary)
            elif lacks_our_key(invocation.settings, summary):
                without_our_key.append(summary["batchEvaluationId"])
        # Put by each run, zero too, so that an alarm on it ends when they are gone.
        invocation.metrics.put(EvaluationsWithoutOurKey=len(without_our_key))
        if without_our_key:
            named = without_our_key[:_NAMED]
            invocation.log.warning("EvaluationsWithoutOurKey", batchEvaluationIds=named)
        deleted = invocation.bucket.ids(layout.TOMBSTONES)
        if invocation.settings.allow_delete:
            _finish_deletions(invocation, mine, deleted, report)
        _clean_up(invocation, deleted, report)
        done = invocation.bucket.ids(layout.MANIFESTS) | deleted
        due = [
            summary
            for summary in mine
            if summary.get("status") not in _NOT_DUE and summary["batchEvaluationId"] not in done
        ]
        _export_all(invocation, due, unlinked, report, retry_now)
    except OutOfTime:
        report.out_of_time = True
    if report.key_unavailable:
        invocation.metrics.put(KeyUnavailable=report.key_unavailable)
    counts = {name: len(ids) for name, ids in report.done.items()}
    invocation.log.info(
        "ExportFinished", **counts, notDone=len(report.not_done), outOfTime=report.out_of_time
    )
    return answer(
        {},
        **report.plain(),
        running=sum(summary.get("status") in result_state.RUNNING for summary in mine),
        evaluationsWithoutOurKey=len(without_our_key),
    )


def _complete_starts(invocation: Invocation, report: Report) -> set[str]:
    """Complete interrupted starts; return the names of evaluations whose link is still missing.

    A record that cannot be read may be of any of them, which `*` stands for.
    """
    unlinked: set[str] = set()
    for key, record, outcome in admit(invocation, records.keys(invocation.bucket)):
        if isinstance(outcome, dict):
            report.done["started"].append(outcome["batchEvaluationId"])
            continue
        unlinked.add(record.name if record else "*")
        if outcome is None:
            report.waiting += 1
        else:
            report.failed(key, outcome)
    return unlinked


def _finish_deletions(
    invocation: Invocation, mine: Iterable[dict[str, Any]], deleted: set[str], report: Report
) -> None:
    """Finish deletions that were interrupted: a tombstone is there, and so is the evaluation."""
    for summary in mine:
        evaluation_id = summary["batchEvaluationId"]
        if evaluation_id not in deleted or summary.get("status") not in result_state.FINISHED:
            continue
        invocation.deadline.check()
        try:
            remove(invocation, summary)
            report.done["deleted"].append(evaluation_id)
        except Exception as error:
            report.failed(evaluation_id, error)


def _clean_up(invocation: Invocation, deleted: set[str], report: Report) -> None:
    for key in cleanup.due(invocation.bucket, invocation.now()):
        invocation.deadline.check()
        try:
            cleanup.perform(invocation.bucket, key, deleted)
        except Exception as error:
            report.failed(key, error)


def _export_all(
    invocation: Invocation,
    due: Sequence[dict[str, Any]],
    unlinked: set[str],
    report: Report,
    retry_now: bool,
) -> None:
    known = back_off.every(invocation.bucket)
    back_off.clear(invocation.bucket, known.keys() - {one["batchEvaluationId"] for one in due})
    now = [
        summary
        for summary in due
        if retry_now
        or not (failed := known.get(summary["batchEvaluationId"]))
        or not failed.waits(invocation.now())
    ]
    report.waiting += len(due) - len(now)
    if not now:
        return
    tasks = _schedule_cleanup(invocation, [summary["batchEvaluationId"] for summary in now])
    unsure: list[str] = []
    for later, summary in zip(reversed(range(len(now))), now, strict=True):
        if invocation.deadline.passed():
            report.out_of_time = True
            break
        reported = len(report.not_done)
        # The last may take all the time that is left: nobody waits for it.
        deadline = invocation.deadline.half() if later else invocation.deadline
        before = known.get(summary["batchEvaluationId"])
        going_on = _export_one(invocation, summary, unlinked, before, deadline, report)
        if len(report.not_done) > reported:
            unsure.append(summary["batchEvaluationId"])
        if not going_on:
            # The key's own state: it is the same for all.
            report.waiting += later
            report.key_unavailable += later
            break
    if tasks:
        # What ended well was looked through at its end.
        _schedule_cleanup(invocation, unsure)
        invocation.bucket.remove(tasks)


def _export_one(
    invocation: Invocation,
    summary: Mapping[str, Any],
    unlinked: set[str],
    before: BackOff | None,
    deadline: Deadline,
    report: Report,
) -> bool:
    """Export an evaluation, or note why not; False when the key's state forbids every export."""
    evaluation_id = summary["batchEvaluationId"]
    try:
        if unlinked & {"*", summary["batchEvaluationName"]}:
            _require_link(invocation, evaluation_id)
        manifest = export_evaluation(invocation, evaluation_id, deadline)
    except Exception as error:
        said = before.reason if before else None
        reason, detail = report.failed(evaluation_id, error, said)
        if reason == result_state.KEY_UNAVAILABLE:
            return detail in ("AccessDenied", result_state.SERVICE_DENIED)
        if reason not in _PASSING:
            _put_off(invocation, before, evaluation_id, reason)
        return True
    if before:
        back_off.clear(invocation.bucket, [evaluation_id])
    if manifest:
        if manifest["contents"]["sessionMetadata"]["state"] == EXPIRED:
            lost = NotExported("SessionMetadataExpired", layout.session_metadata(evaluation_id))
            report.failed(evaluation_id, lost)
        report.done["exported"].append(evaluation_id)
        invocation.log.info("EvaluationExported", batchEvaluationId=evaluation_id)
        ended = summary.get("updatedAt") or summary.get("createdAt")
        lag = {"ExportLag": invocation.seconds_since(ended)} if ended else {}
        invocation.metrics.put(EvaluationsExported=1, **lag)
    return True


def _require_link(invocation: Invocation, evaluation_id: str) -> None:
    if not invocation.bucket.exists(layout.session_metadata(evaluation_id)):
        raise NotExported("StartUnfinished", "its session metadata may not be linked yet")


def _schedule_cleanup(invocation: Invocation, evaluation_ids: Sequence[str]) -> list[Version]:
    return cleanup.schedule(
        invocation.bucket, evaluation_ids, invocation.now(), invocation.request_id
    )


def _put_off(
    invocation: Invocation, before: BackOff | None, evaluation_id: str, reason: str
) -> None:
    """Let the next attempt wait; where that cannot be recorded, the next run makes it."""
    try:
        back_off.record(invocation.bucket, before, evaluation_id, reason, invocation.now())
    except (ClientError, BotoCoreError):
        return
