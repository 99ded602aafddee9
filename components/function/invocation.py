"""What the operations share within one run of the function."""

from dataclasses import dataclass

from .artifacts import ArtifactStore
from .clients import Clients
from .deadline import Deadline
from .logs import Log
from .metrics import Metrics
from .settings import Settings


@dataclass(frozen=True)
class Invocation:
    """One run: its environment, its clients, its log, and until when it may work."""

    settings: Settings
    clients: Clients
    log: Log
    metrics: Metrics
    deadline: Deadline
    request_id: str

    @property
    def store(self) -> ArtifactStore:
        """The output bucket."""
        return ArtifactStore(self.clients.s3, self.settings)
