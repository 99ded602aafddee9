"""Requests that a bucket policy does not deny: proofs over all objects."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from ..iam import Counterexample, Policies, Policy, PolicyType, Statement, check_no_new_access
from ..model import policy_documents
from ..model.resource import Resource
from .environment import Environment
from .evaluation_access import DeploymentTarget
from .examples import in_words
from .proofs import with_statements
from .wording import keys_of

EVERYTHING = ("s3:*",)
Conditions = Mapping[str, Mapping[str, object]]


def may(counterexample: Counterexample) -> str:
    """What gets through, in words."""
    request = counterexample.request
    on = in_words(request.resource)
    return f"whoever is allowed s3:* may {request.action} on {on} {keys_of(request)}"


def not_denied(
    bucket: Resource,
    environment: Environment,
    actions: Sequence[str],
    bound: Conditions,
    fixed: Mapping[str, str] | None = None,
    *,
    without: Callable[[Statement], bool] | None = None,
) -> Counterexample | None:
    """A request that the policy does not deny, and that is not as it has to be. Actions named one
    by one are about objects; `without` says which statements not to count on."""
    return _not_denied(
        policy_text(bucket, environment),
        bucket.text("bucket"),
        environment.deployment.target(bucket),
        json.dumps([actions, bound, fixed]),
        without,
    )


def policy_text(bucket: Resource, environment: Environment) -> str:
    """The bucket's policy, in a resource beside it or in the bucket itself."""
    texts = [each.text("policy") for each in environment.bucket_policies(bucket)]
    return texts[0] if texts else bucket.text("policy")


@lru_cache(maxsize=4096)
def _not_denied(
    text: str,
    bucket: str,
    target: DeploymentTarget,
    asked: str,
    without: Callable[[Statement], bool] | None,
) -> Counterexample | None:
    actions, bound, fixed = json.loads(asked)
    arn = f"arn:{target.partition}:s3:::{bucket}"
    on = [arn, f"{arn}/*"] if actions == list(EVERYTHING) else [f"{arn}/*"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": on}
    policy = policy_documents.parsed(text, PolicyType.BUCKET, "") if text else None
    if policy is not None and not isinstance(policy, Policy):
        return None  # the rule about well-formed documents reports it
    if policy is not None and without is not None:
        kept = tuple(each for each in policy.statements if not without(each))
        policy = replace(policy, statements=kept)
    new = Policies((_identity(allowed),), policy)
    reference = Policies((_identity({**allowed, "Resource": "*", "Condition": bound}),))
    return check_no_new_access(new, reference, owner=target.account, fixed=fixed).counterexample


def _identity(statement: Mapping[str, object]) -> Policy:
    return cast(
        "Policy", policy_documents.parsed(with_statements("", statement), PolicyType.IDENTITY, "")
    )


KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"

ALGORITHM_HEADER = "s3:x-amz-server-side-encryption"
