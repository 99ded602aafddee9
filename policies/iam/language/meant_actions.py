"""The action that was meant where a policy names none: by the nearest name, or another service.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import re
from functools import lru_cache

from .action_names import known_actions, known_services
from .suggestions import nearest

# How the service is called elsewhere: in SDKs, clients and principals.
_AGENTCORE = re.compile(r"(aws-?)?bedrock-?agent-?core[\w.-]*")
_SERVICE = "bedrock-agentcore"


def is_misnamed(text: str) -> bool:
    """Whether the prefix of an action is another spelling of AgentCore's, or Bedrock's before what
    only AgentCore has. Of prefixes that are not known nothing else is said: there are services
    that the file of names does not have."""
    service, _, name = text.lower().partition(":")
    if service in known_services():
        return False
    if service == "bedrock":
        return "batchevaluation" in name and f"{_SERVICE}:{name}" in known_actions()
    return _AGENTCORE.fullmatch(service) is not None or bool(nearest(service, (_SERVICE,), 0.9))


@lru_cache(maxsize=1024)
def meant_action(text: str) -> str:
    """The action that a text that names none is nearest to; empty if none is near."""
    service, _, name = text.lower().partition(":")
    plain = name.replace("*", "").replace("?", "")
    if not plain:
        return f"{_SERVICE}:*" if is_misnamed(text) else ""
    known = known_actions()
    service = _SERVICE if is_misnamed(text) else service
    if f"{service}:{plain}" in known:
        return known[f"{service}:{plain}"]
    same = [known[each] for each in known if each.partition(":")[2] == plain]
    if same:
        return same[0]
    of_service = (each for each in known if each.startswith(f"{service}:"))
    return known.get(nearest(f"{service}:{plain}", of_service), "")
