"""The documented minimum: not more, and not less.

Not more is a theorem about all requests; not less is asked of the very requests that callers and
service send.
"""

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from ...analysis import evaluation_access
from ...analysis.environment import Environment
from ...analysis.evaluation_access import ANYWHERE, CONTEXT_KEY, SERVICE, DeploymentTarget
from ...analysis.evaluation_key_policy import DOCUMENTED_USE, PAGE, KeyPolicy
from ...analysis.key_policy_principals import own_arn, principal_of
from ...analysis.wording import allowed_by, why_not
from ...framework.controls import nist
from ...framework.key_rule import NONE, key_rule
from ...framework.rule import About, Settings, StackRule
from ...iam import Decision, Policies, Policy, Principal, Request, is_authorized, nearest
from ...model.resource import Resource

WRITE = f"write the three statements of {PAGE}"


def more(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """A request that the policy allows beyond what is documented and administration."""
    counterexample = key.beyond_minimum()
    if counterexample is not None:
        yield f"{allowed_by(counterexample, on='the key')}; {WRITE} and one for administration"


def less(resource: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Who is refused what evaluations need."""
    policy = environment.keys.key_policy(resource)
    if policy is None:
        if not environment.keys.policy_holder(resource).text("policy"):
            yield f"it has KMS's default policy, which leaves its use to IAM policies; {WRITE}"
        return
    callers = _callers(policy)
    if not callers:
        yield f"{_without_callers(policy)}; {WRITE}"
    arns = list(evaluation_access.evaluation_arns(policy)) or [_anywhere(environment)]
    for caller in callers:
        # DescribeKey takes no encryption context: under such a condition it is denied.
        use = [(action, [CONTEXT_KEY]) for action in DOCUMENTED_USE]
        asked: list[tuple[str, list[str]]] = [("kms:DescribeKey", []), *use]
        refused = _refused_together(resource, policy, principal_of(caller), asked, arns)
        for action, why in refused:
            when = "" if action == "kms:DescribeKey" else " in an evaluation"
            yield f"{caller} is refused {action}{when}, {why}; {WRITE}"
    asked = [(action, [CONTEXT_KEY, "aws:SourceArn"]) for action in DOCUMENTED_USE]
    for action, why in _refused_together(resource, policy, Principal.service(SERVICE), asked, arns):
        yield (
            f"{SERVICE} is refused {action} for an evaluation of the account, {why}"
            f"{_other_spelling(policy)}; {WRITE}"
        )


def _refused_together(
    resource: Resource,
    policy: Policy,
    principal: Principal,
    asked: Sequence[tuple[str, list[str]]],
    arns: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """The actions that somebody is refused for the same reason, and the reason."""
    found: dict[tuple[str, bool], list[str]] = {}
    for action, keys in asked:
        refused = _refused(resource, policy, principal, action, keys, arns)
        if refused is not None:
            found.setdefault((why_not(refused), bool(keys)), []).append(action)
    for (why, _), actions in found.items():
        yield " and ".join(actions), why


def _other_spelling(policy: Policy) -> str:
    """The service principal of the policy that may have been meant to be AgentCore's."""
    for statement in policy.statements:
        for name in statement.principals.names if statement.principals else ():
            if name.value != SERVICE and name.value.endswith(".amazonaws.com"):
                near = nearest(name.value, (SERVICE,), 0.75)
                if near:
                    return f"; {statement} names {name.value}; did you mean {SERVICE}?"
    return ""


def _anywhere(environment: Environment) -> str:
    """The evaluations of the stack's place, where the key's policy names none."""
    return (
        environment.deployment.likely_target or DeploymentTarget("aws", "us-east-1", "0" * 12)
    ).evaluations


def _without_callers(policy: Policy) -> str:
    """What a policy says that names no caller."""
    if "*" in evaluation_access.names_let(policy, *DOCUMENTED_USE):
        return "its policy lets everybody use it, and names no role or user as a caller"
    if evaluation_access.leaves_to_identity_policies(policy):
        return (
            "its policy names no role or user as a caller, and leaves its use to the account's IAM "
            "policies"
        )
    return "its policy lets no role or user use it, so that no evaluation can start"


def _callers(policy: Policy) -> list[str]:
    names = evaluation_access.names_let(policy, *DOCUMENTED_USE)
    return sorted(name for name in names if ":role/" in name or ":user/" in name)


def _refused(
    resource: Resource,
    policy: Policy,
    principal: Principal,
    action: str,
    keys: list[str],
    arns: Sequence[str],
) -> Decision | None:
    """The refusal if it is allowed for no evaluation, with the keys that AWS documents alone."""
    refused: Decision | None = None
    for pattern in arns:
        arn = pattern.replace("*", "any")
        account = arn.split(":")[4]
        target = DeploymentTarget("aws", ANYWHERE, principal.account or account)
        key = own_arn(resource, policy, target)
        context = {name: arn for name in keys}
        if principal.account is None:
            context["aws:SourceAccount"] = account
        decision = is_authorized(
            Request(principal, action, key, context), Policies(resource=policy)
        )
        if decision.allowed:
            return None
        refused = refused or decision
    return refused


EVALUATION_KEY_MINIMUM = key_rule(
    About(
        "evaluation-key-minimum",
        "The evaluation key's policy is proved to allow no more than AWS documents and "
        "administration.",
        Severity.CRITICAL,
        "Replace the key policy by the three documented statements and one for administration.",
        PAGE,
        controls=nist("AC-6"),
    ),
    more,
)
EVALUATION_KEY_SERVES = StackRule(
    About(
        "evaluation-key-serves-evaluations",
        "The evaluation key's policy lets callers and AgentCore do what evaluations need.",
        Severity.HIGH,
        "Restore the documented statement that is missing or too narrow.",
        PAGE,
        controls=nist("CP-9"),
    ),
    lambda environment: environment.keys.evaluation_keys,
    NONE,
    less,
    on_documents=True,
)
