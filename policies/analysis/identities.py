"""Roles, users and groups, and the identity policies that each holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from ..iam import Policy, PolicyType
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from ..model.stack import Stack, known_text
from .managed_policies import managed

POLICY = "aws:iam/policy:Policy"
ROLE, USER, GROUP = "aws:iam/role:Role", "aws:iam/user:User", "aws:iam/group:Group"
# The types of inline policies and of attachments to each holder, and what they call it.
INLINE = {
    ROLE: ("aws:iam/rolePolicy:RolePolicy", "role"),
    USER: ("aws:iam/userPolicy:UserPolicy", "user"),
    GROUP: ("aws:iam/groupPolicy:GroupPolicy", "group"),
}
ATTACHED = {
    ROLE: ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
    USER: ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "user"),
    GROUP: ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group"),
}
# What names all policies that a holder is to have, and how it calls the holder.
_LISTED = {
    ROLE: ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName"),
    USER: ("aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "userName"),
    GROUP: (
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "groupName",
    ),
}
_SEVERAL = "aws:iam/policyAttachment:PolicyAttachment"


class Identities:
    """The roles, users and groups of a stack, and which policies each holds."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def attached(self, holder: Resource) -> list[tuple[Resource, Policy]]:
        """The identity policies of a role, user or group that the stack has, with their resources.

        One that is unknown is `unread`.
        """
        resources = [
            *self._stack.siblings(holder, *INLINE[holder.type]),
            *(
                policy
                for attachment in self.attachments(holder)
                for policy in self._stack.referred(attachment, "policyArn", POLICY)
            ),
            *(
                policy
                for each, path in self.lists(holder)
                for policy in self._stack.referred(each, path, POLICY)
            ),
        ]
        found = [(each, self._stack.known(policy_documents.of, each)) for each in resources]
        own = {resource: policy for resource, policy in found if policy is not None}
        return [*own.items(), *self.inlined(holder)]

    def inlined(self, holder: Resource) -> Iterator[tuple[Resource, Policy]]:
        """The policies that a role has in itself; what is unknown is noted, as a policy's is."""
        try:
            inlined = list(holder.each("inlinePolicies"))
        except Waiting as wait:
            self._stack.note(wait)
            return
        for inline in inlined:
            try:
                text = inline.text("policy")
            except Waiting as wait:
                self._stack.note(wait)
                continue
            policy = (
                policy_documents.parsed(text, PolicyType.IDENTITY, holder.name) if text else None
            )
            if isinstance(policy, Policy):
                yield holder, policy

    def held(self, holder: Resource) -> list[tuple[Resource, Policy]]:
        """The attached policies, and those of AWS's own that allow the most."""
        arns = [
            (each, each.text("policyArn"))
            for each in self.attachments(holder)
            if not (self._stack.referred(each, "policyArn", POLICY))
        ]
        arns += [
            (each, arn)
            for each, path in self.lists(holder)
            for arn in each.texts(path)
            if not self._stack.called(arn, POLICY)
        ]
        found = [(each, policy) for each, arn in arns if (policy := managed(arn)) is not None]
        return [*self.attached(holder), *found]

    def attachments(self, holder: Resource) -> list[Resource]:
        """The attachments of policies to a role, user or group."""
        type_, path = ATTACHED[holder.type]
        several = self._stack.siblings(holder, _SEVERAL, f"{path}s")
        return [*self._stack.siblings(holder, type_, path), *several]

    def lists(self, holder: Resource) -> list[tuple[Resource, str]]:
        """What lists the ARNs of policies of a holder, and in which property."""
        beside = self._stack.siblings(holder, *_LISTED[holder.type])
        return [(holder, "managedPolicyArns"), *((each, "policyArns") for each in beside)]

    @cached_property
    def _listed(self) -> list[tuple[Resource, Resource]]:
        """The holders with the policies of the stack that are listed as theirs."""
        return [
            (holder, policy)
            for holder in self._stack.of(ROLE, USER, GROUP)
            for each, path in self.lists(holder)
            for policy in self._stack.referred(each, path, POLICY)
        ]

    def holding(self, passes: Callable[[Policy], bool], *types: str) -> list[Resource]:
        """The roles, users or groups with a policy that passes a test.

        Each policy is tested before it is asked who holds it: few of a stack's pass.
        """
        found: set[str] = set()
        for holder in types:
            inline, path = INLINE[holder]
            found.update(
                each.urn
                for policy in self._passing(passes, inline)
                for each in self._stack.referred(policy, path, holder)
            )
            places = (ATTACHED[holder], (_SEVERAL, f"{path}s"))
            found.update(
                each.urn
                for policy in self._passing(passes, POLICY)
                for attachment, at in places
                for attached in self._stack.siblings(policy, attachment, "policyArn")
                for each in self._stack.referred(attached, at, holder)
            )
            found.update(
                each.urn
                for each, policy in self._listed
                if each.type == holder
                and (known := self._stack.known(policy_documents.of, policy)) is not None
                and passes(known)
            )
        return [
            holder
            for holder in self._stack.of(*types)
            if holder.urn in found or any(passes(policy) for _, policy in self.inlined(holder))
        ]

    def _passing(self, passes: Callable[[Policy], bool], type_: str) -> Iterator[Resource]:
        for each in self._stack.of(type_):
            policy = self._stack.known(policy_documents.of, each)
            if policy is not None and passes(policy):
                yield each

    def is_among(self, holder: Resource, names: Collection[str]) -> bool:
        """Whether ARNs name a role or user; before it is made, by its name."""
        arn, sort = known_text(holder, "arn"), f":{holder.type.rpartition(':')[2].lower()}/"
        if arn:
            return arn in names
        return any(sort in each and each.endswith(f"/{holder.text('name')}") for each in names)
