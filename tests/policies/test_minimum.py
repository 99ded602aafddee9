"""The documented minimum fulfils every rule about what is too much for an evaluation key.

Rules rest on that: once a policy is proved to be within the minimum, they ask nothing further.
"""

import json

import pytest

from policies.analysis.environment import Environment
from policies.analysis.evaluation_access import DeploymentTarget
from policies.analysis.evaluation_key_policy import KeyPolicy, documented
from policies.framework.rule import Settings, StackRule
from policies.model.resource import Resource
from policies.rules.key import administration, conditions, key_users

ACCOUNT = "111122223333"
DEPLOYMENT_TARGETS = [
    DeploymentTarget("aws", "us-east-1", ACCOUNT),
    DeploymentTarget("aws-cn", "cn-north-1", ACCOUNT),
    DeploymentTarget("aws-us-gov", "us-gov-west-1", ACCOUNT),
]
REST_ON_IT = [
    key_users.EVALUATION_KEY_USERS,
    key_users.EVALUATION_KEY_OPERATIONS,
    conditions.EVALUATION_KEY_CALLER_CONTEXT,
    conditions.EVALUATION_KEY_SERVICE_SOURCE,
    administration.EVALUATION_KEY_ADMINISTRATORS,
    administration.EVALUATION_KEY_GRANTS,
]


@pytest.mark.parametrize(
    "target", DEPLOYMENT_TARGETS, ids=[target.partition for target in DEPLOYMENT_TARGETS]
)
@pytest.mark.parametrize("rule", REST_ON_IT, ids=[rule.name for rule in REST_ON_IT])
@pytest.mark.parametrize("callers", [[], ["role/One"], ["role/One", "user/ann"]], ids=len)
def test_the_minimum_fulfils_the_rule_without_the_proof(
    rule: StackRule, target: DeploymentTarget, callers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arns = [f"arn:{target.partition}:iam::{ACCOUNT}:{caller}" for caller in callers]
    text = json.dumps(documented(target, arns))
    key = Resource(
        {"policy": text}, "key", type="aws:kms/key:Key", urn="urn:pulumi:prod::p::t::key"
    )
    settings = Settings({}, rule.about.defaults)
    monkeypatch.setattr(KeyPolicy, "is_minimum", False)
    environment = Environment([key])
    assert environment.keys.evaluation_keys == [key]
    assert environment.deployment.target(key) == target
    assert list(rule.check(key, environment, settings)) == []
