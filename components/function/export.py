"""ExportBatchEvaluations: the tick that brings the output bucket up to date, come what may.

It looks at what is there and not at what was announced: starts that were interrupted are completed,
deletions are finished, and every finished evaluation of ours without manifest and tombstone is
exported. Nothing depends on an earlier tick having run to its end.
"""

from collections.abc import Iterable
from typing import Any

from . import deletion, links, manifests, records, results, tombstones
from .answers import answer
from .deadline import OutOfTime
from .errors import (
    BotoCoreError,
    ClientError,
    ControllerError,
    code_of,
    is_key_unusable,
    operation_of,
)
from .exporter import NotExported, export_evaluation, seconds_since
from .invocation import Invocation
from .lookup import every_summary
from .scope import lacks_our_key, owns
from .start import complete

# In one log line.
_NAMED = 100


def export(invocation: Invocation) -> dict[str, Any]:
    """Do what is due until the deadline and return what was done and what is left, with reasons."""
    log = invocation.log
    report = _Report()
    unlinked = _complete_starts(invocation, report)
    mine: list[dict[str, Any]] = []
    without_our_key: list[str] = []
    for summary in every_summary(invocation):
        if owns(invocation.settings, summary):
            mine.append(summary)
        elif lacks_our_key(invocation.settings, summary):
            without_our_key.append(summary["batchEvaluationId"])
    deleted = tombstones.ids(invocation.store)
    if invocation.settings.allow_delete:
        _finish_deletions(invocation, mine, deleted, report)
    exported = manifests.ids(invocation.store)
    due = [
        summary
        for summary in mine
        if summary["status"] in results.FINISHED
        and summary["batchEvaluationId"] not in exported | deleted
    ]
    _export_all(invocation, due, unlinked, report)
    # Put by each tick, none too, so that an alarm on it ends when they are gone.
    invocation.metrics.put(EvaluationsWithoutOurKey=len(without_our_key))
    if without_our_key:
        log.warning("EvaluationsWithoutOurKey", batchEvaluationIds=without_our_key[:_NAMED])
    if report.key_unavailable:
        invocation.metrics.put(KeyUnavailable=report.key_unavailable)
    done = {name: len(ids) for name, ids in report.done.items()}
    log.info("ExportFinished", **done, notDone=len(report.not_done), outOfTime=report.out_of_time)
    return answer(
        {},
        **report.done,
        notDone=report.not_done,
        running=sum(summary["status"] in results.RUNNING for summary in mine),
        evaluationsWithoutOurKey=len(without_our_key),
        complete=not report.not_done and not report.out_of_time,
    )


class _Report:
    """What one tick did and could not do."""

    def __init__(self) -> None:
        self.done: dict[str, list[str]] = {"started": [], "deleted": [], "exported": []}
        self.not_done: list[dict[str, str]] = []
        self.key_unavailable = 0
        self.out_of_time = False

    def failed(self, invocation: Invocation, subject: str, error: Exception) -> None:
        """Note a failure of one evaluation or record; the tick goes on with the others."""
        reason, detail = _reason(error)
        if reason == results.KEY_UNAVAILABLE:
            self.key_unavailable += 1
        self.not_done.append({"subject": subject, "reason": reason, "detail": detail})
        invocation.log.warning("NotDone", subject=subject, reason=reason, detail=detail)


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, NotExported):
        return error.reason, error.detail
    if isinstance(error, OutOfTime):
        return "OutOfTime", "the next tick goes on"
    if isinstance(error, ClientError):
        if is_key_unusable(error):
            return results.KEY_UNAVAILABLE, code_of(error)
        return code_of(error), operation_of(error)
    return type(error).__name__, ""


_PASSED_OVER = (NotExported, OutOfTime, ControllerError, ClientError, BotoCoreError)


def _complete_starts(invocation: Invocation, report: _Report) -> set[str]:
    """Complete interrupted starts; return the names of evaluations whose link is still missing.

    A record that cannot be read may be of any of them, which `*` stands for.
    """
    unlinked: set[str] = set()
    for key in records.keys(invocation.store):
        if invocation.deadline.passed():
            report.out_of_time = True
            return {"*"}
        record = None
        try:
            record = records.read(invocation.store, key)
            if record:
                report.done["started"].append(complete(invocation, record)["batchEvaluationId"])
        except _PASSED_OVER as error:
            unlinked.add(record.name if record else "*")
            report.failed(invocation, key, error)
    return unlinked


def _finish_deletions(
    invocation: Invocation, mine: Iterable[dict[str, Any]], deleted: set[str], report: _Report
) -> None:
    """Finish deletions that were interrupted: a tombstone is there, and so is the evaluation."""
    for summary in mine:
        evaluation_id = summary["batchEvaluationId"]
        if evaluation_id not in deleted or summary["status"] not in results.FINISHED:
            continue
        if invocation.deadline.passed():
            report.out_of_time = True
            return
        try:
            deletion.remove(invocation, summary)
            report.done["deleted"].append(evaluation_id)
        except _PASSED_OVER as error:
            report.failed(invocation, evaluation_id, error)


def _require_link(invocation: Invocation, evaluation_id: str) -> None:
    if not invocation.store.exists(links.key(evaluation_id)):
        raise NotExported("StartUnfinished", "its session metadata may not be linked yet")


def _export_all(
    invocation: Invocation, due: Iterable[dict[str, Any]], unlinked: set[str], report: _Report
) -> None:
    for summary in due:
        evaluation_id = summary["batchEvaluationId"]
        if invocation.deadline.passed():
            report.out_of_time = True
            return
        try:
            if unlinked & {"*", summary["batchEvaluationName"]}:
                _require_link(invocation, evaluation_id)
            manifest = export_evaluation(invocation, evaluation_id, invocation.deadline.half())
        except _PASSED_OVER as error:
            report.failed(invocation, evaluation_id, error)
            continue
        if manifest:
            report.done["exported"].append(evaluation_id)
            invocation.log.info("EvaluationExported", batchEvaluationId=evaluation_id)
            lag = seconds_since(summary.get("updatedAt") or summary["createdAt"])
            invocation.metrics.put(EvaluationsExported=1, ExportLag=lag)
