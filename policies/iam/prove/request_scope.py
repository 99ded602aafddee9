"""The requests that a comparison of policies covers.

A request is what `is_authorized` takes, with these bounds. Keys that follow from the principal and
from the resource's owner have no other value. A key has several values only if AWS says so of the
key or a document compares it by a set operator. Actions of services in the list of known names
have one of these names or one that a document writes out; those of other services have any. With a
key, bucket or trust policy, requests are to keys, to buckets and objects, and to assume roles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from ..authorize.applicable_policies import Policies
from ..authorize.service_rules import told_apart
from ..language.action_names import covered_actions, known_actions, known_services
from ..language.conditions import Condition
from ..language.operators import OPERATORS, TEXTS, Each, Family
from ..language.patterns import ArnPattern, Pattern, parse_arn_pattern, parse_pattern
from ..language.policy import Statement
from ..language.policy_types import PolicyType
from ..language.principals import Sort
from ..language.request import ANONYMOUS, account_of
from .account_classes import AccountClass, account_classes
from .request_classes import USER_ID

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (Multivalued) and,
# of the services whose actions are known, ArrayOfString in
# docs.aws.amazon.com/service-authorization/latest/reference/
_SEVERAL = frozenset(
    {
        *("aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist"),
        *("aws:resourceorgpaths", "aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths"),
        *("bedrock-agentcore:inboundjwtclaim/aud", "bedrock-agentcore:inboundjwtclaim/scope"),
        *("bedrock-agentcore:securitygroups", "bedrock-agentcore:subnets"),
        *("kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases"),
        *("lambda:layer", "lambda:securitygroupids", "lambda:subnetids"),
        *("logs:loggeneratingresourcearns", "s3:inventoryaccessibleoptionalfields"),
        *("s3:requestobjecttagkeys", "sts:identitytokenaudience", "sts:requestcontextproviders"),
        "sts:transitivetagkeys",
    }
)
# Their values are an account or, as the id of a federated user, begin with one.
_ACCOUNT_KEYS = frozenset(
    {"aws:principalaccount", "aws:resourceaccount", "aws:userid", "kms:calleraccount"}
)
_OF_KIND = {
    PolicyType.KEY: ("kms", parse_arn_pattern("*:*:kms:?*:????????????:key/?*")),
    PolicyType.BUCKET: ("s3", parse_arn_pattern("*:*:s3:*:*:?*")),
    PolicyType.TRUST: ("sts", parse_arn_pattern("*:*:iam::????????????:role/?*")),
}


@dataclass(frozen=True)
class Scope:
    """The requests about which something is proved.

    `given` are all policies that take part, without policy variables. `resource` is the one
    resource that is asked about, or None for any; `owner` its account, for ARNs without. `fixed`
    gives keys (in lower case) the one value that they have. `holders` are the accounts of whoever
    holds the policies, told apart even if no document does.
    """

    given: Sequence[Policies]
    resource: str | None = None
    owner: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    holders: frozenset[str] = frozenset()

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement, once."""
        applied = chain.from_iterable(policies.applied for policies in self.given)
        listed = chain.from_iterable(policy.statements for _, policy in applied)
        return tuple({id(statement): statement for statement in listed}.values())

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, with those that fix keys."""
        of_statements = chain.from_iterable(each.conditions for each in self.statements)
        return (*of_statements, *self.fixing)

    @cached_property
    def fixing(self) -> tuple[Condition, ...]:
        """The conditions that give the fixed keys their values."""
        return tuple(
            Condition(
                "StringEquals",
                key,
                (value,),
                OPERATORS["StringEquals"],
                None,
                False,
                (parse_pattern(value, wildcards=False, variables=False),),
            )
            for key, value in self.fixed.items()
        )

    @cached_property
    def unique_ids(self) -> Condition | None:
        """What holds of `aws:userid` of every user and session, if documents look at it as a text.

        It begins with a unique id (AIDA, AROA), so that none is the id of a root or federated user.
        Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        """
        tested = [each for each in self.conditions if each.folded_key == USER_ID]
        if not tested or any(each.operator.family not in {*TEXTS, Family.NULL} for each in tested):
            return None
        texts = (*(f"{digit}*" for digit in range(10)), ANONYMOUS)
        wanted = tuple(parse_pattern(text, variables=False) for text in texts)
        name, operator = "ForAllValues:StringNotLike", OPERATORS["StringNotLike"]
        return Condition(name, USER_ID, texts, operator, Each.ALL, False, wanted)

    @cached_property
    def kind(self) -> tuple[str, ArnPattern] | None:
        """Service and resources of the policy kind that all resource policies have, if any."""
        kinds = {policies.resource.kind for policies in self.given if policies.resource is not None}
        return _OF_KIND.get(next(iter(kinds))) if len(kinds) == 1 else None

    @cached_property
    def several(self) -> frozenset[str]:
        """The keys, in lower case, that may have several values."""
        compared_as_sets = {each.folded_key for each in self.conditions if each.each is not None}
        return (_SEVERAL | compared_as_sets) - self.fixed.keys()

    @cached_property
    def spelled(self) -> Mapping[str, str]:
        """Keys as the documents write them, by their form in lower case."""
        return {condition.folded_key: condition.key for condition in reversed(self.conditions)}

    @cached_property
    def accounts(self) -> tuple[AccountClass, ...]:
        """The accounts that the documents tell apart."""
        whole: list[Pattern | ArnPattern] = []
        within: list[Pattern | ArnPattern] = []
        names = set(self.holders)
        for statement in self.statements:
            if statement.principals is not None:
                names |= {
                    each.value for each in statement.principals.names if each.sort is Sort.AWS
                }
            within += statement.resources.patterns if statement.resources is not None else ()
        for condition in self.conditions:
            patterns = [each for each in condition.wanted if isinstance(each, Pattern | ArnPattern)]
            if condition.folded_key in _ACCOUNT_KEYS:
                whole += patterns
            elif condition.folded_key == "aws:principalarn":
                within += patterns
        names |= {name for name in (self.owner, account_of(self.resource or "")) if name}
        for name in names - {"*"}:
            pattern = parse_pattern(name, wildcards=False, variables=False)
            (within if name.startswith("arn:") else whole).append(pattern)
        return account_classes(frozenset(whole), frozenset(within))

    @cached_property
    def actions(self) -> list[tuple[str, ...]]:
        """The actions by name, in groups that neither statements nor the evaluation tell apart."""
        service = self.kind[0] if self.kind is not None else None
        elements = {each.actions: None for each in self.statements if each.actions is not None}
        patterns = [pattern for element in elements for pattern in element.patterns]
        written = {each.literal: each.text for each in patterns if each.literal}
        names = {**{name: text for name, text in written.items() if ":" in name}, **known_actions()}
        covers = dict.fromkeys(names, 0)
        for index, element in enumerate(elements):
            known = covered_actions(element)
            for name in names:
                if name in known or (name not in known_actions() and element.matches(name, {})):
                    covers[name] |= 1 << index
        groups: dict[tuple[int, str, bool], list[str]] = {}
        for name in sorted(names, key=lambda name: (name not in written, name)):
            prefix = name.partition(":")[0]
            if service is None or prefix == service:
                groups.setdefault((covers[name], *told_apart(name)), []).append(names[name])
        return [tuple(group) for _, group in sorted(groups.items(), reverse=True)]

    @property
    def unnamed_actions(self) -> bool:
        """Whether actions of services without known names take part."""
        return self.kind is None or self.kind[0] not in known_services()
