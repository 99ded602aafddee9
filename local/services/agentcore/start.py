"""StartBatchEvaluation: everything that is checked before there is a job.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.service_model import Fault
from local.runtime.clock import Clock
from local.services.agentcore import artifacts, destination, sources
from local.services.agentcore.artifacts import ArtifactStore
from local.services.agentcore.encryption import check_key, reason
from local.services.agentcore.errors import invalid
from local.services.agentcore.forward_access import Services, forwarded
from local.services.agentcore.job_store import Register
from local.services.agentcore.jobs import Job
from local.services.agentcore.request_validation import request_faults
from local.services.agentcore.start_rules import rule_faults


class Starter:
    """Admits new jobs; `pending` is how many seconds a job waits before it begins."""

    def __init__(
        self,
        register: Register,
        services: Services,
        store: ArtifactStore,
        place: DeploymentTarget,
        clock: Clock,
        pending: float,
        new_suffix: Callable[[], str],
    ) -> None:
        self._register = register
        self._services = services
        self._store = store
        self._place = place
        self._clock = clock
        self._pending = pending
        self._new_suffix = new_suffix

    def start(self, body: Mapping[str, Any], caller: Principal) -> dict[str, Any]:
        """Return the answer for a new job, or for the one that the same token started before."""
        faults = [*request_faults("StartBatchEvaluation", body), *rule_faults(body)]
        if faults:
            raise invalid(faults)
        request = _without_nulls(body)
        known = self._register.earlier(caller.account, request)
        if known is not None:
            return known.started()
        self._register.check_room(caller.account, request["batchEvaluationName"])
        job = self._new_job(request, caller)
        self._check_access(job)
        self._store_request(job)
        admitted = self._register.admit(job)
        if admitted is not job:
            self._store.remove(job.arn)
        return admitted.started()

    def _new_job(self, request: dict[str, Any], caller: Principal) -> Job:
        identifier = f"{request['batchEvaluationName']}-{self._new_suffix()}"
        arn = (
            f"arn:{self._place.partition}:bedrock-agentcore:{self._place.region}:{caller.account}"
            f":batch-evaluate/{identifier}"
        )
        now = self._clock.now()
        output = destination.output_config(request, identifier)
        due = now + self._pending
        return Job(identifier, arn, caller, request, output, now, updated=now, due=due)

    def _check_access(self, job: Job) -> None:
        """Refuse what could not be encrypted, read or written later."""
        if job.key_arn:
            service = self._store.acting(job.arn)
            check_key(self._services, job.caller, service, self._place, job.key_arn)
        logs = self._services.client("logs", forwarded(job.caller))
        source = job.request["dataSourceConfig"]["cloudWatchLogs"]
        groups = sources.source_groups(logs, source)
        sources.check_queries(logs, groups, source["serviceNames"][0], self._clock.now())
        if "logGroupName" in job.output:
            destination.prepare(logs, self._place, job.caller.account, job.output)

    def _store_request(self, job: Job) -> None:
        documents = {artifacts.DATA_SOURCE: job.request["dataSourceConfig"]}
        if "evaluationMetadata" in job.request:
            documents[artifacts.SESSION_METADATA] = job.request["evaluationMetadata"]
        try:
            for name, document in documents.items():
                self._store.write(job.arn, job.key_arn, name, document)
        except ClientError as error:
            if not job.key_arn:
                raise
            text = f"cannot be used to store the evaluation: {reason(error)}"
            raise invalid([Fault("kmsKeyArn", text)]) from error


def _without_nulls(value: Any) -> Any:
    """Return a document without its null members, which in restJson1 are absent ones."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value
