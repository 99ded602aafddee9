"""The pack's summary: why rules had nothing to judge, what waits, and who can change a key.

Pulumi prints violations and nothing else: a rule that is not applicable is silent, so that a clean
run and one in which nothing was judged look the same. The summary is one advisory for each run that
has something to say. https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/
"""

from collections.abc import Iterator, Mapping, Sequence

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from ..analysis import evaluation_access
from ..analysis.environment import Environment
from ..framework.rule import ResourceRule, StackRule
from ..framework.stack_run import RUN, Outcome
from ..model.resource import Resource, Waiting
from .key.administration import BY_NAME, bound_by

NAME = "summary"
URL = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html"


class Summary(StackValidationPolicy):
    """One advisory about the pack's own run."""

    def __init__(self, rules: Sequence[ResourceRule | StackRule]) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            NAME,
            "The pack says what it could not judge, and what it cannot tell.",
            enforcement_level=EnforcementLevel.ADVISORY,
            display_name="Summary",
            severity=Severity.LOW,
            remediation_steps="Nothing has to be done if it is as it is meant.",
            url=URL,
        )
        self.rules = rules

    def validate(self, args: StackValidationArgs, report_violation: ReportViolation) -> None:
        """Report what there is to say, in one message."""
        if RUN.is_of_one:
            return
        lines = list(summary(RUN.environment(args.resources), self.rules, RUN.outcomes))
        if lines:
            report_violation("\n".join(lines), None)


def summary(
    environment: Environment,
    rules: Sequence[ResourceRule | StackRule],
    outcomes: Mapping[str, Outcome],
) -> Iterator[str]:
    """The lines of the summary; `outcomes` of the rules that this run has judged already."""
    undecided = environment.undecided()
    idle, waiting = 0, dict[str, set[str]]()
    for rule in rules:
        if isinstance(rule, StackRule):
            said = rule.name in outcomes
            found = outcomes[rule.name] if said else rule.judge(environment, undecided)
            idle += found is None
        else:
            judged = [rule.judge(each) for each in environment.stack.every()]
            found = tuple(message for each in judged if each for message in each)
        for message in found or ():
            waiting.setdefault(message, set()).add(rule.name)
    if not environment.keys.evaluation_keys:
        yield (
            f"no evaluation key found in this stack: {idle} rules had nothing to judge, because "
            f"{_why(environment, list(undecided))}"
        )
    if waiting:
        names = {name for each in waiting.values() for name in each}
        rules_wait = "1 rule waits" if len(names) == 1 else f"{len(names)} rules wait"
        yield (
            f"{rules_wait} for what is not known yet, and will be judged in the update, at its end "
            f"at the latest: {'; '.join(waiting)}"
        )
    for key in environment.keys.keys_of_work_alone:
        starters = environment.starters.broad
        given = [each for each in starters if environment.keys.works_with(each, key)]
        names = " and ".join(each.name for each in given or starters)
        why = (
            "what runs under it is given the key, or writes to a bucket under it"
            if given
            else "nothing else here has a use for the key"
        )
        yield (
            f"{key.name} is taken for an evaluation key: {names} may start batch evaluations by a "
            f"wildcard, and {why}; if the key is for something else, write the actions that "
            f"{names} needs instead of the wildcard"
        )
    for key in environment.keys.all:
        bound = _bound(environment, key)
        if bound and bound != BY_NAME:
            yield f"{key.name} is administered only {bound}: make sure that somebody can"


def _why(environment: Environment, undecided: Sequence[str]) -> str:
    """Why no key is an evaluation key."""
    if undecided:
        return f"what may show one is not known yet ({'; '.join(undecided)})"
    if environment.keys.uses_key_of_elsewhere():
        return "evaluations are under a key that is not in the stack"
    if environment.starters.named:
        who = " and ".join(each.name for each in environment.starters.named)
        return (
            f"{who} may start batch evaluations and no KMS key of this stack is one that they use; "
            "if one is, let its policy name them"
        )
    broad = environment.starters.broad
    open_ = [key for key in environment.keys.all if _may_serve(environment, key)]
    if broad and open_:
        keys, who = (" and ".join(each.name for each in group) for group in (open_, broad))
        return (
            f"nothing here names batch evaluations; {who} may start them by a wildcard, and {keys} "
            "may be for them: if so, write bedrock-agentcore:StartBatchEvaluation into the policy "
            "of who starts them, and the evaluations into the key's"
        )
    return "nobody in this stack may start batch evaluations" + (" by name" if broad else "")


def _may_serve(environment: Environment, key: Resource) -> bool:
    """Whether a key may be for evaluations as far as its policy says."""
    policy = environment.stack.known(environment.keys.key_policy, key)
    return (
        policy is None
        or evaluation_access.may_let_evaluations_use(policy)
        or evaluation_access.leaves_to_identity_policies(policy)
    )


def _bound(environment: Environment, key: Resource) -> str:
    try:
        return bound_by(environment.keys.policy_holder(key))
    except Waiting:
        return ""
