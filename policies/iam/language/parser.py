"""Reading policy documents: JSON text or plain values in, a Policy or every fault out.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import cast

from .document_errors import MalformedPolicyError
from .elements import ElementReader, as_mapping, as_sequence, shown
from .policy import Effect, Policy, Statement
from .policy_types import PolicyType
from .service_checks import check_bucket, check_key, check_resource_control, check_trust

_VERSIONS = ("2008-10-17", "2012-10-17")
_MEMBERS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"}
    | {"Resource", "NotResource", "Condition"}
)


def parse_policy(
    document: str | Mapping[str, object],
    kind: PolicyType,
    *,
    name: str = "",
    bucket_arn: str | None = None,
) -> Policy:
    """The policy that a document writes.

    `document` is JSON text or the value it stands for; `bucket_arn`, for a bucket policy, is the
    bucket that it is for. Raises MalformedPolicyError with every fault, as the service of that kind
    refuses the document. Faults without effect, which AWS accepts, are the policy's `remarks`.
    """
    return _Reader(kind, name).read(document, bucket_arn)


class _RepeatedMemberError(ValueError):
    pass


class _Reader(ElementReader):
    """One document being read."""

    def read(self, document: object, bucket_arn: str | None) -> Policy:
        loaded = self.load(document)
        version, statements = self.policy(loaded[0]) if loaded else ("", ())
        policy = Policy(self.kind, self.name, version, statements, tuple(self.remarks))
        match self.kind:
            case PolicyType.KEY:
                self.faults.extend(check_key(policy))
            case PolicyType.BUCKET:
                self.faults.extend(check_bucket(policy, bucket_arn))
            case PolicyType.TRUST:
                self.faults.extend(check_trust(policy))
            case PolicyType.RESOURCE_CONTROL:
                self.faults.extend(check_resource_control(policy))
            case _:
                pass
        if self.faults:
            raise MalformedPolicyError(self.rules.code, tuple(self.faults))
        return policy

    def load(self, document: object) -> tuple[object] | None:
        """The document as plain values, None if it is no JSON; size and characters are checked."""
        try:
            if isinstance(document, str):
                text, value = document, json.loads(document, object_pairs_hook=_unrepeated)
            else:
                text, value = json.dumps(document, ensure_ascii=False), document
        except _RepeatedMemberError as error:
            self.fault("document", "each member once", str(error))
            return None
        except (ValueError, TypeError, RecursionError):
            self.fault("document", "JSON", document)
            return None
        self.text(text)
        return (cast("object", value),)

    def text(self, text: str) -> None:
        limit, unit, characters = self.rules.limit, self.rules.unit, self.rules.characters
        if limit is not None and (size := unit.measure(text)) > limit:
            self.fault("document", f"at most {limit} {unit.value}", str(size))
        if characters is not None and (strange := re.search(f"[^{characters}]", text)):
            expected = "tab, line feed, carriage return, printable ASCII and Latin-1 characters"
            self.fault("document", expected, ascii(strange[0]))

    def policy(self, value: object) -> tuple[str, tuple[Statement, ...]]:
        document = as_mapping(value)
        if document is None:
            self.fault("document", "a JSON object", value)
            return "", ()
        self.members(document, "", _MEMBERS)
        if "Id" in document:
            if not self.rules.has_id:
                self.fault("Id", "no Id in this document", document["Id"])
            elif not isinstance(document["Id"], str):
                self.fault("Id", "a text", document["Id"])
        version = document.get("Version", _VERSIONS[0])
        if version not in _VERSIONS or ("Version" not in document and self.rules.needs_version):
            self.fault("Version", " or ".join(_VERSIONS), document.get("Version", "nothing"))
        self.variables = version == _VERSIONS[1]
        statements = self.statements(document)
        if self.rules.plain_sids:
            self.unique_sids(statements)
        return str(version), statements

    def statements(self, document: Mapping[object, object]) -> tuple[Statement, ...]:
        value = document.get("Statement", "nothing")
        listed = as_sequence(value)
        items = listed if listed is not None else ([value] if as_mapping(value) is not None else [])
        if not items:
            self.fault("Statement", "one statement or more", value)
        read = [self.statement(index, item) for index, item in enumerate(items)]
        return tuple(statement for statement in read if statement is not None)

    def unique_sids(self, statements: Iterable[Statement]) -> None:
        seen: set[str] = set()
        for statement in statements:
            if statement.sid in seen:
                self.fault(f"Statement[{statement.index}].Sid", "a Sid of its own", statement.sid)
            if statement.sid:
                seen.add(statement.sid)

    def statement(self, index: int, value: object) -> Statement | None:
        path = f"Statement[{index}]"
        statement = as_mapping(value)
        if statement is None:
            self.fault(path, "a JSON object", value)
            return None
        self.members(statement, f"{path}.", _STATEMENT_MEMBERS)
        effect = statement.get("Effect", "nothing")
        if effect not in ("Allow", "Deny"):
            self.fault(f"{path}.Effect", "Allow or Deny", effect)
        return Statement(
            index=index,
            sid=self.sid(path, statement.get("Sid", "")),
            effect=Effect.DENY if effect == "Deny" else Effect.ALLOW,
            principals=self.principals(path, statement),
            actions=self.actions(path, statement),
            resources=self.resources(path, statement),
            conditions=tuple(self.conditions(f"{path}.Condition", statement.get("Condition", {}))),
        )

    def members(self, value: Mapping[object, object], path: str, expected: frozenset[str]) -> None:
        for member in value:
            if member not in expected:
                self.fault(
                    f"{path}{shown(member)}", f"one of {', '.join(sorted(expected))}", member
                )

    def sid(self, path: str, value: object) -> str:
        if not isinstance(value, str):
            self.fault(f"{path}.Sid", "a text", value)
            return ""
        if self.rules.plain_sids and not re.fullmatch(r"[A-Za-z0-9]*", value):
            self.fault(f"{path}.Sid", "letters A to Z and a to z, and digits", value)
        return value


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _RepeatedMemberError(f"{repeated} more than once")
    return value
