"""One run of the pack over a stack: its rules share what they read of it and what each said.

Pulumi's SDK makes all resources anew for each rule. Where every value is known, one rule's reading
of the stack serves the next; what waits for an unknown value each rule finds by itself, since the
wait belongs to its own message.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from pulumi_policy import PolicyResource

from ..analysis.environment import Environment
from ..model.pulumi_resources import read_resources

Outcome = tuple[str, ...] | None
"""What a rule waits for; None for one that had nothing to judge."""


class StackRun:
    """What the rules of one run share. Outside of a run nothing is shared."""

    def __init__(self) -> None:
        self._running = False
        self.is_of_one = False
        self._environment: Environment | None = None
        self.outcomes: dict[str, Outcome] = {}

    @contextmanager
    def begun(self, *, of_one: bool = False) -> Generator[None]:
        """One run, from its first rule to its last; `of_one` resource, not yet made."""
        self._forget()
        self._running, self.is_of_one = True, of_one
        try:
            yield
        finally:
            self._running = self.is_of_one = False
            self._forget()

    def environment(self, given: Sequence[PolicyResource]) -> Environment:
        """The stack as the rules before have read it, or anew."""
        known = self._environment
        if known is None or known.stack.has_noted:
            known = Environment(read_resources(given))
            self._environment = known if self._running else None
        return known

    def record(self, rule: str, outcome: Outcome) -> None:
        """Keep what a rule said, for the summary."""
        if self._running:
            self.outcomes[rule] = outcome

    def _forget(self) -> None:
        self._environment = None
        self.outcomes = {}


RUN = StackRun()
