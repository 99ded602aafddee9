"""Partition, Region and account of a stack's evaluations, from every source in the stack.

No one document has to: what is taken out of a key policy leaves the place known, as long as the
rest of the stack names it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from ..iam import Policy, Statement
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from ..model.stack import Stack, known_text
from . import evaluation_access
from .callers import Callers
from .evaluation_access import ANYWHERE, DeploymentTarget
from .evaluation_keys import EvaluationKeys
from .identities import Identities

_ARN = re.compile(r"arn:([a-z-]+):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):")
_Said = tuple[str, str, str]
"""What a text says: partition, Region and account, each empty if it does not."""


class DeploymentTargets:
    """Where the evaluations of a stack are."""

    def __init__(
        self,
        stack: Stack,
        identities: Identities,
        keys: EvaluationKeys,
        callers: Callers,
    ) -> None:
        self._stack = stack
        self._identities = identities
        self._keys = keys
        self._callers = callers

    def target(self, resource: Resource) -> DeploymentTarget:
        """Where the evaluations are. Waits if nothing of the stack says it."""
        found = self.likely_target
        if found is None or found.region == ANYWHERE:
            self._wait_for_policies()
            what = "account" if found is None else "Region"
            raise Waiting(
                f"{resource.name}: no ARN, policy or provider of the stack says which {what} "
                "evaluations are in"
            )
        return found

    def account(self, resource: Resource) -> str:
        """The account of the evaluations."""
        return self.target_or_account(resource).account

    def target_or_account(self, resource: Resource) -> DeploymentTarget:
        """The same, or at least the account: the Region is then any."""
        return self.likely_target or self.target(resource)

    @cached_property
    def likely_target(self) -> DeploymentTarget | None:
        """The place, with any Region if nothing names one; None if nothing names an account.

        For each of the three the first source decides that says it at all, and of several values
        the one that it says most often.
        """
        before = self._stack.noted()
        sources = [list(source) for source in self._sources()]
        self._stack.unread = before  # one source says it, so that no other need be waited for
        partition, region, account = (
            _most([[said[part] for said in source] for source in sources]) for part in range(3)
        )
        return (
            DeploymentTarget(partition or "aws", region or ANYWHERE, account) if account else None
        )

    def _sources(self) -> Iterator[Iterable[_Said]]:
        """What says where evaluations are, the surest first."""
        yield self._arns(self._keys.evaluation_keys)
        key_policies = list(filter(None, map(self._known_key_policy, self._keys.evaluation_keys)))
        of_callers = [
            policy for each in self._callers.all for _, policy in self._identities.attached(each)
        ]
        yield _said(_evaluations(key_policies, of_callers))
        yield self._arns(self._stack.every())
        yield map(_provided, self._stack.every())
        yield [*_said(_texts(of_callers)), *_requested(of_callers)]
        known = (
            self._stack.known(policy_documents.of, each)
            for each in self._stack.of(*policy_documents.IDENTITY_TYPES)
        )
        yield _said(_texts(filter(None, known)))
        accounts = [f"arn:aws:iam::{each}:root:" for each in _owners(key_policies)]
        yield [("", *said[1:]) for said in _said(accounts)]
        yield _said(_texts(key_policies))

    def _known_key_policy(self, key: Resource) -> Policy | None:
        return self._stack.known(self._keys.key_policy, key)

    def _wait_for_policies(self) -> None:
        for key in self._keys.all:
            self._keys.key_policy(key)  # one that is not known yet may say it

    def _arns(self, resources: Iterable[Resource]) -> Iterable[_Said]:
        return _said(known_text(each, "arn") for each in resources)


def _most(sources: list[list[str]]) -> str:
    """The value that the first source which says one says most often; if two are equal, the one
    that all sources say most often."""
    everywhere = Counter(value for source in sources for value in source)
    for source in sources:
        counts = Counter(filter(None, source))
        if counts:
            return max(counts, key=lambda value: (counts[value], everywhere[value], value))
    return ""


def _said(texts: Iterable[str]) -> list[_Said]:
    return [(each[1], each[3], each[4]) for text in texts for each in _ARN.finditer(text)]


def _provided(resource: Resource) -> _Said:
    """The Region that a resource or its provider is given."""
    provider = resource.provider
    region = known_text(resource, "region") or (known_text(provider, "region") if provider else "")
    return ("", region, "")


def _evaluations(key_policies: list[Policy], of_callers: list[Policy]) -> Iterator[str]:
    """The ARNs of evaluations that are written in full."""
    for policy in key_policies:
        yield from evaluation_access.evaluation_arns(policy)
    for text in _texts(of_callers):
        if ":batch-evaluate/" in text:
            yield text


def _owners(key_policies: list[Policy]) -> Iterator[str]:
    """The accounts that key policies let administer the key: a key's own, as a rule."""
    for policy in key_policies:
        for statement in policy.on("kms:putkeypolicy")[1]:
            for name in statement.principals.names if statement.principals else ():
                account = re.search(r"\d{12}", name.value)
                if account:
                    yield account[0]


def _requested(policies: Iterable[Policy]) -> Iterator[_Said]:
    """The Regions that callers are bound to."""
    for policy in policies:
        for statement in policy.statements:
            for condition in statement.conditions:
                if condition.folded_key == "aws:requestedregion" and not condition.operator.negated:
                    yield from (("", text, "") for text in condition.texts if "*" not in text)


def _texts(policies: Iterable[Policy]) -> Iterator[str]:
    """The resources, principals and values of conditions of policies."""
    for policy in policies:
        for statement in policy.statements:
            yield from _of_statement(statement)


def _of_statement(statement: Statement) -> Iterator[str]:
    if statement.resources is not None:
        yield from (pattern.text for pattern in statement.resources.patterns)
    if statement.principals is not None:
        yield from (name.value + ":" for name in statement.principals.names)
    for condition in statement.conditions:
        yield from condition.texts
