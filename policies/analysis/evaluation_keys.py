"""Decides which KMS keys of a stack are evaluation keys, once for all rules.

A key is one by who may use it and who starts evaluations, never by how well its policy is written:
a condition, a statement or a policy that is taken out leaves it what it is, and so does a wider
action. Who may start evaluations by a wildcard alone counts where the key's policy names them, or
where a function under their role works with the key: a role that may do everything is in many
programs that have nothing to do with AgentCore, and so are keys.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from ..iam import Policy
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from ..model.stack import Stack, known_text, known_texts, variables
from . import evaluation_access
from .evaluation_access import USE
from .evaluation_starters import FUNCTION, EvaluationStarters
from .identities import ROLE, Identities

ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+")
# How pulumi-aws calls what says under which key a resource is: kmsKeyId, encryptionKeyArn,
# serverSideEncryption.
SAYS_KEY = re.compile("[kK]ms|[eE]ncrypt|[kK]ey(Id|Arn)$")


class EvaluationKeys:
    """The keys of a stack, and which of them are for evaluations."""

    def __init__(self, stack: Stack, identities: Identities, starters: EvaluationStarters) -> None:
        self._stack = stack
        self._identities = identities
        self._starters = starters

    # --- the decision ---------------------------------------------------------------------------

    @property
    def evaluation_keys(self) -> list[Resource]:
        """The keys for evaluations: the first of these that there are any of.

        1. Keys whose policy names evaluations, or that AgentCore may use for them and somebody who
           starts them uses.
        2. Keys that somebody who starts evaluations by name uses.
        3. Keys of the buckets that they write to.
        4. Keys for which nothing else in the stack has a use.
        5. Keys that functions work with which may start evaluations by a wildcard alone.
        6. Keys for which nothing else in the stack has a use, where such a function may do all in
           AgentCore, and not just all there is, and has a bucket for what evaluations return.
        """
        return self._decided[1]

    @property
    def keys_of_work_alone(self) -> list[Resource]:
        """Those that nothing but the last two of these show."""
        way, found = self._decided
        shown = way in (self._of_broad_workloads, self._left_to_broad_workloads)
        return found if shown else []

    @cached_property
    def _decided(self) -> tuple[Callable[[], list[Resource]], list[Resource]]:
        ways = (
            self._open_to_agentcore,
            self._used_by_starters,
            self._of_buckets,
            self._left_over,
            self._of_broad_workloads,
            self._left_to_broad_workloads,
        )
        for way in ways:
            found = way()
            if found:
                return way, found
        return ways[-1], []

    def _open_to_agentcore(self) -> list[Resource]:
        return [key for key in self.all if self._serves_agentcore(key)]

    def _serves_agentcore(self, key: Resource) -> bool:
        policy = self._stack.known(self.key_policy, key)
        if policy is None:
            return False
        if evaluation_access.lets_evaluations_use(policy):
            return True
        if not evaluation_access.may_let_evaluations_use(policy):
            return False
        return (
            any(self._uses(starter, key, policy) for starter in self._starters.named)
            or any(self._is_let_use(starter, policy) for starter in self._starters.broad)
            or (
                # Memories and gateways are bound to their account at least.
                evaluation_access.lets_service_in_for_anybody(policy)
                and any(self._uses(starter, key, policy) for starter in self._starters.broad)
            )
        )

    def _used_by_starters(self) -> list[Resource]:
        if not self._starters.named or self.uses_key_of_elsewhere():
            return []
        return [
            key
            for key in self.all
            if any(
                self._uses(starter, key, self._stack.known(self.key_policy, key))
                for starter in self._starters.named
            )
            and self._is_known(key)
        ]

    def _of_buckets(self) -> list[Resource]:
        buckets = self._starters.buckets_written_by(self._starters.named)
        return list(dict.fromkeys(key for bucket in buckets for key in self.keys_of(bucket)))

    def _left_over(self) -> list[Resource]:
        if not self._starters.named or self.uses_key_of_elsewhere():
            return []
        return [key for key in self.all if self.is_left_over(key)]

    def _of_broad_workloads(self) -> list[Resource]:
        return [
            key
            for key in self.all
            if self._is_known(key)
            and any(self.works_with(starter, key) for starter in self._starters.broad)
        ]

    def _left_to_broad_workloads(self) -> list[Resource]:
        if not any(
            self._starters.names_agentcore(starter) and self._starters.buckets_of(starter)
            for starter in self._starters.broad
        ):
            return []
        return [key for key in self.all if self.is_left_over(key)]

    def works_with(self, starter: Resource, key: Resource) -> bool:
        """Whether the program gives a function under a role a key to work with: by the function's
        variables, or as the key of a bucket that the function writes to.

        A role that may do everything shows nothing by itself: it could use any key. Of the key's
        policy only what else it is for counts: a key that names memories or gateways is theirs, and
        one that AgentCore may use for the whole account may be theirs as well, which is how their
        keys are written, unless the function has a bucket for what evaluations return.
        """
        buckets = self._starters.buckets_of(starter)
        if not self._starters.runs_with(starter, key) and not any(
            key in self.keys_of(bucket) for bucket in buckets
        ):
            return False
        policy = self._stack.known(self.key_policy, key)
        if policy is None:
            return True
        if evaluation_access.lets_agentcore_in(policy):
            return bool(buckets) and evaluation_access.may_let_evaluations_use(policy)
        return (
            self._is_let_use(starter, policy)
            or evaluation_access.leaves_to_identity_policies(policy)
            or not any(map(evaluation_access.is_for_something_else, policy.statements))
        )

    # --- keys and their policies ----------------------------------------------------------------

    @cached_property
    def all(self) -> list[Resource]:
        """The customer managed keys."""
        return self._stack.of(*policy_documents.KEY_TYPES)

    def key_policy(self, key: Resource) -> Policy | None:
        """A key's policy, in the key or in a resource of its own; None is KMS's default."""
        return policy_documents.of(self.policy_holder(key))

    def policy_holder(self, key: Resource) -> Resource:
        """The resource that has a key's policy."""
        own = self._stack.siblings(key, "aws:kms/keyPolicy:KeyPolicy", "keyId")
        return own[0] if own else key

    def _is_known(self, key: Resource) -> bool:
        """Whether its policy is known, and not only later."""
        try:
            self.key_policy(key)
        except Waiting:
            return False
        return True

    def is_left_over(self, key: Resource) -> bool:
        """Whether a key is free, and nothing in the stack is encrypted under it."""
        return self._is_free(key) and not any(self._encrypted_under(key))

    def _is_free(self, key: Resource) -> bool:
        """Whether a known policy lets in nobody but the account, roles, users and AgentCore."""
        if not self._is_known(key):
            return False
        policy = self.key_policy(key)
        if policy is None:
            return not self.policy_holder(key).text("policy")
        return not any(map(evaluation_access.is_for_something_else, policy.statements))

    # --- who starts, and who uses a key ---------------------------------------------------------

    def _uses(self, holder: Resource, key: Resource, policy: Policy | None) -> bool:
        """Whether somebody may use a key for evaluations: its policy names them, leaves it to
        their own policies, or the environment of a function under a role contains the key."""
        if policy is not None and self._is_let_use(holder, policy):
            return True
        leaves_open = policy is None or evaluation_access.leaves_to_identity_policies(policy)
        if leaves_open and self._may_by_own_policies(holder, key):
            return True
        return self._starters.runs_with(holder, key) and (
            leaves_open
            or (policy is not None and evaluation_access.may_let_evaluations_use(policy))
        )

    def _is_let_use(self, holder: Resource, policy: Policy) -> bool:
        """Whether a statement of a key's policy names somebody as a user of the key."""
        names = evaluation_access.names_of_users(policy)
        return "*" in names or self._identities.is_among(holder, names)

    def _may_by_own_policies(self, holder: Resource, key: Resource) -> bool:
        arn = known_text(key, "arn")
        return any(
            pattern.text == arn if arn else ":key/" in pattern.text and "*" not in pattern.text
            for _, policy in self._identities.attached(holder)
            for action in USE
            for statement in policy.on(action.lower())[1]
            for pattern in (statement.resources.patterns if statement.resources else ())
        )

    def uses_key_of_elsewhere(self) -> bool:
        """Whether a starter's function has a key in its environment that is not in the stack."""
        return any(
            KEY_ARN.fullmatch(value)
            and not any(self._stack.called(value, type_) for type_ in policy_documents.KEY_TYPES)
            for function in self._stack.of(FUNCTION)
            if any(
                each in self._starters.named
                for each in self._stack.referred(function, "role", ROLE)
            )
            for value in variables(function).values()
        )

    # --- what is under a key --------------------------------------------------------------------

    def encryptions(self, bucket: Resource) -> list[Resource]:
        """A bucket's encryption configurations."""
        return self._stack.siblings(bucket, ENCRYPTION, "bucket")

    def keys_of(self, bucket: Resource) -> list[Resource]:
        """The keys of the stack that a bucket is encrypted under."""
        return [
            key
            for encryption in self.encryptions(bucket)
            for key in self.encryption_keys(encryption)
        ]

    def encryption_keys(self, encryption: Resource) -> list[Resource]:
        """The keys of the stack that an encryption configuration names."""
        found: list[Resource] = []
        for rule in encryption.each("rules"):
            try:
                value = rule.text("applyServerSideEncryptionByDefault.kmsMasterKeyId")
            except Waiting:
                found += [each for each in encryption.linked("rules") if each in self.all]
            else:
                found += [
                    key
                    for type_ in policy_documents.KEY_TYPES
                    for key in self._stack.called(value, type_)
                ]
        return found

    def _encrypted_under(self, key: Resource) -> Iterator[Resource]:
        """What of the stack is encrypted under a key."""
        for resource in self._stack.every():
            if resource.type.startswith("aws:kms/"):
                continue
            is_bucket = plain_encryption(resource.type)
            paths = ["rules"] if is_bucket else filter(SAYS_KEY.search, resource.props)
            for path in paths:
                texts = known_texts(resource, path)
                if key in resource.linked(path) or any(
                    key in self._stack.called(each, key.type) for each in texts
                ):
                    yield resource


def plain_encryption(type_: str) -> bool:
    """Whether a type says under which key a bucket is."""
    return type_.replace("V2", "") == ENCRYPTION
