"""Requests and principals in the words of messages."""

from .access import Access, How, Layer, Request, Witness
from .evaluations import CONTEXT_KEY

_ENCRYPTION_CONTEXT = CONTEXT_KEY.partition(":aws:")[0].lower()


def keys_of(request: Request) -> str:
    """The condition keys of a request: `with aws:SourceIp = …`, `with no encryption context`."""
    given = dict(request.context)
    texts = [f"{key} = {value}" for key, value in sorted(given.items())]
    uses = request.folded_action.startswith("kms:") and not any(
        key.lower().startswith(_ENCRYPTION_CONTEXT) for key in given
    )
    return (
        f"with {' and '.join(texts) or ('no encryption context' if uses else 'no condition key')}"
    )


def through(access: Access) -> str:
    """The statements that let it through, without those of policies that are only assumed."""
    assumed = [Layer.SESSION, *([Layer.IDENTITY] if access.how is How.IF_ALLOWED else [])]
    by = [each.statement for each in access.decision.decided_by if each.layer not in assumed]
    return " and ".join(dict.fromkeys(map(str, by)))


def may(access: Access, actions: str = "") -> str:
    """Who may do what, with which keys and through which statement."""
    return (
        f"{access.who} may {actions or access.request.action} "
        f"{keys_of(access.request)}, through {through(access)}"
    )


def witnessed(witness: Witness) -> str:
    """The request of a failed proof, the statement that lets it through and where."""
    request = witness.request
    who = request.principal.issuer_arn or request.principal.arn
    by = " and ".join(str(each.statement) for each in witness.let_through_by)
    return (
        f"{who} may {request.action} on {request.resource} {keys_of(request)}, through "
        f"{by or 'what is no longer denied'}"
    )
