"""Lists principals that can escalate privileges, or read results without the key.

A proof is about one request. A principal that may change a policy, a role's trust policy or a
function's code can make its next request an allowed one: read these lists beside every proof.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from ..authorize.authorizer import is_authorized
from ..authorize.service_rules import told_apart
from ..language.patterns import parse_pattern
from ..language.policy import Policy
from ..language.policy_types import PolicyType
from ..prove.pattern_solver import Clause, find_texts
from .escalation_actions import ESCALATION_ACTIONS, Consequence, EscalationAction
from .list_principals import Access, list_principals


@dataclass(frozen=True)
class ReadAction:
    """An action with which results are read, on resources of one type."""

    action: str
    resources: str
    leads_to: str


# What only stops or loses something gives nobody access.
GAINING = tuple(each for each in ESCALATION_ACTIONS if each.consequence is not Consequence.STOP)

# docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html,
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
READS_WITHOUT_KEY = (
    ReadAction(
        "bedrock-agentcore:GetBatchEvaluation",
        "arn:*:bedrock-agentcore:*:*:batch-evaluate/*",
        "an evaluation's results",
    ),
    ReadAction("logs:FilterLogEvents", "arn:*:logs:*:*:log-group:*", "what the group holds"),
    ReadAction("logs:GetLogEvents", "arn:*:logs:*:*:log-group:*", "what the group holds"),
    ReadAction("logs:StartLiveTail", "arn:*:logs:*:*:log-group:*", "what the group receives"),
    ReadAction("logs:StartQuery", "arn:*:logs:*:*:log-group:*", "what the group holds"),
    ReadAction("lambda:InvokeFunction", "arn:*:lambda:*:*:function:*", "what the function answers"),
    ReadAction("sqs:ReceiveMessage", "arn:*:sqs:*:*:*", "the messages of the queue"),
)


@dataclass(frozen=True)
class PolicyInventory:
    """Resources with their policies (None: without one), and roles and users with theirs, by ARN.

    An ARN with wildcards stands for the resources that it matches. `owner` is the account of
    resources whose ARN names none.
    """

    resources: Mapping[str, Policy | None]
    identities: Mapping[str, Sequence[Policy]] = field(default_factory=dict[str, Sequence[Policy]])
    owner: str | None = None

    def list_principals(self, action: str, resource: str) -> tuple[Access, ...]:
        """List the principals that can, as `list_principals` does.

        An ARN with wildcards stands for some resource that it matches: one of each class that the
        documents distinguish is asked about. A trust policy says who may assume the role; to change
        the role by IAM takes an identity policy alone.
        Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
        """
        policy = self.resources.get(resource)
        if policy is not None and policy.kind is PolicyType.TRUST and not action.startswith("sts:"):
            policy = None
        given = [*self.identities.values(), () if policy is None else (policy,)]
        places = [resource]
        if "*" in resource or "?" in resource:
            places = _told_apart(resource, [each for listed in given for each in listed])
        found: dict[tuple[str, str], Access] = {}
        for place in places:
            for access in list_principals(action, place, policy, self.identities, owner=self.owner):
                found.setdefault((access.who, access.how.value), access)
        return tuple(found.values())

    def privilege_escalations(self) -> tuple["Escalation", ...]:
        """Who can change what decides, or have it copied, by which action."""
        return tuple(self._escalations(GAINING))

    def reads_without_key(self) -> tuple["Escalation", ...]:
        """Who gets at results through services that decrypt for them."""
        return tuple(self._escalations(READS_WITHOUT_KEY))

    def _escalations(self, ways: Sequence[ReadAction | EscalationAction]) -> Iterator["Escalation"]:
        for resource, policy in self.resources.items():
            found: dict[object, tuple[Access, ...]] = {}
            for way in ways:
                if parse_pattern(way.resources, variables=False).matches(resource, {}):
                    alike = self._alike(way.action, policy)
                    if alike not in found:
                        found[alike] = self.list_principals(way.action, resource)
                    for access in found[alike]:
                        yield Escalation(way, resource, _asked_for(access, way.action))

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
    return replace(access, decision=is_authorized(asked, access.decision.policies))


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
class Escalation:
    """Somebody who may take an action of the tables, on one resource."""

    by: ReadAction | EscalationAction
    resource: str
    access: Access

    def __str__(self) -> str:
        """Who gets what, by which action."""
        return f"{self.access}: {self.by.action} on {self.resource}, for {self.by.leads_to}"

    def as_data(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        return {"resource": self.resource, "leadsTo": self.by.leads_to, **self.access.as_data()}
