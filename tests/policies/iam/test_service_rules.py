"""What a service decides itself: decided for one request, and proved over all of them alike."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import botocore
import pytest

from policies.iam import (
    Policies,
    Principal,
    Request,
    check_no_new_access,
    equivalent,
    explain,
    is_authorized,
    list_principals,
    would_lock_out,
)
from policies.iam.authorize.service_rules import stays_in_account
from policies.iam.language.action_names import known_actions

ACCOUNT, OTHER = "111122223333", "444455556666"
PARTNER, ADMINISTRATOR = f"arn:aws:iam::{OTHER}:role/partner", f"arn:aws:iam::{ACCOUNT}:role/admin"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
BUCKET, QUEUE = "arn:aws:s3:::b", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
ACROSS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html"
POLICY_OPERATIONS = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]


def _let(principal, *actions, effect="Allow", resource: Any = "*", **more):
    named = {"Principal": principal} if principal else {}
    element = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return {**element, **named, **more}


@pytest.fixture
def partner(policy):
    """Whether a role of another account may do something that the resource's policy, its own and
    everything else allow: decided, and looked for among all requests."""

    def may(kind, action, resource, role=PARTNER):
        resources = {"KEY": "*", "BUCKET": BUCKET, "RESOURCE": "*"}
        let = policy(kind, _let({"AWS": role}, action, resource=resources[kind]))
        own = policy("IDENTITY", _let(None, "*"))
        name = role.rpartition("/")[2]
        account = role.split(":")[4]
        session = f"arn:aws:sts::{account}:assumed-role/{name}/s"
        request = Request(
            Principal.of(session, issuer_arn=role), action, resource, resource_account=ACCOUNT
        )
        decision = is_authorized(request, Policies((own,), let))
        found = {
            access.who
            for access in list_principals(action, resource, let, {role: [own]}, owner=ACCOUNT)
        }
        assert (role in found) is decision.allowed
        return decision

    return may


ADMINISTRATION = [
    ("KEY", "kms:PutKeyPolicy", KEY),
    ("KEY", "kms:ScheduleKeyDeletion", KEY),
    ("KEY", "kms:DisableKey", KEY),
    ("KEY", "kms:GetKeyPolicy", KEY),
    ("KEY", "kms:ReplicateKey", KEY),
    *(("BUCKET", action, BUCKET) for action in POLICY_OPERATIONS),
    ("RESOURCE", "sqs:SetQueueAttributes", QUEUE),
    ("RESOURCE", "sqs:StartMessageMoveTask", QUEUE),
]
USE = [
    ("KEY", "kms:Decrypt", KEY),
    ("KEY", "kms:CreateGrant", KEY),
    ("KEY", "kms:RevokeGrant", KEY),
    ("KEY", "kms:ReEncryptFrom", KEY),
    ("BUCKET", "s3:ListBucket", BUCKET),
    ("BUCKET", "s3:PutBucketVersioning", BUCKET),
    ("RESOURCE", "sqs:ReceiveMessage", QUEUE),
]


@pytest.mark.parametrize(("kind", "action", "resource"), ADMINISTRATION)
def test_administration_across_accounts_has_no_effect(partner, kind, action, resource):
    decision = partner(kind, action, resource)
    assert not decision.allowed, ACROSS
    assert f"permissions for {action} have no effect across accounts" in decision.message
    assert decision.message in explain(decision.request, decision.policies)
    assert partner(kind, action, resource, ADMINISTRATOR).allowed


@pytest.mark.parametrize(("kind", "action", "resource"), USE)
def test_use_across_accounts_has_effect(partner, kind, action, resource):
    assert partner(kind, action, resource).allowed, ACROSS


def test_each_operation_of_kms_and_sqs_is_as_the_api_reference_says():
    """As botocore's models repeat it: "Cross-account use: No", "Cross-account permissions don't
    apply to this action"."""
    for service in ("kms", "sqs"):
        (model,) = (Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz")
        for name, operation in json.loads(gzip.decompress(model.read_bytes()))[
            "operations"
        ].items():
            text = " ".join(re.sub("<[^>]+>", "", operation["documentation"]).split())
            use = re.search(r"Cross-account use ?: (Yes|No)\b", text)
            if service == "sqs" or use:
                no = use[1] == "No" if use else "Cross-account permissions don't apply" in text
                names = {"ReEncrypt": ["ReEncryptFrom", "ReEncryptTo"]}.get(name, [name])
                for each in names:
                    action = f"{service}:{each}".lower()
                    if "MessageMoveTask" not in each:  # the guide says it of them, the API does not
                        assert action not in known_actions() or stays_in_account(action) is no, each


def test_a_key_policy_that_differs_in_administration_across_accounts_is_equivalent(policy):
    own = _let({"AWS": ACCOUNT}, "kms:*")
    one = policy("KEY", own)
    other = policy("KEY", own, _let({"AWS": PARTNER}, "kms:PutKeyPolicy", "kms:DisableKey"))
    assert equivalent(one, other, resource=KEY).proved
    more = policy("KEY", own, _let({"AWS": PARTNER}, "kms:PutKeyPolicy", "kms:Decrypt"))
    counterexample = check_no_new_access(more, one, resource=KEY).counterexample
    assert counterexample is not None
    assert counterexample.request.action == "kms:Decrypt"


def test_a_role_of_another_account_does_not_keep_a_key_from_being_locked(policy, principal):
    key = policy("KEY", _let({"AWS": PARTNER}, "kms:PutKeyPolicy"))
    own = Policies((policy("IDENTITY", _let(None, "*")),))
    assert would_lock_out(key, principal("role/partner", account=OTHER), own, key_arn=KEY)
    assert not would_lock_out(
        key, principal("role/partner", account=OTHER), own, key_arn=KEY.replace(ACCOUNT, OTHER)
    )


@pytest.mark.parametrize("whom", ["*", {"AWS": ACCOUNT}])
def test_the_owners_root_user_keeps_the_bucket_policy_whatever_it_denies(policy, principal, whom):
    bucket = policy("BUCKET", _let(whom, "s3:*", effect="Deny", resource=[BUCKET, f"{BUCKET}/*"]))
    everything = policy("IDENTITY", _let(None, "*"))

    def may(who, action, resource=BUCKET, **applied):
        request = Request(who, action, resource, resource_account=ACCOUNT)
        return is_authorized(request, Policies(resource=bucket, **applied)).allowed

    root, elsewhere = principal("root"), principal("root", account=OTHER)
    for action in POLICY_OPERATIONS:
        assert may(root, action)
        assert not may(principal("role/admin"), action, identity=(everything,))
        assert not may(elsewhere, action)
        found = list_principals(
            action, BUCKET, bucket, {ADMINISTRATOR: [everything]}, owner=ACCOUNT
        )
        assert {access.who for access in found} == {f"the root user of account {ACCOUNT}"}
        control = policy("SERVICE_CONTROL", _let(None, "s3:*", effect="Deny"))
        assert not may(root, action, service_control=((control,),)), "the organization stops it"
        resource = policy("RESOURCE_CONTROL", _let("*", "s3:*", effect="Deny"))
        assert not may(root, action, resource_control=(resource,))
    assert not may(root, "s3:ListBucket")
    assert not may(root, "s3:GetObject", f"{BUCKET}/k")
    assert list_principals("s3:PutBucketVersioning", BUCKET, bucket, owner=ACCOUNT) == ()


def test_a_denial_of_the_bucket_policy_to_the_root_user_is_proved_to_change_nothing(policy):
    root = f"arn:aws:iam::{ACCOUNT}:root"
    by_root = {"ArnEquals": {"aws:PrincipalArn": root}}
    allowing = _let({"AWS": ACCOUNT}, "s3:PutBucketPolicy", resource=BUCKET)
    denying = _let("*", "s3:PutBucketPolicy", effect="Deny", resource=BUCKET, Condition=by_root)
    one, other = policy("BUCKET", allowing), policy("BUCKET", allowing, denying)
    assert equivalent(one, other, resource=BUCKET, owner=ACCOUNT).proved
