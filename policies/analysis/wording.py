"""Requests and principals in the words of messages."""

from collections.abc import Iterable, Iterator

from ..iam import Access, AppliedAs, Counterexample, Decision, How, Request, Ruling
from .evaluation_access import CONTEXT_KEY
from .examples import example, in_words

_ENCRYPTION_CONTEXT = CONTEXT_KEY.partition(":aws:")[0].lower()


def shown(value: object) -> str:
    """A value as programs in most languages write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def keys_of(request: Request) -> str:
    """The condition keys of a request: `with aws:SourceIp = …`, `with no encryption context`."""
    given = dict(request.context)
    texts = [f"{key} = {_value(value)}" for key, value in sorted(given.items())]
    uses = request.folded_action.startswith("kms:") and not any(
        key.lower().startswith(_ENCRYPTION_CONTEXT) for key in given
    )
    return (
        f"with {' and '.join(texts) or ('no encryption context' if uses else 'no condition key')}"
    )


def _value(value: object) -> str:
    return in_words(str(value)) if isinstance(value, str) else str(value)


def through(access: Access) -> str:
    """The statements that let it through, without those of policies that are only assumed."""
    assumed = [AppliedAs.SESSION, *([AppliedAs.IDENTITY] if access.how is How.IF_ALLOWED else [])]
    by = [each for each in access.decision.decided_by if each.applied_as not in assumed]
    return " and ".join(dict.fromkeys(map(_placed, by)))


def _placed(ruling: Ruling) -> str:
    """The statement, and the resource that has it unless the message is about that one."""
    name = ruling.policy.name
    return f"{ruling.statement} of {name}" if name else str(ruling.statement)


def why_not(decision: Decision) -> str:
    """Which statement denies a request, or which almost allows it and why it does not."""
    if decision.decided_by:
        return f"denied by {' and '.join(str(each.statement) for each in decision.decided_by)}"
    if decision.crosses:
        return f"of another account than the key's, {decision.request.owner}"
    near = [
        f"kept out of {each.ruling.statement} since {example(each.reason)}"
        for each in decision.near_misses
    ]
    return " and ".join(near) or "allowed by no statement"


def enumerated(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def may_together(found: Iterable[tuple[Access, str]], verb: str = "") -> Iterator[str]:
    """Who may what, one text for all through the same statements: what lets everybody in is one
    finding. `verb` stands in the place of the actions."""
    actions: dict[tuple[str, str], tuple[Access, list[str]]] = {}
    for access, listed in found:
        _, named = actions.setdefault((access.who, through(access)), (access, []))
        named += [] if listed in named else [listed]
    groups: dict[tuple[str, str], list[Access]] = {}
    for (_, how), (access, named) in actions.items():
        groups.setdefault((verb or enumerated(named), how), []).append(access)
    said: dict[str, list[str]] = {}
    for (what, how), accesses in groups.items():
        who = enumerated(dict.fromkeys(access.who for access in accesses))
        said.setdefault(how, []).append(f"{who} may {what} {keys_of(accesses[0].request)}")
    for how, each in said.items():
        yield f"{', and '.join(each)}, through {how}"


def allowed_by(counterexample: Counterexample, *, who: str = "", on: str = "") -> str:
    """The request of a failed proof, the statement that lets it through and where. `who` and `on`
    are principal and resource in words, if the message is about them."""
    request = counterexample.request
    who = who or in_words(request.principal.issuer_arn or request.principal.arn)
    by = " and ".join(str(each.statement) for each in counterexample.let_through_by)
    return (
        f"{who} may {in_words(request.action)} on {on or in_words(request.resource)} "
        f"{keys_of(request)}, through "
        f"{by or 'what is no longer denied'}"
    )
