"""One invocation of the function: settings, clients, log, metrics and time budget."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .aws.clients import Clients
from .aws.deadline import Deadline
from .observability.logs import Log
from .observability.metrics import Metrics
from .settings import Settings
from .storage.bucket import OutputBucket


@dataclass(frozen=True)
class Invocation:
    """One run: its environment, its clients, its log, and until when it may work.

    `said` is the container's memory of problems that it has logged: the last reason by subject.
    """

    settings: Settings
    clients: Clients
    log: Log
    metrics: Metrics
    deadline: Deadline
    request_id: str
    now: Callable[[], datetime]
    said: dict[str, str]

    @property
    def bucket(self) -> OutputBucket:
        """The output bucket."""
        return OutputBucket(self.clients.s3, self.settings)

    def seconds_since(self, moment: datetime) -> float:
        """Return the seconds from a moment until now, never less than none."""
        return max(0.0, (self.now() - moment).total_seconds())

    def is_news(self, subject: str, reason: str) -> bool:
        """Tell whether this container has not said it of the subject before, and remember it."""
        known = self.said.get(subject)
        self.said[subject] = reason
        return known != reason
