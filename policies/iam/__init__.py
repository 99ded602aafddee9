"""Decides requests by AWS's documented evaluation logic: one request,

    key = parse_policy(text, PolicyType.KEY, name="evaluation")
    request = Request(Principal.of(session_arn), "kms:Decrypt", key_arn, {"aws:SourceIp": address})
    policies = Policies(identity=(role_policy,), resource=key)
    decision = is_authorized(request, policies)  # .allowed, .decided_by, .near_misses, .message
    print(explain(request, policies))

and whole documents, over all requests:

    proof = check_no_new_access(new, reference)  # .proved, .counterexample
    for access in list_principals("kms:Decrypt", key_arn, key): print(access)

Policies are parsed once and used for any number of decisions. Pure standard library. KMS grants,
access control lists and VPC endpoint policies take no part.
"""

from .analyze.allowances import Allowance, no_more_than
from .analyze.check_no_new_access import Comparison, check_no_new_access, equivalent
from .analyze.dead_statements import is_no_action, shadowed, unknown_actions, unreachable_statements
from .analyze.escalation_actions import (
    ESCALATION_ACTIONS,
    Consequence,
    EscalationAction,
    ResourceType,
)
from .analyze.impossible_arns import impossible_resources, what_is_expected
from .analyze.list_principals import Access, How, list_principals
from .analyze.privilege_escalation import Escalation, PolicyInventory, ReadAction
from .authorize.applicable_policies import AppliedAs, Policies, Ruling
from .authorize.authorizer import Decision, Outcome, is_authorized
from .authorize.explanation import explain
from .authorize.lockout_check import Lockout, would_lock_out
from .authorize.service_rules import stays_in_account
from .authorize.statement_results import Finding, Tested
from .language.conditions import Condition
from .language.document_errors import Fault, MalformedPolicyError
from .language.meant_actions import meant_action
from .language.parser import parse_policy
from .language.patterns import Pattern
from .language.policy import Effect, Policy, Statement
from .language.policy_types import PolicyType
from .language.principals import Grant, Principals
from .language.printable import printable, printable_lines
from .language.request import Principal, Request
from .language.suggestions import nearest
from .prove.counterexample import Counterexample, Proof
from .prove.unprovable import Refusal, UnprovableError

__all__ = [
    "ESCALATION_ACTIONS",
    "Access",
    "Allowance",
    "AppliedAs",
    "Comparison",
    "Condition",
    "Consequence",
    "Counterexample",
    "Decision",
    "Effect",
    "Escalation",
    "EscalationAction",
    "Fault",
    "Finding",
    "Grant",
    "How",
    "Lockout",
    "MalformedPolicyError",
    "Outcome",
    "Pattern",
    "Policies",
    "Policy",
    "PolicyInventory",
    "PolicyType",
    "Principal",
    "Principals",
    "Proof",
    "ReadAction",
    "Refusal",
    "Request",
    "ResourceType",
    "Ruling",
    "Statement",
    "Tested",
    "UnprovableError",
    "check_no_new_access",
    "equivalent",
    "explain",
    "impossible_resources",
    "is_authorized",
    "is_no_action",
    "list_principals",
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
    "would_lock_out",
]
