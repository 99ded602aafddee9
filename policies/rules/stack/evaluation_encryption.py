"""Every evaluation that anything in the stack starts is under a key.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html:
without `kmsKeyArn` it is under a key of AWS that nobody can audit or turn off.
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis import evaluation_access
from ...analysis.controllers import SCHEDULE
from ...analysis.direct_starters import SCRIPTS, calls_in, direct_starters, loaded
from ...analysis.environment import Environment
from ...analysis.evaluation_access import START
from ...analysis.evaluation_keys import KEY_ARN
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import Statement
from ...model.policy_documents import KEY_TYPES
from ...model.resource import Resource
from ...model.stack import known_text, variables

PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html"
NAMES_KEY = re.compile("kms-?key-?arn", re.IGNORECASE)
USE = "kms:GenerateDataKey"
HOLDERS = ("role", "user", "group")
WRITE = "write the evaluation key's ARN"


def unnamed_callers(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Who may start evaluations and whom no evaluation key lets use it."""
    if role in environment.callers.elsewhere:
        whom = next(filter(None, (role.text(each) for each in HOLDERS)), "somebody")
        yield f"it lets {whom} start evaluations, who is not in the stack; remove it"
        return
    if not environment.is_named(role, USE):
        for key in environment.keys.all:
            environment.keys.key_policy(key)  # one that is not known yet may name it
        through = _through(role, environment, START)
        uses = list(_uses(role, environment))
        if uses:
            yield (
                f"it may start evaluations, through {through}, and {'; '.join(uses)}: remove "
                f"{START}, or name it as a caller in the key policy, under the encryption context "
                "of an evaluation"
            )
            return
        yield (
            f"it may start evaluations, through {through}, and no evaluation key here lets it use "
            f"it, so that they fail or are not under the key; remove {START}, or name it as a "
            "caller in the key policy"
        )


def _uses(holder: Resource, environment: Environment) -> Iterator[str]:
    """Which evaluation keys somebody may use whose policies do not name them: a key's policy may
    let everybody, or leave it to the account's IAM policies.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    for key in environment.keys.evaluation_keys:
        policy = environment.keys.key_policy(key)
        if policy is None and environment.keys.policy_holder(key).text("policy"):
            continue  # AWS refuses it
        if policy is not None and "*" in evaluation_access.names_let(policy, USE):
            yield f"{key.name}'s policy lets everybody use the key"
        elif policy is None or evaluation_access.leaves_to_identity_policies(policy):
            own = _through(holder, environment, USE, known_text(key, "arn"))
            if own:
                yield (
                    f"{key.name}'s policy leaves the key's use to IAM policies, of which {own} "
                    "allows it"
                )


def _through(holder: Resource, environment: Environment, action: str, arn: str = "") -> str:
    """The statements that allow somebody an action, on a key if it is about one."""
    return " and ".join(
        f"{statement} of {policy.name}"
        for _, policy in environment.identities.held(holder)
        for statement in policy.on(action.lower())[1]
        if action != USE or _may_be_about(statement, arn)
    )


def _may_be_about(statement: Statement, arn: str) -> bool:
    """Whether a statement is about a key; before the key has an ARN, about any."""
    resources = statement.resources
    if resources is None or resources.negated or not arn:
        return True
    return any(each.matches(arn, {}) is not False for each in resources.patterns)


def callers(environment: Environment) -> list[Resource]:
    """Principals that may start evaluations, unless the controller uses a key of another stack."""
    given = (
        value for each in environment.controllers.functions for value in variables(each).values()
    )
    elsewhere = not environment.keys.evaluation_keys and any(
        KEY_ARN.fullmatch(value)
        and not any(environment.stack.called(value, type_) for type_ in KEY_TYPES)
        for value in given
    )
    return [] if elsewhere else [*environment.callers.all, *environment.callers.elsewhere]


def without_key(starter: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Calls of the API that name no key, or one of elsewhere."""
    if starter.type in SCRIPTS:
        path = SCRIPTS[starter.type]
        if not NAMES_KEY.search(starter.text(path)):
            yield f"{path} starts evaluations without the key; {WRITE}"
        return
    how = starter.text("target.arn") or "its definition"
    if starter.type == SCHEDULE:
        calls = [loaded(starter.text("target.input"))]
    else:
        calls = list(calls_in(loaded(starter.text("definition"))))
    for call in calls:
        named = [value for name, value in call.items() if name.lower().startswith("kmskeyarn")]
        if not named:
            yield f"{how} starts evaluations without KmsKeyArn; {WRITE}"
        for value in named:
            known = str(value).startswith("arn:") and environment.keys.evaluation_keys
            if known and not any(
                key in environment.keys.evaluation_keys
                for type_ in KEY_TYPES
                for key in environment.stack.called(str(value), type_)
            ):
                yield f"{how} starts evaluations under {value}, no evaluation key here; {WRITE}"


EVALUATION_CALLERS = StackRule(
    About(
        "evaluation-callers",
        "Every role or user that may start evaluations is a caller in an evaluation key's policy.",
        Severity.HIGH,
        "Remove StartBatchEvaluation from the policies of roles and users that are no callers.",
        PAGE,
        controls=nist("SC-28", "AC-6"),
    ),
    callers,
    "nobody here may start batch evaluations, or their key's policy is not in the stack",
    unnamed_callers,
)
EVALUATION_STARTS = StackRule(
    About(
        "evaluation-starts-with-key",
        "Schedules, state machines, builds and runbooks that start evaluations name the key.",
        Severity.HIGH,
        "Start evaluations through the controller, or pass KmsKeyArn.",
        PAGE,
        controls=nist("SC-28"),
    ),
    direct_starters,
    "nothing here calls StartBatchEvaluation by itself",
    without_key,
)
