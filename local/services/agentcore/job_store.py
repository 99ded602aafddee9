"""All jobs of the endpoint, and the rules on names, tokens and counts that hold between them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html and
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-start.html.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

from local.services.agentcore.errors import conflict, over_quota, unknown_evaluation
from local.services.agentcore.jobs import ACTIVE, DELETABLE, STOPPABLE, Job, Status

MAX_ACTIVE = 5
MAX_JOBS = 2_000


class Register:
    """Holds the jobs; every method is atomic, and none calls another service."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._tokens: dict[tuple[str, str], tuple[str, str]] = {}

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the register still while a job's fields change."""
        with self._lock:
            yield

    def earlier(self, account: str, request: Mapping[str, Any]) -> Job | None:
        """Return the job that an earlier request with the same token started.

        Raises ConflictException when that request had other parameters. A token is forgotten with
        its job.
        """
        with self._lock:
            known = self._tokens.get((account, request.get("clientToken") or ""))
            if known is None:
                return None
            fingerprint, identifier = known
            if fingerprint != _fingerprint(request):
                raise conflict(
                    "The clientToken was used before with other parameters: "
                    f"{request['clientToken']}"
                )
            return self._jobs[account, identifier]

    def check_room(self, account: str, name: str) -> None:
        """Raise when the name is in use or a quota reached; a finished job still holds its name."""
        with self._lock:
            own = [job for (owner, _), job in self._jobs.items() if owner == account]
            if any(job.name == name for job in own):
                raise conflict(f"A batch evaluation with the name {name} already exists.")
            active = sum(job.status in ACTIVE for job in own)
            if active >= MAX_ACTIVE:
                raise over_quota(
                    f"The account has {active} active batch evaluations; the quota is {MAX_ACTIVE}."
                )
            if len(own) >= MAX_JOBS:
                raise over_quota(
                    f"The account has {len(own)} batch evaluations; the quota is {MAX_JOBS}. "
                    "Delete some to start more."
                )

    def admit(self, job: Job) -> Job:
        """Enter a job, or return the one that a concurrent request with the same token entered."""
        account = job.caller.account
        with self._lock:
            known = self.earlier(account, job.request)
            if known is not None:
                return known
            self.check_room(account, job.name)
            self._jobs[account, job.id] = job
            if token := job.request.get("clientToken"):
                self._tokens[account, token] = (_fingerprint(job.request), job.id)
            return job

    def find(self, account: str, identifier: str) -> Job:
        """Return a job; raises ResourceNotFoundException."""
        with self._lock:
            job = self._jobs.get((account, identifier))
            if job is None:
                raise unknown_evaluation()
            return job

    def page(self, account: str, after: str, size: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return rows after an id, sorted by id in byte order, and the last id if more follow."""
        with self._lock:
            ids = sorted(own for owner, own in self._jobs if owner == account and own > after)
            rows = [self._jobs[account, identifier].summary() for identifier in ids[:size]]
            return rows, ids[size - 1] if len(ids) > size else None

    def stop(self, account: str, identifier: str, now: float, due: float) -> dict[str, Any]:
        """Set a running job to STOPPING; raises ConflictException in any other state."""
        with self._lock:
            job = self.find(account, identifier)
            if job.status not in STOPPABLE:
                raise conflict(
                    f"Batch evaluation {identifier} cannot be stopped in status {job.status}."
                )
            job.status, job.updated, job.due, job.waiting = Status.STOPPING, now, due, []
            return {**job.changed(), **_description(job)}

    def delete(self, account: str, identifier: str, now: float, due: float) -> dict[str, Any]:
        """Set a finished job to DELETING; raises ConflictException in any other state."""
        with self._lock:
            job = self.find(account, identifier)
            if job.status not in DELETABLE:
                hint = " Stop it first." if job.status in STOPPABLE else ""
                raise conflict(
                    f"Batch evaluation {identifier} cannot be deleted in status {job.status}.{hint}"
                )
            job.status, job.updated, job.due = Status.DELETING, now, due
            return job.changed()

    def forget(self, job: Job) -> None:
        """Remove a job, its name and its token."""
        account = job.caller.account
        with self._lock:
            del self._jobs[account, job.id]
            if token := job.request.get("clientToken"):
                del self._tokens[account, token]

    def next_due(self) -> float | None:
        with self._lock:
            return min(
                (job.due for job in self._jobs.values() if job.due is not None), default=None
            )

    def due(self, now: float) -> tuple[Job, float] | None:
        """Return the job with the earliest step at or before `now`, and that step's moment."""
        with self._lock:
            ready = [
                (job.due, job.id, job)
                for job in self._jobs.values()
                if job.due is not None and job.due <= now
            ]
            if not ready:
                return None
            moment, _, job = min(ready, key=lambda entry: entry[:2])
            return job, moment


def _fingerprint(request: Mapping[str, Any]) -> str:
    parameters = {name: value for name, value in request.items() if name != "clientToken"}
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()


def _description(job: Job) -> dict[str, Any]:
    description = job.request.get("description")
    return {} if description is None else {"description": description}
