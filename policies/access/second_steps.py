"""Who could give themselves access by one action more, and who reads results without the key.

A proof is about one request. Whoever may change a policy, a role's trust or a function's code can
make the next request an allowed one; so these lists belong beside every proof.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .documents import Policy
from .kinds import PolicyKind
from .patterns import parse_pattern
from .who_can import Access, who_can
from .words import Clause, find_texts


@dataclass(frozen=True)
class Way:
    """An action on resources of one sort, and what it leads to."""

    action: str
    resources: str
    leads_to: str


# docs.aws.amazon.com/kms/latest/developerguide/key-policies.html, grants.html;
# docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage.html, id_roles_use_passrole.html;
# id_users_create.html, id_credentials_access-keys.html, id_groups_manage.html;
# docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html;
# docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
SECOND_STEPS = (
    Way("kms:PutKeyPolicy", "arn:*:kms:*:*:key/*", "a key policy that names them"),
    Way("kms:CreateGrant", "arn:*:kms:*:*:key/*", "a grant of the key to them"),
    Way("iam:AddUserToGroup", "arn:*:iam::*:group/*", "the permissions of the group"),
    Way("iam:AttachGroupPolicy", "arn:*:iam::*:group/*", "more permissions for its users"),
    Way("iam:AttachRolePolicy", "arn:*:iam::*:role/*", "more permissions for the role"),
    Way("iam:AttachUserPolicy", "arn:*:iam::*:user/*", "more permissions for the user"),
    Way("iam:CreateAccessKey", "arn:*:iam::*:user/*", "the user, by a key of its"),
    Way("iam:CreateLoginProfile", "arn:*:iam::*:user/*", "the user, by a password"),
    Way("iam:PassRole", "arn:*:iam::*:role/*", "the role, in a function or service of theirs"),
    Way("iam:PutGroupPolicy", "arn:*:iam::*:group/*", "more permissions for its users"),
    Way("iam:PutRolePolicy", "arn:*:iam::*:role/*", "more permissions for the role"),
    Way("iam:PutUserPolicy", "arn:*:iam::*:user/*", "more permissions for the user"),
    Way("iam:UpdateAssumeRolePolicy", "arn:*:iam::*:role/*", "the role, by its trust policy"),
    Way("iam:UpdateLoginProfile", "arn:*:iam::*:user/*", "the user, by another password"),
    Way("iam:CreatePolicyVersion", "arn:*:iam::*:policy/*", "more permissions for its holders"),
    Way("iam:SetDefaultPolicyVersion", "arn:*:iam::*:policy/*", "an earlier version's permissions"),
    Way("sts:AssumeRole", "arn:*:iam::*:role/*", "the role"),
    Way("sts:AssumeRoleWithSAML", "arn:*:iam::*:role/*", "the role"),
    Way("sts:AssumeRoleWithWebIdentity", "arn:*:iam::*:role/*", "the role"),
    Way("lambda:AddPermission", "arn:*:lambda:*:*:function:*", "invocation of the function"),
    Way("lambda:UpdateFunctionCode", "arn:*:lambda:*:*:function:*", "the function's role"),
    Way("lambda:UpdateFunctionConfiguration", "arn:*:lambda:*:*:function:*", "the function's role"),
    Way("s3:DeleteBucketPolicy", "arn:*:s3:::*", "a bucket without its denials"),
    Way("s3:PutBucketPolicy", "arn:*:s3:::*", "a bucket policy that names them"),
    Way("sqs:AddPermission", "arn:*:sqs:*:*:*", "a queue policy that names them"),
    Way("sqs:SetQueueAttributes", "arn:*:sqs:*:*:*", "a queue policy that names them"),
    Way("logs:PutSubscriptionFilter", "arn:*:logs:*:*:log-group:*", "a copy of the log group"),
)

# docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html,
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
READS_WITHOUT_KEY = (
    Way(
        "bedrock-agentcore:GetBatchEvaluation",
        "arn:*:bedrock-agentcore:*:*:batch-evaluate/*",
        "an evaluation's results",
    ),
    Way("logs:FilterLogEvents", "arn:*:logs:*:*:log-group:*", "what the group holds"),
    Way("logs:GetLogEvents", "arn:*:logs:*:*:log-group:*", "what the group holds"),
    Way("logs:StartLiveTail", "arn:*:logs:*:*:log-group:*", "what the group receives"),
    Way("logs:StartQuery", "arn:*:logs:*:*:log-group:*", "what the group holds"),
    Way("lambda:InvokeFunction", "arn:*:lambda:*:*:function:*", "what the function answers"),
    Way("sqs:ReceiveMessage", "arn:*:sqs:*:*:*", "the messages of the queue"),
)


@dataclass(frozen=True)
class Estate:
    """Resources with their policies (None: without one), and roles and users with theirs, by ARN.

    An ARN with wildcards stands for the resources that it matches. `owner` is the account of
    resources whose ARN names none.
    """

    resources: Mapping[str, Policy | None]
    identities: Mapping[str, Sequence[Policy]] = field(default_factory=dict[str, Sequence[Policy]])
    owner: str | None = None

    def who_can(self, action: str, resource: str) -> tuple[Access, ...]:
        """Everybody who can; see `who_can`. With wildcards: on some resource that they match.

        Then one resource is asked about for each sort that the documents tell apart.
        A role's trust policy says who takes the role on; whoever changes the role by IAM needs an
        identity policy alone.
        Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
        """
        policy = self.resources.get(resource)
        if policy is not None and policy.kind is PolicyKind.TRUST and not action.startswith("sts:"):
            policy = None
        given = [*self.identities.values(), () if policy is None else (policy,)]
        places = [resource]
        if "*" in resource or "?" in resource:
            places = _told_apart(resource, [each for listed in given for each in listed])
        found: dict[tuple[str, str], Access] = {}
        for place in places:
            for access in who_can(action, place, policy, self.identities, owner=self.owner):
                found.setdefault((access.who, access.how.value), access)
        return tuple(found.values())

    def could_give_themselves_access(self) -> tuple["Opening", ...]:
        """Who can change what decides, by which action."""
        return tuple(self._openings(SECOND_STEPS))

    def reads_without_key(self) -> tuple["Opening", ...]:
        """Who gets at results through services that decrypt for them."""
        return tuple(self._openings(READS_WITHOUT_KEY))

    def _openings(self, ways: Sequence[Way]) -> Iterator["Opening"]:
        for resource in self.resources:
            for way in ways:
                if parse_pattern(way.resources, variables=False).matches(resource, {}):
                    for access in self.who_can(way.action, resource):
                        yield Opening(way, resource, access)


def _told_apart(within: str, given: Sequence[Policy]) -> list[str]:
    """A resource for each way in which the policies' resource patterns can match or not.

    A pattern with variables tells nothing apart here; whoever asks about it refuses it.
    """
    statements = [statement for policy in given for statement in policy.statements]
    elements = [each.resources for each in statements if each.resources is not None]
    patterns = {
        pattern: None
        for element in elements
        for pattern in element.patterns
        if not pattern.variables
    }
    first = Clause((parse_pattern(within, variables=False),), want=True)
    cells: list[tuple[Clause, ...]] = [(first,)]
    for pattern in patterns:
        halves = [(*cell, Clause((pattern,), want)) for cell in cells for want in (True, False)]
        cells = [cell for cell in halves if find_texts(cell) is not None]
    return [text for cell in cells for text in find_texts(cell) or ()]


@dataclass(frozen=True)
class Opening:
    """Somebody who has one of the ways, on one resource."""

    way: Way
    resource: str
    access: Access

    def __str__(self) -> str:
        """Who gets what, by which action."""
        return f"{self.access}: {self.way.action} on {self.resource}, for {self.way.leads_to}"

    def as_data(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        return {"resource": self.resource, "leadsTo": self.way.leads_to, **self.access.as_data()}
