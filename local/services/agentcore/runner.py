"""The steps of a job: find the sessions, evaluate them one by one, finish, stop, be deleted.

The register's lock is held only while a job's fields change, never while another service is called.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget
from local.aws_api.timestamps import timestamp
from local.services.agentcore import artifacts, destination, sources
from local.services.agentcore.artifacts import ArtifactStore
from local.services.agentcore.encryption import reason
from local.services.agentcore.errors import ServiceError
from local.services.agentcore.evaluators.builtin import FAILURE_ANALYSIS, Result, evaluate, failed
from local.services.agentcore.evaluators.failure_analysis import SessionFindings, insight_results
from local.services.agentcore.evaluators.scores import GroundTruth
from local.services.agentcore.forward_access import Services, forwarded
from local.services.agentcore.job_store import Register
from local.services.agentcore.jobs import MAX_ERROR, Job, Status
from local.services.agentcore.results import Origin, log_event
from local.services.agentcore.sessions import SessionError, SessionRecords, read, select

# Seconds after which the removal of artifacts that S3 refused is tried again.
RETRY = 5.0


class Runner:
    """Takes a job one step on; `running` is how many seconds a job spends IN_PROGRESS."""

    def __init__(
        self,
        register: Register,
        services: Services,
        store: ArtifactStore,
        place: DeploymentTarget,
        running: float,
    ) -> None:
        self._register = register
        self._services = services
        self._store = store
        self._place = place
        self._running = running

    def step(self, job: Job, now: float) -> None:
        """Do what is due for a job at the moment `now`."""
        if job.status is Status.DELETING:
            self._remove(job, now)
            return
        try:
            if job.status is Status.PENDING:
                self._begin(job, now)
            elif job.status is Status.STOPPING:
                self._conclude(job, Status.STOPPED, None, now)
            elif waiting := job.waiting:
                self._evaluate_next(job, waiting[0][1], now)
            else:
                self._finish(job, now)
        except ServiceError as error:
            self._conclude(job, Status.FAILED, str(error), now)
        except ClientError as error:
            self._conclude(job, Status.FAILED, reason(error), now)
        except Exception as error:
            # A job must end, or the clock would come back to it for ever.
            told = f"The local endpoint failed: {type(error).__name__}: {error}"
            self._conclude(job, Status.FAILED, told, now)

    def _remove(self, job: Job, now: float) -> None:
        try:
            self._store.remove(job.arn)
        except ClientError:
            with self._register.changing():
                job.due = now + RETRY
        else:
            self._register.forget(job)

    def _begin(self, job: Job, now: float) -> None:
        """Find the sessions and spread them over the running time, so that a stop cuts some off."""
        source = job.request["dataSourceConfig"]["cloudWatchLogs"]
        logs = self._logs(job)
        groups = sources.source_groups(logs, source)
        found = select(sources.read_groups(logs, groups, source["serviceNames"][0], now), source)
        count = len(found.sessions)
        with self._register.changing():
            if job.status is not Status.PENDING:
                return
            job.tally.total, job.tally.ignored = count, found.ignored
            job.waiting = [
                (now + self._running * (index + 1) / (count + 1), session)
                for index, session in enumerate(found.sessions)
            ]
            job.status, job.updated, job.finish = Status.IN_PROGRESS, now, now + self._running
            job.due = job.waiting[0][0] if job.waiting else job.finish

    def _evaluate_next(self, job: Job, records: SessionRecords, now: float) -> None:
        results, found, group = self._judge(job, records)
        self._write(job, group, results, now)
        with self._register.changing():
            # A session whose evaluation had begun when a stop came keeps its results.
            job.tally.add(results, found)
            job.updated = now
            if job.status is Status.IN_PROGRESS:
                del job.waiting[0]
                job.due = job.waiting[0][0] if job.waiting else job.finish

    def _judge(
        self, job: Job, records: SessionRecords
    ) -> tuple[list[Result], SessionFindings | None, str]:
        metadata = (job.request.get("evaluationMetadata") or {}).get("sessionMetadata") or []
        entry = next((one for one in metadata if one["sessionId"] == records.id), None)
        try:
            session = read(records)
        except SessionError as error:
            results = failed(records.id, records.end, job.evaluator_ids, error.type, str(error))
            return results, None, records.group
        results = evaluate(session, job.evaluator_ids, GroundTruth.of(entry))
        return results, SessionFindings.of(session), records.group

    def _write(self, job: Job, source_group: str, results: list[Result], now: float) -> None:
        origin = Origin(
            job.id,
            job.arn,
            job.name,
            self._place.partition,
            job.request["dataSourceConfig"]["cloudWatchLogs"]["serviceNames"][0],
            job.output["metricsNamespace"],
        )
        events = [log_event(origin, result, now) for result in results]
        group = job.output.get("logGroupName", source_group)
        destination.write(self._logs(job), group, job.output["logStreamName"], events)

    def _finish(self, job: Job, now: float) -> None:
        total, failures = job.tally.total, job.tally.failed
        if total == 0:
            self._conclude(job, Status.FAILED, "No sessions were found to evaluate.", now)
        elif failures == total:
            text = f"All {total} sessions failed during batch evaluation."
            self._conclude(job, Status.FAILED, text, now)
        elif job.tally.errors:
            text = (
                f"{failures} of {total} sessions failed during batch evaluation."
                if failures
                else "Some evaluators failed during batch evaluation."
            )
            self._conclude(job, Status.COMPLETED_WITH_ERRORS, text, now)
        else:
            self._conclude(job, Status.COMPLETED, None, now)

    def _conclude(self, job: Job, status: Status, error: str | None, now: float) -> None:
        """Store the results and set the final status; FAILED when they cannot be stored."""
        try:
            for name, document in self._documents(job, now).items():
                self._store.write(job.arn, job.key_arn, name, document)
        except ClientError as refusal:
            # A stop is obeyed whatever becomes of the key.
            status = status if status is Status.STOPPED else Status.FAILED
            told = f"The results could not be stored: {reason(refusal)}"
            error = f"{error} {told}" if error else told
        with self._register.changing():
            # A stop that came meanwhile is overtaken: the job ended first.
            job.status, job.updated, job.due, job.waiting = status, now, None, []
            job.error = error[:MAX_ERROR] if error else None

    def _documents(self, job: Job, now: float) -> Mapping[str, Any]:
        documents: dict[str, Any] = {artifacts.RESULTS: job.tally.summary(job.evaluator_ids)}
        if FAILURE_ANALYSIS in job.evaluator_ids:
            found = insight_results(job.tally.findings, timestamp(now))
            documents[artifacts.INSIGHTS] = found
        return documents

    def _logs(self, job: Job) -> Any:
        return self._services.client("logs", forwarded(job.caller))
