"""One batch evaluation job: its state, and how the service shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local.aws_api.caller import Principal
from local.aws_api.timestamps import timestamp
from local.services.agentcore.results import Tally
from local.services.agentcore.sessions import SessionRecords


class Status(StrEnum):
    """https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-get.html"""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"


ACTIVE = frozenset({Status.PENDING, Status.IN_PROGRESS, Status.STOPPING})
STOPPABLE = frozenset({Status.PENDING, Status.IN_PROGRESS})
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-delete.html does
# not name COMPLETED_WITH_ERRORS, which is as terminal as the others.
DELETABLE = frozenset(
    {Status.COMPLETED, Status.COMPLETED_WITH_ERRORS, Status.FAILED, Status.STOPPED}
)


# The service model lets errorDetails hold one text of this length.
MAX_ERROR = 1_000


@dataclass
class Job:
    """A job and what the service knows of it; fields change only under the register's lock.

    `request` is the validated StartBatchEvaluation body, `output` the cloudWatchConfig in force,
    `due` the moment of the next step, `waiting` the sessions still to be evaluated each with its
    moment.
    """

    id: str
    arn: str
    caller: Principal
    request: Mapping[str, Any]
    output: Mapping[str, Any]
    created: float
    status: Status = Status.PENDING
    updated: float = 0.0
    due: float | None = None
    finish: float = 0.0
    waiting: list[tuple[float, SessionRecords]] = field(
        default_factory=list[tuple[float, SessionRecords]]
    )
    tally: Tally = field(default_factory=Tally)
    error: str | None = None

    @property
    def name(self) -> str:
        return self.request["batchEvaluationName"]

    @property
    def key_arn(self) -> str | None:
        return self.request.get("kmsKeyArn")

    @property
    def evaluator_ids(self) -> list[str]:
        return [one["evaluatorId"] for one in self.request.get("evaluators") or []]

    def started(self) -> dict[str, Any]:
        """Return StartBatchEvaluation's answer."""
        return _present(
            {
                **self._identity(),
                "evaluators": self.request.get("evaluators"),
                "createdAt": timestamp(self.created),
                "outputConfig": {"cloudWatchConfig": dict(self.output)},
                "tags": self.request.get("tags"),
                "kmsKeyArn": self.key_arn,
                "description": self.request.get("description"),
            }
        )

    def summary(self) -> dict[str, Any]:
        """Return the row of ListBatchEvaluations; it carries no results and needs no key."""
        return _present(
            {
                **self._identity(),
                "evaluators": self.request.get("evaluators"),
                "createdAt": timestamp(self.created),
                "updatedAt": timestamp(self.updated),
                "description": self.request.get("description"),
                "errorDetails": [self.error] if self.error else None,
                "kmsKeyArn": self.key_arn,
            }
        )

    def metadata(self) -> dict[str, Any]:
        """Return the part of GetBatchEvaluation's answer that is not encrypted under the key."""
        return {**self.summary(), "outputConfig": {"cloudWatchConfig": dict(self.output)}}

    def changed(self) -> dict[str, Any]:
        """Return the answer of Stop and Delete."""
        identity = self._identity()
        del identity["batchEvaluationName"]
        return identity

    def _identity(self) -> dict[str, Any]:
        return {
            "batchEvaluationId": self.id,
            "batchEvaluationArn": self.arn,
            "batchEvaluationName": self.name,
            "status": self.status.value,
        }


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
