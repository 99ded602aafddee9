"""The kinds of policy document, and what each service accepts in its own kind."""

import re
from dataclasses import dataclass
from enum import Enum

_IAM_CHARACTERS = r"\t\n\r\x20-\xff"
_KMS_CHARACTERS = r"\t\n\r\x20-\x7e\xa0-\xff"


class Unit(Enum):
    """How the size of a document is counted."""

    BYTES = "bytes"
    CHARACTERS = "characters"
    WITHOUT_SPACE = "characters other than white space"

    def measure(self, text: str) -> int:
        """The size of a document's text."""
        match self:
            case Unit.BYTES:
                return len(text.encode("utf-8", "surrogatepass"))
            case Unit.CHARACTERS:
                return len(text)
            case Unit.WITHOUT_SPACE:
                return len(re.sub(r"\s", "", text))


@dataclass(frozen=True, slots=True)
class Rules:
    """What sets one kind of document apart.

    `code` is the error code of a refusal. `limit` is the greatest size in `unit`, `characters` the
    ones that may stand in the text, as in a regular expression's brackets. `services` are the
    prefixes of actions that may stand in it (none: any), `any_action` says whether a bare `*` may.
    """

    code: str
    limit: int | None = None
    unit: Unit = Unit.BYTES
    characters: str | None = None
    has_principal: bool = True
    has_resource: bool = True
    has_id: bool = True
    plain_sids: bool = False
    needs_version: bool = False
    missing_has_no_effect: bool = False
    services: tuple[str, ...] = ()
    any_action: bool = True

    def accepts(self, service: str) -> bool:
        """Whether an action with this prefix (`*` for a bare one) may stand in the document."""
        if service == "*":
            return self.any_action
        return not self.services or service in self.services


class PolicyType(Enum):
    """Where a policy document belongs. A permissions boundary is an identity policy."""

    IDENTITY = "identity policy"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    TRUST = "role trust policy"
    KEY = "key policy"
    BUCKET = "bucket policy"
    RESOURCE = "resource policy"


# Sizes and characters: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (for
# identity policies the limit of a role's inline policies, the greatest of several; for trust
# policies the one after a quota increase),
# docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
# docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html,
# docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html.
# Elements: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
# docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html.
RULES: dict[PolicyType, Rules] = {
    PolicyType.IDENTITY: Rules(
        code="MalformedPolicyDocument",
        limit=10_240,
        unit=Unit.WITHOUT_SPACE,
        characters=_IAM_CHARACTERS,
        has_principal=False,
        has_id=False,
        plain_sids=True,
    ),
    PolicyType.SESSION: Rules(
        code="MalformedPolicyDocument",
        limit=2_048,
        unit=Unit.CHARACTERS,
        characters=_IAM_CHARACTERS,
        has_principal=False,
        has_id=False,
        plain_sids=True,
    ),
    PolicyType.SERVICE_CONTROL: Rules(
        code="MalformedPolicyDocumentException",
        has_principal=False,
    ),
    PolicyType.RESOURCE_CONTROL: Rules(
        code="MalformedPolicyDocumentException",
        needs_version=True,
    ),
    PolicyType.TRUST: Rules(
        code="MalformedPolicyDocument",
        limit=4_096,
        unit=Unit.WITHOUT_SPACE,
        characters=_IAM_CHARACTERS,
        has_resource=False,
        plain_sids=True,
        services=("sts",),
        any_action=False,
    ),
    PolicyType.KEY: Rules(
        code="MalformedPolicyDocumentException",
        limit=32_768,
        characters=_KMS_CHARACTERS,
        needs_version=True,
        missing_has_no_effect=True,
    ),
    PolicyType.BUCKET: Rules(code="MalformedPolicy", limit=20_480, services=("s3",)),
    PolicyType.RESOURCE: Rules(code="InvalidParameterValue"),
}
