"""Recognizes statements about batch evaluations under a key.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..iam import Condition, Effect, Pattern, Policy, Statement, is_no_action, meant_action

SERVICE = "bedrock-agentcore.amazonaws.com"
START = "bedrock-agentcore:StartBatchEvaluation"
CONTEXT_KEY = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
OTHER_CONTEXTS = "kms:encryptioncontext:aws:bedrock-agentcore"
USE = ("kms:Decrypt", "kms:GenerateDataKey")
SOURCE_KEYS = frozenset({CONTEXT_KEY.lower(), "aws:sourcearn"})
ANYWHERE = "*"
"""In the place of a Region that nothing names."""
_EVALUATION = re.compile(
    r"arn:([a-z-]+):bedrock-agentcore:([a-z0-9-]+):([0-9]{12}):batch-evaluate/.+"
)


@dataclass(frozen=True)
class DeploymentTarget:
    """Partition, Region and account; the Region may be any."""

    partition: str
    region: str
    account: str

    @property
    def evaluations(self) -> str:
        """The pattern of every evaluation's ARN."""
        return (
            f"arn:{self.partition}:bedrock-agentcore:{self.region}:{self.account}:batch-evaluate/*"
        )

    @property
    def written(self) -> str:
        """The same, as messages tell it to be written: a Region that is not known by its name."""
        return self.evaluations.replace(f":{ANYWHERE}:", ":<Region>:")


def lets_service_in(statement: Statement) -> bool:
    """Whether a statement allows something to principals that are or include AgentCore.

    `*` includes services, unless a condition asks for what requests of services do not have.
    """
    principals = statement.principals
    if principals is None or statement.effect is not Effect.ALLOW:
        return False
    names = {name.value for name in principals.names}
    of_services = all(
        each.folded_key.startswith(("aws:source", "kms:encryptioncontext"))
        for each in statement.conditions
    )
    return SERVICE in names or ("*" in names and of_services)


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


def names_service_principal(key_policy: Policy) -> bool:
    """Whether a statement of a key policy that allows something names AgentCore as a principal."""
    return any(
        statement.effect is Effect.ALLOW and name.value == SERVICE
        for statement in key_policy.statements
        for name in (statement.principals.names if statement.principals else ())
    )


def may_let_evaluations_use(key_policy: Policy) -> bool:
    """Whether a key policy lets the service in and does not say for what: evaluations may use it,
    and so may memories and gateways, whose own pages bind the service no further."""
    return any(
        lets_service_in(statement) and not any(map(_leaves_out, statement.conditions))
        for statement in key_policy.statements
    )


def lets_agentcore_in(key_policy: Policy) -> bool:
    """Whether a key policy names the service, for whatever it may use the key."""
    return any(
        lets_service_in(statement)
        and statement.principals is not None
        and SERVICE in {name.value for name in statement.principals.names}
        for statement in key_policy.statements
    )


def lets_service_in_for_anybody(key_policy: Policy) -> bool:
    """Whether a statement lets the service in and binds it to nothing: no account, no source."""
    return any(
        lets_service_in(statement)
        and not any(
            each.folded_key.startswith(("aws:source", "kms:encryptioncontext", "kms:viaservice"))
            for each in statement.conditions
        )
        for statement in key_policy.statements
    )


def names_of_users(key_policy: Policy) -> set[str]:
    """The principals that a key policy lets use the key, unless for something else."""
    return {
        name.value
        for action in USE
        for statement in key_policy.on(action.lower())[1]
        if statement.principals is not None and not is_for_something_else(statement)
        for name in statement.principals.names
    }


def leaves_to_identity_policies(key_policy: Policy) -> bool:
    """Whether a key policy lets the IAM policies of an account decide about the key's use.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    names = names_of_users(key_policy)
    return any(name.isdigit() or name.endswith(":root") for name in names)


def is_for_something_else(statement: Statement) -> bool:
    """Whether a statement of a key policy is bound to other services than AgentCore, or to another
    encryption context."""
    names = statement.principals.names if statement.principals else ()
    services = [name.value for name in names if name.value.endswith(("amazonaws.com", ".com.cn"))]
    return any(name != SERVICE for name in services) or any(
        not each.operator.negated
        and (
            (
                each.folded_key == "kms:viaservice"
                and not any("bedrock-agentcore" in text for text in each.texts)
            )
            or (
                each.folded_key.startswith("kms:encryptioncontext:")
                and each.folded_key != CONTEXT_KEY.lower()
            )
        )
        for each in statement.conditions
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


def target_of(key_policy: Policy) -> DeploymentTarget | None:
    """Where the evaluations are that a key policy names: the first that is written in full."""
    return next(filter(None, map(target_in, evaluation_arns(key_policy))), None)


def target_in(text: str) -> DeploymentTarget | None:
    """The deployment target in an evaluation's ARN, if it is written in full."""
    found = _EVALUATION.fullmatch(text)
    return None if found is None else DeploymentTarget(*found.groups())


def evaluation_arns(key_policy: Policy) -> Iterator[str]:
    """The ARNs or patterns of evaluations that conditions name."""
    for statement in key_policy.statements:
        for condition in statement.conditions:
            if condition.folded_key in SOURCE_KEYS:
                yield from (text for text in condition.texts if ":batch-evaluate/" in text)


def names_start(policy: Policy) -> bool:
    """Whether a statement of an identity policy that allows it names the start of evaluations, or
    misspells it: a key does not cease to be for them by that."""
    return any(map(names_actions, policy.on(START.lower())[1])) or any(
        statement.effect is Effect.ALLOW and any(map(_misspells_start, statement.actions.patterns))
        for statement in policy.statements
        if statement.actions is not None and not statement.actions.negated
    )


def _misspells_start(pattern: Pattern) -> bool:
    return is_no_action(pattern) and meant_action(pattern.text) == START


def allows_start(policy: Policy) -> bool:
    """Whether an identity policy lets evaluations start, by name or by a wildcard."""
    return bool(policy.on(START.lower())[1])


def names_service(policy: Policy) -> bool:
    """Whether a statement of an identity policy that allows it names actions of AgentCore."""
    return any(
        each.text.lower().startswith("bedrock-agentcore:")
        for statement in policy.on(START.lower())[1]
        if statement.actions is not None and not statement.actions.negated
        for each in statement.actions.patterns
    )


def names_evaluations(policy: Policy) -> bool:
    """Whether a statement of an identity policy that allows it names actions on evaluations, or
    evaluations themselves."""
    return any(
        statement.effect is Effect.ALLOW
        and (
            _names_actions_on_evaluations(statement)
            or any(
                ":batch-evaluate/" in each.text
                for each in (statement.resources.patterns if statement.resources else ())
            )
        )
        for statement in policy.statements
    )


def _names_actions_on_evaluations(statement: Statement) -> bool:
    actions = statement.actions
    return (
        actions is not None
        and not actions.negated
        and any(
            re.match("bedrock-agentcore:.*(batch|evaluation)", each.text.lower())
            for each in actions.patterns
        )
    )


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
