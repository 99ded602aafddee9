"""What policy documents allow: decide one request by AWS's documented evaluation logic.

    key = parse_policy(text, PolicyKind.KEY, name="evaluation")
    request = Request(Principal.of(session_arn), "kms:Decrypt", key_arn, {"aws:SourceIp": address})
    policies = Policies(identity=(role_policy,), resource=key)
    decision = decide(request, policies)  # .allowed, .outcome, .decided_by, .near_misses, .message
    print(explain(request, policies))

and whole documents, over all requests:

    proof = compare(new, reference)  # .proved, or .witness: a request that only `new` allows
    for access in who_can("kms:Decrypt", key_arn, key): print(access)

Policies are parsed once and used for any number of decisions. Pure standard library. KMS grants,
access control lists and VPC endpoint policies take no part.
"""

from .allowances import Allowance, no_more_than
from .compare import Comparison, compare, equivalent
from .conditions import Condition
from .decide import Decision, Outcome, decide
from .documents import Effect, Policy, Statement
from .escalation_actions import ESCALATION_ACTIONS, Consequence, EscalationAction, ResourceType
from .explain import explain
from .faults import Fault, MalformedPolicyError
from .findings import Finding, Tested
from .impossible_arns import impossible_resources, what_is_expected
from .kinds import PolicyKind
from .layers import Layer, Policies, Ruling
from .lockout import Lockout, would_lock_out
from .meant import meant_action
from .parse import parse_policy
from .patterns import Pattern
from .principals import Grant, Principals
from .printable import printable, printable_lines
from .refusals import Refusal, UnprovableError
from .request import Principal, Request
from .second_steps import Estate, Opening, Way
from .service_rules import stays_in_account
from .suggest import nearest
from .who_can import Access, How, who_can
from .without_effect import is_no_action, shadowed, unknown_actions, unreachable_statements
from .witness import Proof, Witness

__all__ = [
    "ESCALATION_ACTIONS",
    "Access",
    "Allowance",
    "Comparison",
    "Condition",
    "Consequence",
    "Decision",
    "Effect",
    "EscalationAction",
    "Estate",
    "Fault",
    "Finding",
    "Grant",
    "How",
    "Layer",
    "Lockout",
    "MalformedPolicyError",
    "Opening",
    "Outcome",
    "Pattern",
    "Policies",
    "Policy",
    "PolicyKind",
    "Principal",
    "Principals",
    "Proof",
    "Refusal",
    "Request",
    "ResourceType",
    "Ruling",
    "Statement",
    "Tested",
    "UnprovableError",
    "Way",
    "Witness",
    "compare",
    "decide",
    "equivalent",
    "explain",
    "impossible_resources",
    "is_no_action",
    "meant_action",
    "nearest",
    "no_more_than",
    "parse_policy",
    "printable",
    "printable_lines",
    "shadowed",
    "stays_in_account",
    "unknown_actions",
    "unreachable_statements",
    "what_is_expected",
    "who_can",
    "would_lock_out",
]
