"""The Lambda handler: reads the environment once per container, then answers event by event."""

import gc

# A cold start makes some 100,000 objects, nearly all to stay. Looking through them for garbage at
# every 700, as Python does, takes a sixth of it: so this comes before all other imports.
gc.set_threshold(100_000)

import os  # noqa: E402
from collections.abc import Callable  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from . import settings  # noqa: E402
from .aws.clients import Clients  # noqa: E402
from .aws.deadline import Deadline, OutOfTime  # noqa: E402
from .aws.error_translation import from_sdk  # noqa: E402
from .errors import (  # noqa: E402
    BotoCoreError,
    ClientError,
    ControllerError,
    InternalServerException,
    places_of,
)
from .event import Event, parse  # noqa: E402
from .invocation import Invocation  # noqa: E402
from .observability.logs import Log  # noqa: E402
from .observability.metrics import Metrics  # noqa: E402
from .settings import Settings  # noqa: E402


def handle(event: object, context: Any) -> dict[str, Any]:
    """Answer one invocation; raises an exception whose class is named as AWS's error code."""
    return _controller().handle(event, context)


@cache
def _controller() -> "Controller":
    environment = settings.read(os.environ)
    return Controller(environment, Clients(environment.region))


def _now() -> datetime:
    return datetime.now(UTC)


class Controller:
    """The lifecycle operations of one environment."""

    def __init__(
        self, settings: Settings, clients: Clients, now: Callable[[], datetime] = _now
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._now = now
        self._said: dict[str, str] = {}

    def handle(self, event: object, context: Any) -> dict[str, Any]:
        """Answer one event; `context` is Lambda's."""
        log = Log(requestId=context.aws_request_id)
        deadline = Deadline(context.get_remaining_time_in_millis)
        invocation = Invocation(
            settings=self._settings,
            clients=self._clients,
            log=log,
            metrics=Metrics(self._settings, log),
            deadline=deadline,
            request_id=context.aws_request_id,
            now=self._now,
            said=self._said,
        )
        operation = "unknown"
        try:
            request = parse(event, self._settings)
            operation = request.operation
            with self._clients.until(deadline):
                answer = _run(invocation, request)
        except ControllerError as error:
            log.warning("Refused", operation=operation, error=type(error).__name__)
            raise
        except (ClientError, BotoCoreError, OutOfTime) as error:
            named = from_sdk(error)
            log.warning("Failed", operation=operation, error=type(named).__name__)
            raise named from None
        except Exception as error:
            # Lambda would log the message.
            where = places_of(error)
            log.warning("Broken", operation=operation, error=type(error).__name__, where=where)
            raise InternalServerException(f"{type(error).__name__} at {where[-1]}") from None
        log.info("Answered", operation=operation)
        return answer


def _run(invocation: Invocation, event: Event) -> dict[str, Any]:
    """Call the operation. A cold start imports one operation: each import waits for its event."""
    parameters, options = event.parameters, event.options
    match event.operation:
        case "StartBatchEvaluation":
            from .operations.start import start

            return start(invocation, parameters, options)
        case "GetBatchEvaluation":
            from .operations.get import get

            return get(invocation, parameters["batchEvaluationId"])
        case "ListBatchEvaluations":
            from .operations.list import list_

            return list_(invocation, parameters, options)
        case "StopBatchEvaluation":
            from .operations.stop import stop

            return stop(invocation, parameters["batchEvaluationId"])
        case "DeleteBatchEvaluation":
            from .operations.delete import delete

            return delete(invocation, parameters["batchEvaluationId"])
        case "ExportBatchEvaluations":
            from .operations.export import export

            return export(invocation, options)
        case _:
            from .operations.check_key import check_key

            return check_key(invocation, options)
