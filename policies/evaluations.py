"""How a document shows that it is about batch evaluations under a key.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .access import Condition, Policy, Statement

SERVICE = "bedrock-agentcore.amazonaws.com"
START = "bedrock-agentcore:StartBatchEvaluation"
CONTEXT_KEY = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
OTHER_CONTEXTS = "kms:encryptioncontext:aws:bedrock-agentcore"
SOURCE_KEYS = frozenset({CONTEXT_KEY.lower(), "aws:sourcearn"})
_EVALUATION = re.compile(
    r"arn:([a-z-]+):bedrock-agentcore:([a-z0-9-]+):([0-9]{12}):batch-evaluate/.+"
)


@dataclass(frozen=True)
class Place:
    """Partition, Region and account."""

    partition: str
    region: str
    account: str

    @property
    def evaluations(self) -> str:
        """The pattern of every evaluation's ARN."""
        return (
            f"arn:{self.partition}:bedrock-agentcore:{self.region}:{self.account}:batch-evaluate/*"
        )


def names_service(statement: Statement) -> bool:
    """Whether the statement's principals are or include the AgentCore service."""
    principals = statement.principals
    return principals is not None and any(name.value == SERVICE for name in principals.names)


def names_let(key_policy: Policy, *actions: str) -> set[str]:
    """The names of all principals in statements that allow one of the actions."""
    return {
        name.value
        for action in actions
        for statement in key_policy.on(action.lower())[1]
        if statement.principals is not None
        for name in statement.principals.names
    }


def lets_evaluations_use(key_policy: Policy) -> bool:
    """Whether a key policy names evaluations: by their encryption context, or as the source of
    what a service asks for."""
    return any(
        condition.folded_key == CONTEXT_KEY.lower()
        or (
            condition.folded_key == "aws:sourcearn"
            and not condition.operator.negated
            and any(":batch-evaluate/" in text for text in condition.texts)
        )
        for statement in key_policy.statements
        for condition in statement.conditions
    )


def may_let_evaluations_use(key_policy: Policy) -> bool:
    """Whether a key policy lets the service in and does not say for what: evaluations may use it,
    and so may memories and gateways, whose own pages bind the service no further."""
    return any(
        names_service(statement) and not any(map(_leaves_out, statement.conditions))
        for statement in key_policy.statements
    )


def _leaves_out(condition: Condition) -> bool:
    """Whether a condition binds the service to something else, such as memories or gateways."""
    key = condition.folded_key
    if key == "aws:sourcearn" and not condition.operator.negated:
        return not any(map(_may_be_evaluation, condition.texts))
    return key.startswith(OTHER_CONTEXTS) and key != CONTEXT_KEY.lower()


def _may_be_evaluation(pattern: str) -> bool:
    parts = pattern.split(":", 5)
    return (
        len(parts) < 6
        or parts[5].startswith("batch-evaluate/")
        or fnmatchcase("batch-evaluate/any", parts[5])
    )


def place_of(key_policy: Policy) -> Place | None:
    """Where the evaluations are that a key policy names: the first that is written in full."""
    return next(filter(None, map(place_in, evaluation_arns(key_policy))), None)


def place_in(text: str) -> Place | None:
    """The place in an evaluation's ARN, if it is written in full."""
    found = _EVALUATION.fullmatch(text)
    return None if found is None else Place(*found.groups())


def evaluation_arns(key_policy: Policy) -> Iterator[str]:
    """The ARNs or patterns of evaluations that conditions name."""
    for statement in key_policy.statements:
        for condition in statement.conditions:
            if condition.folded_key in SOURCE_KEYS:
                yield from (text for text in condition.texts if ":batch-evaluate/" in text)


def names_start(policy: Policy) -> bool:
    """Whether a statement of an identity policy that allows it names the start of evaluations."""
    return any(map(names_actions, policy.on(START.lower())[1]))


def names_actions(statement: Statement) -> bool:
    """Whether a statement of an identity policy names the start of batch evaluations.

    `bedrock-agentcore:*` does not: agents, memories and gateways are deployed with it as well.
    """
    actions = statement.actions
    return (
        actions is not None
        and not actions.negated
        and any(
            each.matches(START.lower(), {}) and re.search("batch|evaluation", each.text.lower())
            for each in actions.patterns
        )
    )
