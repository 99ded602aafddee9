"""AWS's managed policies: the file that the pack reads is what its source says today."""

import json

from policies.analysis.managed_policies import asked_about, managed
from policies.iam import PolicyType, parse_policy
from policies.rules.bucket.copies import OBJECT_ACTIONS
from policies.rules.roles.result_readers import EVALUATION_ACTIONS, LOG_ACTIONS
from tools import managed_policies

AWS = "arn:aws:iam::aws:policy/"


def test_the_file_is_what_would_be_written() -> None:
    assert managed_policies.PLACE.read_text("utf-8") == managed_policies.text()


def test_what_rules_ask_about_is_kept() -> None:
    asked = {action.lower() for action in (*OBJECT_ACTIONS, *EVALUATION_ACTIONS, *LOG_ACTIONS)}
    assert asked <= asked_about()


def test_what_a_policy_of_aws_allows_is_read_by_its_name() -> None:
    administrator, basic = (
        managed(f"{AWS}AdministratorAccess"),
        managed(f"{AWS}service-role/AWSLambdaBasicExecutionRole"),
    )
    assert administrator is not None
    assert administrator.on("kms:putkeypolicy")[1]
    assert basic is not None
    assert not basic.on("logs:getlogevents")[1]
    assert managed(f"{AWS}AmazonTomorrowAccess") is None
    assert managed("arn:aws:iam::111122223333:policy/AdministratorAccess") is None


def test_what_is_longer_than_anybody_elses_may_be_is_not_known() -> None:
    """IAM's limit of a document's size is not AWS's own."""
    whole = json.loads(managed_policies.PLACE.read_text("utf-8"))
    unknown = {name for name in whole if managed(f"{AWS}{name}") is None}
    assert all(len(json.dumps(whole[name])) > 10_240 for name in unknown)
    assert len(unknown) < 5
    statements = {"Version": "2012-10-17", "Statement": whole["ReadOnlyAccess"]}
    assert parse_policy(statements, PolicyType.IDENTITY).on("s3:getobject")[1]
