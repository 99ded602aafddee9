"""CheckKey: tells whether a start could use the evaluation key, without starting anything."""

from collections.abc import Mapping
from typing import Any

from ..aws import key_preflight
from ..aws.encryption_context import placeholder_id
from ..aws.error_translation import EXPLICIT_DENY
from ..invocation import Invocation
from ..responses import answer


def check_key(invocation: Invocation, options: Mapping[str, Any]) -> dict[str, Any]:
    """Tell whether a start could use the key, without starting anything.

    Without a name, any name in scope stands for all: the key's scope is made of the same prefixes.
    """
    prefixes = invocation.settings.name_prefixes
    name = options.get("name", f"{prefixes[0] if prefixes else ''}preflight")
    found = key_preflight.check_key(invocation.settings, invocation.clients, placeholder_id(name))
    return answer(
        {},
        keyArn=invocation.settings.evaluation_key_arn,
        keyState=found.state,
        key=dict(found.described),
        usable=found.usable,
        faults=list(found.faults),
        missingPermissions=[
            {
                "action": gap.action,
                "barrier": gap.barrier or None,
                "explicitDeny": gap.barrier == EXPLICIT_DENY,
                "statement": gap.statement,
            }
            for gap in found.missing
        ],
        servicePermissions="unproved until StartBatchEvaluation",
    )
