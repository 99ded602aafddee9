"""Who in the stack, beside callers, reads or deletes results: by the API, or in their log group.

Results in CloudWatch Logs are readable for whoever may read the group, without the evaluation key.
What a holder's own policies deny it does not do: that is asked of each finding.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from ..access import Effect, Policy, Statement, UnprovableError, who_can
from ..environment import Environment
from ..evaluations import evaluation_arns
from ..frameworks import nist
from ..holders import GROUP, ROLE, USER
from ..resource import Resource
from ..rule import TEXTS, About, Parameter, Settings, StackRule

PAGE = (
    "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html"
)
EVALUATION_ACTIONS = (
    "bedrock-agentcore:DeleteBatchEvaluation",
    "bedrock-agentcore:GetBatchEvaluation",
    "bedrock-agentcore:StopBatchEvaluation",
)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
LOG_ACTIONS = (
    "logs:CreateExportTask",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:PutRetentionPolicy",
    "logs:StartLiveTail",
    "logs:StartQuery",
)
READERS = Parameter(
    [],
    "Names of roles, users and groups of the stack that may.",
    TEXTS,
)


def evaluation_readers(
    key: Resource, environment: Environment, settings: Settings
) -> Iterator[str]:
    """Who may read, stop or delete evaluations under the key, and is not named in its policy."""
    policy = environment.key_policy(key)
    scope = () if policy is None else tuple(dict.fromkeys(evaluation_arns(policy)))
    scope = scope or (environment.place(key).evaluations,)
    for holder, said in reaching(environment, EVALUATION_ACTIONS, scope, "its evaluations"):
        named = environment.is_named(holder, "kms:Decrypt")
        if not named and holder.text("name") not in settings.texts("readers"):
            yield f"{said}; take it out, or name it in readers"


def log_readers(group: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Who may read what the group holds, or delete it, at once or after a day."""
    place = environment.place(group)
    start = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group"
    arn = f"{start}:{group.text('name')}"
    for holder, said in reaching(environment, LOG_ACTIONS, (arn, f"{arn}:*"), "it"):
        if holder.text("name") not in settings.texts("readers"):
            yield f"{said}; take it out, or name it in readers"


def reaching(
    environment: Environment, actions: Sequence[str], patterns: Sequence[str], what: str
) -> Iterator[tuple[Resource, str]]:
    """The roles, users and groups, other than callers, that may do something to what the patterns
    mean, and which statement lets them do what."""
    for holder in environment.of(ROLE, USER, GROUP):
        if holder in environment.callers:
            continue
        policies = [policy for _, policy in environment.held(holder)]
        denying = any(
            each.effect is Effect.DENY for policy in policies for each in policy.statements
        )
        account = environment.account(holder) if denying else ""
        for policy in policies:
            for statement in policy.statements:
                about = [each for each in actions if statement in policy.on(each.lower())[1]]
                examples = list(_examples(statement, patterns)) if about else []
                allowed = [
                    action
                    for action in about
                    if any(
                        not denying or _is_left(policies, account, action, each)
                        for each in examples
                    )
                ]
                if allowed:
                    may = f"{holder.name} may {' and '.join(allowed)} on {what}"
                    yield holder, f"{may}, through {statement} of {policy.name}"


def _examples(statement: Statement, patterns: Sequence[str]) -> Iterator[str]:
    """Something that a pattern means and that a statement is about, for each pattern and each
    narrower text of the statement."""
    resources = statement.resources
    if resources is None:
        return
    for pattern in patterns:
        example = pattern.replace("*", "any")
        if resources.matches(example, {}):
            yield example
        for each in () if resources.negated else resources.patterns:
            narrower = each.text.replace("*", "any")
            if fnmatchcase(narrower, pattern):
                yield narrower


def _is_left(policies: Sequence[Policy], account: str, action: str, resource: str) -> bool:
    """Whether no Deny of the same holder takes away what a statement of it allows: asked of the
    proof only where conditions decide."""
    denials = [
        each
        for policy in policies
        for each in policy.on(action.lower())[0]
        if each.resources is not None and each.resources.matches(resource, {})
    ]
    if not denials or not all(each.conditions for each in denials):
        return not denials
    holder = f"arn:aws:iam::{account}:user/holder"
    try:
        found = who_can(action, resource, None, {holder: policies}, owner=account)
    except UnprovableError:
        return True
    return any(access.who == holder for access in found)


EVALUATION_READERS = StackRule(
    About(
        "evaluation-readers",
        "No role, user or group of the stack but callers reads, stops or deletes evaluations.",
        Severity.HIGH,
        "Take the actions out, or name who is meant to read in the key policy or in readers.",
        PAGE,
        controls=nist("AC-3", "AC-6"),
        parameters={"readers": READERS},
    ),
    lambda environment: environment.evaluation_keys,
    "no key here is one that batch evaluations use",
    evaluation_readers,
)
RESULT_READERS = StackRule(
    About(
        "result-log-readers",
        "No role, user or group of the stack but callers reads or deletes results in logs.",
        Severity.HIGH,
        "Take the log group out of the policy, or name who is meant to read in readers.",
        PAGE,
        controls=nist("AC-3", "AC-6", "AU-9"),
        parameters={"readers": READERS},
    ),
    lambda environment: environment.result_groups,
    "no log group here takes results of batch evaluations",
    log_readers,
)
