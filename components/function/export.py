"""ExportBatchEvaluations: the tick that brings the output bucket up to date, come what may.

It looks at what is there and not at what was announced: starts that were interrupted are completed,
deletions are finished, and every finished evaluation of ours without manifest and tombstone is
exported. Nothing depends on an earlier tick having run to its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import deletion, manifests, marks, problems, records, results, sweeps
from .admission import admit
from .answers import answer
from .deadline import Deadline, OutOfTime
from .errors import BotoCoreError, ClientError
from .exporter import EXPIRED, NotExported, export_evaluation
from .invocation import Invocation
from .lookup import every_summary
from .report import Report
from .scope import lacks_our_key, owns

# In one log line.
_NAMED = 100

# With any other status, one that nobody knows too, Get is asked.
_NOT_DUE = (*results.RUNNING, results.DELETING)

# These pass by themselves, or hold for everything: neither is a reason to wait longer and longer.
_PASSING = (
    "OutOfTime",
    results.KEY_UNAVAILABLE,
    results.NOT_YET,
    "ResultsArriving",
    "StartUnfinished",
)


def export(invocation: Invocation, options: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is due until the deadline and return what was done and what is left, with reasons.

    Option `retryNow`: try again what failed before, although its time has not come.
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
        # Put by each tick, none too, so that an alarm on it ends when they are gone.
        invocation.metrics.put(EvaluationsWithoutOurKey=len(without_our_key))
        if without_our_key:
            named = without_our_key[:_NAMED]
            invocation.log.warning("EvaluationsWithoutOurKey", batchEvaluationIds=named)
        deleted = invocation.store.ids(marks.TOMBSTONES)
        if invocation.settings.allow_delete:
            _finish_deletions(invocation, mine, deleted, report)
        _sweep(invocation, deleted, report)
        done = invocation.store.ids(manifests.PREFIX) | deleted
        due = [
            summary
            for summary in mine
            if summary.get("status") not in _NOT_DUE and summary["batchEvaluationId"] not in done
        ]
        _export_all(invocation, due, unlinked, report, bool(options.get("retryNow")))
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
        running=sum(summary.get("status") in results.RUNNING for summary in mine),
        evaluationsWithoutOurKey=len(without_our_key),
    )


def _complete_starts(invocation: Invocation, report: Report) -> set[str]:
    """Complete interrupted starts; return the names of evaluations whose link is still missing.

    A record that cannot be read may be of any of them, which `*` stands for.
    """
    unlinked: set[str] = set()
    for key, record, outcome in admit(invocation, records.keys(invocation.store)):
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
        if evaluation_id not in deleted or summary.get("status") not in results.FINISHED:
            continue
        invocation.deadline.check()
        try:
            deletion.remove(invocation, summary)
            report.done["deleted"].append(evaluation_id)
        except Exception as error:
            report.failed(evaluation_id, error)


def _sweep(invocation: Invocation, deleted: set[str], report: Report) -> None:
    for key in sweeps.due(invocation):
        invocation.deadline.check()
        try:
            sweeps.sweep(invocation, key, deleted)
        except Exception as error:
            report.failed(key, error)


def _export_all(
    invocation: Invocation,
    due: Sequence[dict[str, Any]],
    unlinked: set[str],
    report: Report,
    retry_now: bool,
) -> None:
    known = problems.every(invocation.store)
    problems.clear(invocation.store, known.keys() - {one["batchEvaluationId"] for one in due})
    now = [
        summary
        for summary in due
        if retry_now
        or not (problem := known.get(summary["batchEvaluationId"]))
        or not problem.waits(invocation.now())
    ]
    report.waiting += len(due) - len(now)
    if not now:
        return
    notes = sweeps.leave(invocation, [summary["batchEvaluationId"] for summary in now])
    unsure: list[str] = []
    for later, summary in zip(reversed(range(len(now))), now, strict=True):
        if invocation.deadline.passed():
            report.out_of_time = True
            break
        failed = len(report.not_done)
        # The last may take all the time that is left: nobody waits for it.
        deadline = invocation.deadline.half() if later else invocation.deadline
        problem = known.get(summary["batchEvaluationId"])
        going_on = _export_one(invocation, summary, unlinked, problem, deadline, report)
        if len(report.not_done) > failed:
            unsure.append(summary["batchEvaluationId"])
        if not going_on:
            # The key's own state: it is the same for all.
            report.waiting += later
            report.key_unavailable += later
            break
    if notes:
        # What ended well was looked through at its end.
        sweeps.leave(invocation, unsure)
        invocation.store.remove(notes)


def _export_one(
    invocation: Invocation,
    summary: Mapping[str, Any],
    unlinked: set[str],
    problem: problems.Problem | None,
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
        said = problem.reason if problem else None
        reason, detail = report.failed(evaluation_id, error, said)
        if reason == results.KEY_UNAVAILABLE:
            return detail in ("AccessDenied", results.SERVICE_DENIED)
        if reason not in _PASSING:
            _put_off(invocation, problem, evaluation_id, reason)
        return True
    if problem:
        problems.clear(invocation.store, [evaluation_id])
    if manifest:
        if manifest["contents"]["sessionMetadata"]["state"] == EXPIRED:
            lost = NotExported("SessionMetadataExpired", marks.link_key(evaluation_id))
            report.failed(evaluation_id, lost)
        report.done["exported"].append(evaluation_id)
        invocation.log.info("EvaluationExported", batchEvaluationId=evaluation_id)
        ended = summary.get("updatedAt") or summary.get("createdAt")
        lag = {"ExportLag": invocation.seconds_since(ended)} if ended else {}
        invocation.metrics.put(EvaluationsExported=1, **lag)
    return True


def _require_link(invocation: Invocation, evaluation_id: str) -> None:
    if not invocation.store.exists(marks.link_key(evaluation_id)):
        raise NotExported("StartUnfinished", "its session metadata may not be linked yet")


def _put_off(
    invocation: Invocation, before: problems.Problem | None, evaluation_id: str, reason: str
) -> None:
    """Let the next attempt wait; where that cannot be recorded, the next tick makes it."""
    try:
        problems.note(invocation.store, before, evaluation_id, reason, invocation.now())
    except (ClientError, BotoCoreError):
        return
