"""GetBatchEvaluation, with the state of the results."""

from typing import Any

from ..aws.key_preflight import check_key
from ..evaluations import result_state
from ..evaluations.lookup import describe
from ..invocation import Invocation
from ..responses import answer


def get(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Return the service's answer, with the state of the results under `controller.results`.

    Raises the service's refusal when the key does not explain it.
    """
    evaluation, refusal = describe(invocation, evaluation_id)
    state = result_state.results_state(
        evaluation, lambda: check_key(invocation.settings, invocation.clients, evaluation_id)
    )
    if state.state == result_state.KEY_UNAVAILABLE:
        invocation.metrics.put(KeyUnavailable=1)
    elif refusal:
        raise refusal
    return answer(evaluation, results=state.plain())
