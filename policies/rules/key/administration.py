"""Administration of a key: by somebody; of the evaluation key by no other account and no grants."""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis import evaluation_access
from ...analysis.evaluation_access import ANYWHERE, DeploymentTarget
from ...analysis.evaluation_key_policy import ADMINISTRATION, TYPES, KeyPolicy, offences
from ...analysis.key_policy_principals import accounts, own_arn, principal_of
from ...analysis.proofs import list_principals_by
from ...analysis.wording import keys_of, why_not
from ...framework.controls import nist
from ...framework.key_rule import key_rule
from ...framework.rule import About, ResourceRule, Settings
from ...iam import (
    Access,
    Effect,
    Policies,
    Policy,
    PolicyType,
    Principal,
    Request,
    Statement,
    is_authorized,
    stays_in_account,
)
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import account_in

DEFAULT_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"
GRANTS_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"
# What a request of an administrator can have, beside what is true of the principal.
BY_NAME = "by principals that conditions name"
BINDING = {
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "kms:calleraccount",
}
_NOBODYS = "000000000000"
_SOMEBODY = f"arn:aws:iam::{_NOBODYS}:root"
"""Anybody, where a statement names everybody."""
CHANGES = tuple(
    action
    for action in ADMINISTRATION
    if not action.startswith(("kms:Describe", "kms:Get", "kms:List"))
)


def administered(resource: Resource, _: Settings) -> Iterator[str]:
    """Whether anybody could ever change the key's policy again.

    A key of evaluations is of their account; of any other it is not known, and each principal is
    taken to be of the key's own.
    """
    policy = policy_documents.read(resource, "policy", PolicyType.KEY)
    if policy is None:
        return
    refused = _refusals(resource, policy)
    if refused is None or bound_by(resource):
        return
    why = "; ".join(dict.fromkeys(refused)) or "the policy names no account, role or user"
    yield (
        f"nobody may kms:PutKeyPolicy ({why}), so that the key could never be changed again; let "
        "the account principal, or a role that stays, administer it"
    )


def _refusals(resource: Resource, policy: Policy) -> list[str] | None:
    """Why each principal that the policy names may not change it; None if one may, unbound."""
    refused: list[str] = []
    target = evaluation_access.target_of(policy)
    for principal in _lasting(policy):
        home = (principal.account if target is None else target.account) or ""
        key = own_arn(resource, policy, DeploymentTarget("aws", ANYWHERE, home))
        decision = is_authorized(
            Request(principal, "kms:PutKeyPolicy", key), Policies(resource=policy)
        )
        if decision.allowed:
            return None
        said = f"{principal.issuer_arn or principal.arn} is {why_not(decision)}"
        refused.append(said.replace(_SOMEBODY, "somebody else").replace(_NOBODYS, "another"))
    return refused


def bound_by(resource: Resource) -> str:
    """What the administration of a key is bound to, if it is to something that somebody can have:
    a second factor, a network, an organization, or a principal's attributes, such as the names of
    roles of IAM Identity Center, which end in what nobody chooses. Empty if it is to nothing, or to
    what comes to hold for nobody, such as a time.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
    https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    policy = policy_documents.read(resource, "policy", PolicyType.KEY)
    if policy is None or _refusals(resource, policy) is None:
        return ""
    target = evaluation_access.target_of(policy)
    for account in accounts(policy) if target is None else [target.account]:
        key = own_arn(resource, policy, DeploymentTarget("aws", ANYWHERE, account))
        for access in list_principals_by(
            resource.text("policy"), PolicyType.KEY, "kms:PutKeyPolicy", key
        ):
            if access.request.principal.account == account and _can_be_met(access):
                of_request = any(_is_of_request(key) for key in access.request.context)
                return keys_of(access.request) if of_request else BY_NAME
    return ""


def _is_of_request(key: str) -> bool:
    return key.lower() in BINDING or key.lower().startswith("aws:principalorg")


def _can_be_met(access: Access) -> bool:
    """Whether somebody who stays can send the request: sessions of IAM Identity Center carry no
    second factor, which it asks for itself."""
    keys = {key.lower() for key in access.request.context}
    principal = access.request.principal
    of_set = "AWSReservedSSO_" in f"{access.who} {principal.arn} {principal.issuer_arn}"
    return (
        ":sts:" not in access.who
        and all(key.startswith("aws:principal") or key in BINDING for key in keys)
        and not (of_set and any(key.startswith("aws:multifactor") for key in keys))
    )


def _lasting(policy: Policy) -> Iterator[Principal]:
    """The accounts, roles and users that a policy names: none of them ends like a session."""
    for statement in policy.statements:
        for name in statement.principals.names if statement.principals else ():
            if name.value == "*":
                yield Principal.of(_SOMEBODY)
            elif name.value.isdigit():
                yield Principal.of(f"arn:aws:iam::{name.value}:root")
            elif ":role/" in name.value or ":user/" in name.value:
                yield principal_of(name.value)


def administrators(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """Whoever can change the key and is not of its account, and whoever is let in vain."""
    yield from _in_vain(key)
    if key.is_minimum:
        return
    account = key.target.account
    rightful = [
        *key.own,
        f"anybody else in account {account}",
        f"the root user of account {account}",
    ]
    yield from offences(key, CHANGES, rightful, "let principals of the key's account administer it")


def _in_vain(key: KeyPolicy) -> Iterator[str]:
    """Principals of other accounts that statements let administer the key, which KMS does not."""
    account = key.target.account
    for statement in key.policy.statements:
        actions = [
            action
            for action in CHANGES
            if stays_in_account(action.lower()) and statement.concerns(action.lower())
        ]
        if statement.effect is Effect.ALLOW and actions:
            for name in _elsewhere(statement, account):
                yield (
                    f"{statement} lets {name} {' and '.join(actions)}, which has no effect: KMS "
                    f"takes it from account {account} alone; remove {name}, and let principals "
                    "of the key's account administer it"
                )


def _elsewhere(statement: Statement, account: str) -> list[str]:
    """The accounts, roles and users of other accounts that a statement names."""
    principals = statement.principals
    if principals is None or principals.negated:
        return []
    values = [name.value for name in principals.names]
    found = [value for value in values if value.isdigit() or ":iam:" in value]
    return sorted(each for each in found if account not in (each, account_in(each)))


def grants(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """Whoever can hand out use of the key by a grant."""
    if key.is_minimum:
        return
    write = "remove kms:CreateGrant and wildcards such as kms:Create*: AgentCore uses no grants"
    yield from offences(key, ["kms:CreateGrant"], [], write)


KEY_ADMINISTERED = ResourceRule(
    About(
        "key-administered",
        "Somebody can still change the policy of each KMS key.",
        Severity.CRITICAL,
        "Add a statement with kms:PutKeyPolicy for the account principal or for roles that stay.",
        DEFAULT_PAGE,
        controls=nist("SC-12"),
    ),
    TYPES,
    administered,
    lambda resource: "" if policy_documents.of(resource) else "it has no policy of its own",
)
EVALUATION_KEY_ADMINISTRATORS = key_rule(
    About(
        "evaluation-key-administrators",
        "Only principals of its own account administer the evaluation key.",
        Severity.CRITICAL,
        "Remove principals of other accounts, services and wildcards from the administrators.",
        DEFAULT_PAGE,
        controls=nist("AC-6", "SC-12"),
    ),
    administrators,
)
EVALUATION_KEY_GRANTS = key_rule(
    About(
        "evaluation-key-grants",
        "Nobody can create grants of the evaluation key.",
        Severity.HIGH,
        "Name each administrative action instead of kms:* or kms:Create*.",
        GRANTS_PAGE,
        controls=nist("AC-6"),
    ),
    grants,
)
