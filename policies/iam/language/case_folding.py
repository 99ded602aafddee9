"""Names whose case does not matter: condition keys, and the tags and context pairs in them.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

import string

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(name: str) -> str:
    """The name in lower case.

    Beyond ASCII letters stay as they are: else the Kelvin sign would pass for a k, and a pair of an
    encryption context for another.
    """
    return name.lower() if name.isascii() else name.translate(_LOWER)
