"""Who could escalate privileges by one action more, and who reads results without the key.

A proof is about one request. Whoever may change a policy, a role's trust or a function's code can
make the next request an allowed one; so these lists belong beside every proof.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from ..authorize.authorizer import decide
from ..authorize.service_rules import told_apart
from ..language.patterns import parse_pattern
from ..language.policy import Policy
from ..language.policy_types import PolicyKind
from ..prove.pattern_solver import Clause, find_texts
from .escalation_actions import ESCALATION_ACTIONS, Consequence, EscalationAction
from .list_principals import Access, who_can


@dataclass(frozen=True)
class Way:
    """An action with which results are read, on resources of one type."""

    action: str
    resources: str
    leads_to: str


# What only stops or loses something gives nobody access.
GAINING = tuple(each for each in ESCALATION_ACTIONS if each.consequence is not Consequence.STOP)

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
        """Who can change what decides, or have it copied, by which action."""
        return tuple(self._openings(GAINING))

    def reads_without_key(self) -> tuple["Opening", ...]:
        """Who gets at results through services that decrypt for them."""
        return tuple(self._openings(READS_WITHOUT_KEY))

    def _openings(self, ways: Sequence[Way | EscalationAction]) -> Iterator["Opening"]:
        for resource, policy in self.resources.items():
            found: dict[object, tuple[Access, ...]] = {}
            for way in ways:
                if parse_pattern(way.resources, variables=False).matches(resource, {}):
                    alike = self._alike(way.action, policy)
                    if alike not in found:
                        found[alike] = self.who_can(way.action, resource)
                    for access in found[alike]:
                        yield Opening(way, resource, _asked_for(access, way.action))

    def _alike(self, action: str, policy: Policy | None) -> object:
        """What sets an action apart from others: who can do what is alike in this can do both."""
        folded = action.lower()
        documents = [*([policy] if policy else []), *chain(*self.identities.values())]
        statements = [each for document in documents for each in chain(*document.on(folded))]
        sts, service = folded.startswith("sts:"), folded.partition(":")[0]
        return sts, service, told_apart(folded), tuple(map(id, statements))


def _asked_for(access: Access, action: str) -> Access:
    """The same access with another action, which the policies treat alike."""
    request = access.request
    if request.action == action:
        return access
    asked = replace(request, action=action)
    return replace(access, decision=decide(asked, access.decision.policies))


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
    """Somebody who may take an action of the tables, on one resource."""

    way: Way | EscalationAction
    resource: str
    access: Access

    def __str__(self) -> str:
        """Who gets what, by which action."""
        return f"{self.access}: {self.way.action} on {self.resource}, for {self.way.leads_to}"

    def as_data(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        return {"resource": self.resource, "leadsTo": self.way.leads_to, **self.access.as_data()}
