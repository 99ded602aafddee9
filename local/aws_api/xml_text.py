"""Characters that no XML 1.0 document can hold, not even as a reference: no SDK reads such answers.

https://www.w3.org/TR/xml/#charsets
"""

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORBIDDEN_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def unwritable(text: str) -> str:
    """The first character that no answer can hold, empty when there is none."""
    found = _FORBIDDEN.search(text)
    return found[0] if found else ""


def parsable(body: bytes) -> bytes:
    """An XML answer with a replacement character for each that a parser would stumble over.

    Keys of S3 may have any character; who lists them asks for `encoding-type=url`:
    docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    return _FORBIDDEN_BYTES.sub(_REPLACEMENT, body)
