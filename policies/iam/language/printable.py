"""Text from documents and requests, made safe to print on a terminal.

A terminal acts on control characters (escape sequences move the cursor, set its title or hide what
was printed before), and bidirectional marks let text read as what it is not
(https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
"""


def printable(text: object) -> str:
    """The text on one line, each character that is no visible one as a Python escape."""
    return "".join(map(_visible, str(text)))


def printable_lines(text: object) -> str:
    """The same for a message of several lines, whose line ends stay."""
    return "\n".join(map(printable, str(text).split("\n")))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
