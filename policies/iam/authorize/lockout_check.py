"""KMS's lock-out safety check: could the caller still change the key policy?

"The key policy must allow the calling principal to make a subsequent PutKeyPolicy request on the
KMS key", unless BypassPolicyLockoutSafetyCheck is set.
Source: docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..language.policy import Policy
from ..language.request import Principal, Request, Value
from .applicable_policies import Policies
from .authorizer import Decision, is_authorized


@dataclass(frozen=True, slots=True)
class Lockout:
    """The refusal: KMS's words, and the decision on the PutKeyPolicy request behind it."""

    decision: Decision
    code: str = "MalformedPolicyDocumentException"
    message: str = "The new key policy will not allow you to update the key policy in the future."


def would_lock_out(
    key_policy: Policy,
    caller: Principal,
    caller_policies: Policies,
    *,
    key_arn: str,
    context: Mapping[str, Value] | None = None,
) -> Lockout | None:
    """The lock-out that a new key policy would bring about, or None if there is none.

    `caller` is who creates the key or puts the policy, `caller_policies` are that principal's own
    policies (any resource policy among them is replaced by `key_policy`); with the account
    principal in the key policy they decide. `context` holds the condition keys of the request.
    """
    request = Request(caller, "kms:PutKeyPolicy", key_arn, context or {})
    decision = is_authorized(request, replace(caller_policies, resource=key_policy))
    return None if decision.allowed else Lockout(decision)
