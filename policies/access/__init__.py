"""What policy documents allow: decide one request by AWS's documented evaluation logic.

    key = parse_policy(text, PolicyKind.KEY, name="evaluation")
    request = Request(Principal.of(session_arn), "kms:Decrypt", key_arn, {"aws:SourceIp": address})
    policies = Policies(identity=(role_policy,), resource=key)
    decision = decide(request, policies)  # .allowed, .outcome, .decided_by, .near_misses, .message
    print(explain(request, policies))

Policies are parsed once and used for any number of decisions. Pure standard library. KMS grants,
access control lists and VPC endpoint policies take no part.
"""

from .compare import Comparison, compare, equivalent
from .conditions import Condition
from .decide import Decision, Outcome, decide
from .documents import Effect, Policy, Statement
from .explain import explain
from .faults import Fault, MalformedPolicyError
from .findings import Finding, Tested
from .kinds import PolicyKind
from .layers import Layer, Policies, Ruling
from .lockout import Lockout, would_lock_out
from .parse import parse_policy
from .principals import Grant, Principals
from .refusals import Refusal, UnprovableError
from .request import Principal, Request
from .witness import Proof, Witness

__all__ = [
    "Comparison",
    "Condition",
    "Decision",
    "Effect",
    "Fault",
    "Finding",
    "Grant",
    "Layer",
    "Lockout",
    "MalformedPolicyError",
    "Outcome",
    "Policies",
    "Policy",
    "PolicyKind",
    "Principal",
    "Principals",
    "Proof",
    "Refusal",
    "Request",
    "Ruling",
    "Statement",
    "Tested",
    "UnprovableError",
    "Witness",
    "compare",
    "decide",
    "equivalent",
    "explain",
    "parse_policy",
    "would_lock_out",
]
