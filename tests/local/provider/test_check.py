"""Inputs that pulumi_aws or this provider does not know are refused by path."""

from typing import Any, get_args

import pytest
from pulumi import _types
from pulumi.runtime.rpc import UNKNOWN

from local.provider.check import Failure
from local.provider.lifecycle import DEFAULTED, Naming, Provider, UnsupportedError
from local.provider.properties import ARCHIVE, SIGNATURE
from local.provider.resource import required_inputs
from local.provider.resource_types import RESOURCES

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
FUNCTION = "aws:lambda/function:Function"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
SCHEDULE = "aws:scheduler/schedule:Schedule"
DEFAULT = "applyServerSideEncryptionByDefault"
RULE = {"id": "expire", "status": "Enabled"}


def check(provider: Provider, token: str, inputs: dict[str, Any]) -> list[Failure]:
    return provider.check(token, "thing", inputs, {}, Naming(seed=b"seed"))[1]


@pytest.mark.parametrize(
    ("token", "inputs", "path", "reason"),
    [
        pytest.param(
            KEY, {"polcy": "{}"}, "polcy", "did you mean policy?", id="a misspelt property"
        ),
        pytest.param(
            ENCRYPTION,
            {"bucket": "b", "rules": [{DEFAULT: {"sseAlgorithm": "aws:kms", "kmsKeyId": "k"}}]},
            f"rules[0].{DEFAULT}.kmsKeyId",
            "did you mean kmsMasterKeyId?",
            id="a misspelt key two levels down",
        ),
        pytest.param(
            LIFECYCLE,
            {"bucket": "b", "rules": [RULE, {**RULE, "expiration": {"day": 3}}]},
            "rules[1].expiration.day",
            "did you mean days?",
            id="a misspelt key in the second item of a list",
        ),
        pytest.param(
            KEY, {"xksKeyId": "x"}, "xksKeyId", "not supported", id="an unsupported property"
        ),
        pytest.param(
            LIFECYCLE,
            {"bucket": "b", "rules": [{**RULE, "transitions": [{"storageClass": "GLACIER"}]}]},
            "rules[0].transitions",
            "not supported",
            id="an unsupported nested property",
        ),
        pytest.param(ALIAS, {"name": "alias/a"}, "targetKeyId", "required", id="a missing input"),
        pytest.param(
            VERSIONING,
            {"bucket": "b", "versioningConfiguration": {}},
            "versioningConfiguration.status",
            "required",
            id="a missing nested input",
        ),
        pytest.param(
            KEY,
            {"deletionWindowInDays": "30"},
            "deletionWindowInDays",
            "expected an integer, got '30'",
            id="text for a number",
        ),
        pytest.param(
            KEY,
            {"deletionWindowInDays": 7.5},
            "deletionWindowInDays",
            "expected an integer, got 7.5",
            id="a fraction for an integer",
        ),
        pytest.param(
            KEY, {"isEnabled": 1}, "isEnabled", "expected a boolean, got 1", id="one for true"
        ),
        pytest.param(
            GROUP,
            {"retentionInDays": True},
            "retentionInDays",
            "expected an integer, got True",
            id="true for one",
        ),
        pytest.param(
            KEY, {"description": 5}, "description", "expected a string, got 5", id="number for text"
        ),
        pytest.param(KEY, {"tags": ["a"]}, "tags", "expected an object", id="a list for an object"),
        pytest.param(
            KEY, {"tags": {"a": 5}}, "tags.a", "expected a string, got 5", id="a number as tag"
        ),
        pytest.param(
            LIFECYCLE,
            {"bucket": "b", "rules": RULE},
            "rules",
            "expected a list",
            id="an object for a list",
        ),
        pytest.param(
            FUNCTION,
            {"role": "r", "architectures": ["arm"]},
            "architectures[0]",
            "expected one of 'x86_64', 'arm64', got 'arm'",
            id="a value beyond the enumeration in a list",
        ),
        pytest.param(
            VERSIONING,
            {"bucket": "b", "versioningConfiguration": {"status": "On"}},
            "versioningConfiguration.status",
            "expected one of 'Enabled', 'Suspended', 'Disabled', got 'On'",
            id="a value beyond the enumeration",
        ),
        pytest.param(
            POLICY,
            {"bucket": "b", "policy": {"Version": "2012", "Statement": []}},
            "policy.Version",
            "expected one of '2012-10-17', '2008-10-17', got '2012'",
            id="a value beyond an enumeration of pulumi_aws",
        ),
        pytest.param(
            KEY,
            {"deletionWindowInDays": 3},
            "deletionWindowInDays",
            "expected 7 to 30, got 3",
            id="a number below its bound",
        ),
        pytest.param(
            FUNCTION,
            {"role": "r", "timeout": 901},
            "timeout",
            "expected 1 to 900, got 901",
            id="a number above its bound",
        ),
        pytest.param(
            GROUP,
            {"retentionInDays": 8},
            "retentionInDays",
            "got 8",
            id="a retention that CloudWatch Logs does not offer",
        ),
        pytest.param(
            FUNCTION,
            {"role": "r", "code": "code.zip"},
            "code",
            "expected an archive, got 'code.zip'",
            id="text for an archive",
        ),
        pytest.param(
            FUNCTION,
            {"role": "r", "code": {SIGNATURE: ARCHIVE, "path": "code.zip"}},
            "code",
            "write an absolute path, or start the provider in the program's folder",
            id="an archive with a path that is relative to another folder",
        ),
        pytest.param(
            FUNCTION,
            {"role": "r", "code": {SIGNATURE: ARCHIVE, "path": "/no/such/code.zip"}},
            "code",
            "found no /no/such/code.zip",
            id="an archive that is not there",
        ),
        pytest.param(
            FUNCTION,
            {"role": "r", "code": {SIGNATURE: ARCHIVE, "uri": "https://example.com/code.zip"}},
            "code",
            "expected a local file or folder",
            id="an archive elsewhere",
        ),
    ],
)
def test_a_wrong_input_is_named(
    offline: Provider, token: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    (failure,) = check(offline, token, inputs)
    assert failure.property == path
    assert reason in failure.reason


def test_all_wrong_inputs_are_named_at_once(offline: Provider) -> None:
    wrong = check(offline, KEY, {"polcy": "", "isEnabled": "yes", "deletionWindowInDays": 3})
    assert {failure.property for failure in wrong} == {"polcy", "isEnabled", "deletionWindowInDays"}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        pytest.param(KEY, {"policy": UNKNOWN, "tags": UNKNOWN}, id="unknown values"),
        pytest.param(KEY, {"tags": {"a": UNKNOWN}}, id="an unknown value inside"),
        pytest.param(ENCRYPTION, {"bucket": "b", "rules": UNKNOWN}, id="an unknown list"),
        pytest.param(POLICY, {"bucket": "b", "policy": '{"Version": "x"}'}, id="a policy as text"),
        pytest.param(
            POLICY,
            {"bucket": "b", "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]}},
            id="a policy as an object",
        ),
        pytest.param(FUNCTION, {"role": "r", "runtime": "python9.1"}, id="a runtime yet to come"),
        pytest.param(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "r", "policyArn": "arn:aws:iam::111122223333:policy/own"},
            id="a policy that is none of AWS's own",
        ),
    ],
)
def test_a_right_input_passes(offline: Provider, token: str, inputs: dict[str, Any]) -> None:
    assert check(offline, token, inputs) == []


def test_an_unsupported_type_is_named(offline: Provider) -> None:
    with pytest.raises(
        UnsupportedError, match=r"^aws:dynamodb/table:Table: .* no such resource type"
    ):
        check(offline, "aws:dynamodb/table:Table", {})


def test_inputs_gain_nothing_but_a_name(offline: Provider) -> None:
    inputs, _ = offline.check(KEY, "thing", {"description": "d"}, {}, Naming(seed=b"seed"))
    assert inputs == {"description": "d"}


class TestNames:
    def test_a_missing_name_is_made_of_the_logical_one(self, offline: Provider) -> None:
        inputs, _ = offline.check(BUCKET, "thing", {}, {}, Naming(seed=b"seed"))
        again, _ = offline.check(BUCKET, "thing", {}, {}, Naming(seed=b"seed"))
        other, _ = offline.check(BUCKET, "thing", {}, {}, Naming(seed=b"other"))
        assert inputs["bucket"].startswith("thing-")
        assert inputs == again
        assert inputs != other

    def test_a_made_name_stays(self, offline: Provider) -> None:
        olds = {"bucket": "thing-1234567", DEFAULTED: ["bucket"]}
        inputs, _ = offline.check(BUCKET, "thing", {}, olds, Naming(seed=b"other"))
        assert inputs == olds

    def test_a_name_no_longer_declared_is_made_anew(self, offline: Provider) -> None:
        inputs, _ = offline.check(BUCKET, "thing", {}, {"bucket": "mine"}, Naming(seed=b"seed"))
        assert inputs["bucket"] != "mine"

    def test_the_engines_proposal_is_taken(self, offline: Provider) -> None:
        inputs, _ = offline.check(BUCKET, "thing", {}, {}, Naming(proposed="dev-thing"))
        assert inputs["bucket"] == "dev-thing"

    def test_an_alias_begins_as_kms_demands(self, offline: Provider) -> None:
        inputs, _ = offline.check(ALIAS, "thing", {"targetKeyId": "k"}, {}, Naming(seed=b"seed"))
        assert inputs["name"].startswith("alias/thing-")

    def test_a_name_is_demanded_where_none_may_be_made(self, offline: Provider) -> None:
        _, wrong = offline.check(BUCKET, "thing", {}, {}, Naming(disabled=True))
        assert [failure.property for failure in wrong] == ["bucket"]


@pytest.mark.parametrize("token", RESOURCES)
def test_every_supported_property_is_one_of_pulumi_aws(token: str) -> None:
    """A table that names a property otherwise than pulumi_aws would never be asked for it."""

    def walk(declared: Any, fields: Any) -> None:
        types = _types.input_type_types(declared)
        assert set(fields) <= set(types)
        for name, field in fields.items():
            nested = _nested(types[name]) if field.fields else None
            if nested:
                walk(nested, field.fields)

    kind = RESOURCES[token]
    walk(kind.inputs, kind.fields)
    assert required_inputs(kind.inputs) <= set(kind.fields)


def _nested(declared: Any) -> Any:
    if isinstance(declared, type) and _types.is_input_type(declared):
        return declared
    return next((found for arg in get_args(declared) if (found := _nested(arg))), None)
