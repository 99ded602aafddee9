"""Report of one export run: what it did, and what it could not do, with reasons."""

from typing import Any

from ..aws.deadline import OutOfTime
from ..aws.error_translation import causes, from_sdk
from ..errors import (
    BotoCoreError,
    ClientError,
    ControllerError,
    code_of,
    is_key_unusable,
    operation_of,
    places_of,
)
from ..evaluations import result_state
from ..invocation import Invocation
from .evaluation_export import NotExported


class Report:
    """Collects the outcome of one run; `waiting` counts what is put off to a later one."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self.done: dict[str, list[str]] = {"started": [], "deleted": [], "exported": []}
        self.not_done: list[dict[str, str]] = []
        self.waiting = 0
        self.key_unavailable = 0
        self.out_of_time = False

    @property
    def complete(self) -> bool:
        """Whether nothing is left that was due."""
        return not (self.not_done or self.waiting or self.out_of_time)

    def failed(self, subject: str, error: Exception, said: str | None = None) -> tuple[str, str]:
        """Note a failure of one evaluation or record and return its reason, in short and in detail.

        It goes to the log unless the reason was `said` before, by this container or by another.
        """
        reason, detail = _reason(error)
        if reason == result_state.KEY_UNAVAILABLE:
            self.key_unavailable += 1
        entry = {"subject": subject, "reason": reason, "detail": detail}
        self.not_done.append(entry)
        if reason != said and self._invocation.is_news(subject, reason):
            self._invocation.log.warning("NotDone", **entry)
        return reason, detail

    def odd(self, fault: str) -> None:
        """Note a row of List for which nothing can be done."""
        self.failed("ListBatchEvaluations", NotExported("OddSummary", fault))

    def plain(self) -> dict[str, Any]:
        """Return it as an answer holds it."""
        return {
            **self.done,
            "notDone": self.not_done,
            "waiting": self.waiting,
            "complete": self.complete,
        }


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, NotExported):
        return error.reason, error.detail
    if isinstance(error, OutOfTime):
        return "OutOfTime", "the next run goes on"
    if isinstance(error, ClientError):
        if is_key_unusable(error):
            return result_state.KEY_UNAVAILABLE, code_of(error)
        return code_of(error), "; ".join([operation_of(error), *causes(error)])
    if isinstance(error, ControllerError):
        return type(error).__name__, str(error)
    if isinstance(error, BotoCoreError):
        return type(error).__name__, str(from_sdk(error))
    # Nobody has foreseen it, so it is one subject's own and no reason to stop.
    return type(error).__name__, f"at {places_of(error)[-1]}"
