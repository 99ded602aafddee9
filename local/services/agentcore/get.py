"""GetBatchEvaluation: metadata always, encrypted results when the key allows it.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html:
name, status and times are not under the key; data source configuration and results are.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import Principal
from local.services.agentcore import artifacts
from local.services.agentcore.artifacts import ArtifactStore
from local.services.agentcore.encryption import decrypt_denial, reason
from local.services.agentcore.forward_access import Services
from local.services.agentcore.job_store import Register
from local.services.agentcore.jobs import ACTIVE, MAX_ERROR, Job, Status


class Reader:
    """Answers Get. `needs_decrypt`: the reader too must be allowed to decrypt under the key."""

    def __init__(
        self, register: Register, services: Services, store: ArtifactStore, *, needs_decrypt: bool
    ) -> None:
        self._register = register
        self._services = services
        self._store = store
        self._needs_decrypt = needs_decrypt

    def get(self, identifier: str, caller: Principal) -> dict[str, Any]:
        """Return the answer for a job; raises ResourceNotFoundException."""
        with self._register.changing():
            job = self._register.find(caller.account, identifier)
            answer = job.metadata()
            active = job.status in ACTIVE
            if active:
                running = job.status is Status.IN_PROGRESS
                answer["evaluationResults"] = job.tally.counters(running=running)
        try:
            answer.update(self._encrypted(job, caller, active=active))
        except _UnreadableError as error:
            # What AWS answers then is documented only as metadata without results. errorDetails,
            # which holds one text, is where it puts other reasons for missing results.
            told = [*answer.get("errorDetails", []), f"The results cannot be read: {error}"]
            answer["errorDetails"] = [" ".join(told)[:MAX_ERROR]]
        return answer

    def _encrypted(self, job: Job, caller: Principal, *, active: bool) -> dict[str, Any]:
        if job.key_arn and self._needs_decrypt:
            denial = decrypt_denial(self._services, caller, job.key_arn, job.arn)
            if denial:
                raise _UnreadableError(f"{job.key_arn}: {denial}")
        return dict(self._documents(job, active=active))

    def _documents(self, job: Job, *, active: bool) -> Iterator[tuple[str, Any]]:
        stored = {"dataSourceConfig": artifacts.DATA_SOURCE}
        if not active:
            stored["evaluationResults"] = artifacts.RESULTS
            stored["insightResults"] = artifacts.INSIGHTS
        for member, name in stored.items():
            try:
                document = self._store.read(job.arn, name)
            except ClientError as error:
                if not job.key_arn:
                    raise
                raise _UnreadableError(f"{job.key_arn}: {reason(error)}") from error
            if document is not None:
                yield member, document


class _UnreadableError(Exception):
    """The key of an evaluation does not let its artifacts be read."""
