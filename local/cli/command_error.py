"""The error with which a command ends."""


class CommandError(Exception):
    """What was asked for could not be done; the message says why.

    `code` is the exit code: 2 when the command could not even begin.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
