"""Names of AgentCore's own evaluators, in what starts evaluations: the service refuses another one.

A name that is near to none of these may be a newer evaluator: nothing is said of it.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/built-in-evaluators-overview.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.direct_starters import direct_starters
from ...analysis.environment import Environment
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import nearest
from ...model.resource import Resource
from ...model.stack import known_texts

PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/built-in-evaluators-overview.html"
EVALUATORS = tuple(
    f"Builtin.{name}"
    for name in (
        "Coherence",
        "Conciseness",
        "ContextRelevance",
        "Correctness",
        "FailureAnalysis",
        "Faithfulness",
        "GoalSuccessRate",
        "Harmfulness",
        "Helpfulness",
        "InstructionFollowing",
        "Refusal",
        "ResponseRelevance",
        "SkillInstructionFollowing",
        "SkillSelectionAccuracy",
        "Stereotyping",
        "ToolParameterAccuracy",
        "ToolSelectionAccuracy",
        "TrajectoryAnyOrderMatch",
        "TrajectoryExactOrderMatch",
        "TrajectoryInOrderMatch",
    )
)
_NAMED = re.compile(r"\bBuilt-?in[.:]\w+", re.IGNORECASE)


def misspelt(resource: Resource, _: Environment, __: Settings) -> Iterator[str]:
    """Names that are nearly those of an evaluator."""
    for path in resource.props:
        for text in known_texts(resource, path):
            for name in dict.fromkeys(_NAMED.findall(text)):
                near = nearest(name, EVALUATORS, 0.8)
                if near and near != name:
                    yield f"{path} names {name}, no evaluator of AgentCore; write {near}"


def starters(environment: Environment) -> list[Resource]:
    """Controllers, what invokes them, and what calls the API itself."""
    found = (*environment.controllers.functions, *environment.controllers.triggers)
    return list(dict.fromkeys((*found, *direct_starters(environment))))


EVALUATORS_KNOWN = StackRule(
    About(
        "evaluators-known",
        "Built-in evaluators are spelt correctly.",
        Severity.LOW,
        "Correct the name: the service refuses a start with an evaluator that it does not have.",
        PAGE,
        mandatory=False,
        controls=nist("CP-9"),
    ),
    starters,
    "nothing here starts batch evaluations",
    misspelt,
)
