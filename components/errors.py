"""What can be wrong with inputs, each fault with what was expected and what was found."""

from collections.abc import Sequence

import pulumi


class InvalidInput(pulumi.RunError):
    """One input has a value that it cannot have.

    The message reads `name: expected …, got …`. A `RunError` is shown by Pulumi without a
    traceback.
    """

    def __init__(self, name: str, expected: str, got: object) -> None:
        self.name = name
        self.expected = expected
        self.got = got
        super().__init__(f"{name}: expected {expected}, got {got!r}")


class InvalidInputs(pulumi.RunError):
    """Several inputs are wrong; the message has one line for each of `faults`."""

    def __init__(self, faults: Sequence[InvalidInput]) -> None:
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"{len(self.faults)} invalid settings:\n{lines}")


class KeyNotUsable(pulumi.RunError):
    """An existing KMS key cannot serve as the evaluation key as it is.

    `reasons` say what its owner must change; this package never changes a key that it did not make.
    """

    def __init__(self, key_arn: str, reasons: Sequence[str]) -> None:
        self.key_arn = key_arn
        self.reasons = tuple(reasons)
        lines = "\n".join(f"  - {reason}" for reason in reasons)
        super().__init__(f"existing key {key_arn} cannot be used yet:\n{lines}")
