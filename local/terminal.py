"""Output of the commands: lines on a terminal, some of them to be pasted into a shell.

Whatever comes from customers or settings (session ids, service names, errors, outputs) is written
so that neither terminal nor shell acts on it: `printable` for people, `shell_word` for a shell.
All of a command's standard output may be pasted, so what is no command is a `remark`.
"""

import logging
import re
import shlex
import sys
from typing import NoReturn, TextIO

from policies.iam import printable, printable_lines
from policies.iam.language.suggestions import SuggestingParser

_PLAIN = re.compile(rb"[A-Za-z0-9_./:=,@+-]")


def shell_word(value: object) -> str:
    """The value as one word of a POSIX shell, on one line of printable characters.

    A newline at the very end is lost, as from every command substitution.
    """
    text = str(value)
    if text == printable(text):
        return shlex.quote(text)
    # Quotes keep a newline or an escape sequence as it is, and not every shell knows $'...'.
    data = text.replace("\0", "").encode("utf-8", "surrogatepass")
    octal = "".join(chr(byte) if _PLAIN.match(bytes([byte])) else f"\\{byte:03o}" for byte in data)
    return f"\"$(printf -- '{octal}')\""


def remark(text: object) -> str:
    """A line that a shell passes over.

    Each word is quoted where a shell would act on it: zsh at a prompt has no comments, unless its
    option INTERACTIVE_COMMENTS is set (https://zsh.sourceforge.io/Doc/Release/Options.html).
    """
    words = printable(text).split(" ")
    return " ".join(["#", *(shlex.quote(word) if word else "" for word in words)])


def show(line: object = "", *, before: str = "", end: str = "\n") -> None:
    """Print one line at once."""
    _write(sys.stdout, f"{before}{printable(line)}{end}")


def show_error(message: str) -> None:
    """Print an error; each of its lines says whose it is."""
    for line in message.split("\n"):
        _write(sys.stderr, f"local: {printable(line)}\n")


def _write(stream: TextIO, text: str) -> None:
    # What the terminal's encoding lacks is no reason to end with a traceback.
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


class Parser(SuggestingParser):
    """A command line whose errors repeat no control characters, and name what may be meant."""

    def error(self, message: str) -> NoReturn:
        """Print usage and error, and exit with 2."""
        super().error(printable(self.explained(message)))


class _Lines(logging.Formatter):
    """Log records and tracebacks, each line with the program's name."""

    def format(self, record: logging.LogRecord) -> str:
        text = printable_lines(super().format(record))
        return "\n".join(f"local: {line}" for line in text.split("\n"))


def log_to_terminal() -> None:
    """Write warnings and errors of all libraries to standard error, as `show_error` does."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines("%(levelname)s: %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def log_uncaught(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """A hook for sys.excepthook: the traceback as a log record."""
    logging.getLogger("local").error("unexpected error", exc_info=(kind, error, trace))  # pyright: ignore[reportArgumentType]
