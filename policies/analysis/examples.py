"""Example values of the prover in the words of messages: no name in a message is invented.

A proof shows one request that gets through. Where a pattern leaves a name open, the prover takes
`x` or nothing, and a request that is asked about has `any`: neither is something that a reader has.
"""

import re

# IAM and S3 have ARNs without a Region.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_GLOBAL = ("iam", "s3", "sts")
_ANY = re.compile(r"""(?<=[/:])any(?=$|[\s/:,;"')])""")
_MADE_UP = re.compile(r"^(?:[^:]*[:/])?x$")
_ARN = re.compile(r"arn:([\w-]*):([\w-]+):([\w-]*):(\d{12}|):(.*)", re.DOTALL)


def patterns(text: str) -> str:
    """A text with `*` in the place of each `any` in its ARNs: what may be written into a policy."""
    return _ANY.sub("*", text)


def example(text: str) -> str:
    """A reason with `<any>` in the place of each `any` in its ARNs: what was found, no pattern."""
    return _ANY.sub("<any>", text)


def in_words(text: str) -> str:
    """A principal, an action, a resource or a value of an example; what a reader could look up is
    left."""
    if not text:
        return "<another value>"
    if text == "x.amazonaws.com":
        return "<a service>"
    if not text.startswith("arn:"):
        service, _, name = text.partition(":")
        return f"<an action of {service}>" if name == "x" else text
    return _of_arn(text)


def _of_arn(text: str) -> str:
    found = _ARN.fullmatch(text)
    if found is None:
        return text
    partition, service, region, account, name = found.groups()
    where = f" in account {account}" if account else ""
    if not name or _MADE_UP.search(name):
        kind = name.removesuffix("x").rstrip(":/") or f"resource of {service}"
        return f"<{'an' if kind[0] in 'aeiou' else 'a'} {kind}{where}>"
    name = f"{name}*" if name.endswith(("/", ":")) else name
    if region == "x" or (not region and service not in _GLOBAL):
        return f"arn:{partition}:{service}:<Region>:{account}:{name}"
    return patterns(f"arn:{partition}:{service}:{region}:{account}:{name}")
