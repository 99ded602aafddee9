"""Errors in a policy document: all at once, each with its place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that AWS would not accept.

    `path` is the place in the document, such as `Statement[2].Condition.StringLike`; `rule`, where
    AWS has a name of its own for the fault, is that name (`OverlyPermissiveCondition`).
    """

    path: str
    expected: str
    found: str
    rule: str = ""

    def __str__(self) -> str:
        """One sentence: the place, what belongs there and what stands there."""
        rule = f"{self.rule}: " if self.rule else ""
        return f"{rule}{self.path}: expected {self.expected}, found {self.found}"


class MalformedPolicyError(ValueError):
    """A policy document that AWS refuses.

    `faults` names all of them; `code` is the error code that the service of that kind of policy
    answers with (`MalformedPolicyDocument` of IAM, `MalformedPolicyDocumentException` of KMS,
    `MalformedPolicy` of S3).
    """

    def __init__(self, code: str, faults: tuple[Fault, ...]) -> None:
        self.code = code
        self.faults = faults
        super().__init__("; ".join(str(fault) for fault in faults))
