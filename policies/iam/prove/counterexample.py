"""The answer to a question about all requests: proved, or one request to the contrary."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..authorize.applicable_policies import Ruling
from ..authorize.authorizer import Decision, Outcome
from ..language.printable import printable
from ..language.request import Request, Value


@dataclass(frozen=True)
class Counterexample:
    """A request that the new policy allows and the reference refuses; `is_authorized` confirms it.

    `assumed` says what the policies beside a policy compared by itself amount to.
    """

    allowed: Decision
    refused: Decision
    assumed: str = ""

    @property
    def request(self) -> Request:
        """The request."""
        return self.allowed.request

    @property
    def let_through_by(self) -> tuple[Ruling, ...]:
        """The statements of the new policy that let it through; empty if it only denies less."""
        beside = {id(policy) for _, policy in self.refused.policies.applied}
        return tuple(each for each in self.allowed.decided_by if id(each.policy) not in beside)

    @property
    def refusal(self) -> str:
        """Why the reference does not allow it."""
        if self.refused.outcome is Outcome.EXPLICITLY_DENIED:
            return f"denied by {self.refused.decided_by[0]}"
        missed = "; ".join(
            f"{finding.ruling} fails {finding.failed_conditions[0]}"
            for finding in self.refused.near_misses
        )
        applied_as = self.refused.missing
        return missed or f"no {applied_as.value if applied_as is not None else 'policy'} allows it"

    def __str__(self) -> str:
        """The request in words, what lets it through and why the reference does not."""
        by = "; ".join(map(str, self.let_through_by)) or "what it no longer denies"
        beside = [f"  {self.assumed}"] if self.assumed else []
        lines = [
            *in_words(self.request),
            *beside,
            f"  new: allowed by {by}",
            f"  reference: {self.refusal}",
        ]
        return "\n".join(map(printable, lines))

    def as_data(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        return {
            **as_data(self.request),
            "assumed": self.assumed,
            "allowedBy": [str(ruling) for ruling in self.let_through_by],
            "refusal": self.refusal,
        }


@dataclass(frozen=True)
class Proof:
    """The answer: proved, or a counterexample to the contrary."""

    counterexample: Counterexample | None = None

    @property
    def proved(self) -> bool:
        """Whether no request contradicts."""
        return self.counterexample is None

    def __str__(self) -> str:
        """`proved`, or the counterexample."""
        return "proved" if self.counterexample is None else str(self.counterexample)

    def as_data(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        counterexample = None if self.counterexample is None else self.counterexample.as_data()
        return {"proved": self.proved, "counterexample": counterexample}


def in_words(request: Request) -> list[str]:
    """A request as lines of text: who may do what, and with which keys."""
    role = request.principal.issuer_arn
    who = request.principal.arn + (f" of {role}" if role else "")
    on = f"{request.resource}" + (f" of {request.owner}" if request.resource_account else "")
    keys = [f"  with {key} = {' and '.join(_texts(v))}" for key, v in request.context.items()]
    return [f"{who} may {request.action} on {on}", *keys]


def as_data(request: Request) -> dict[str, object]:
    """A request as plain values."""
    context: Mapping[str, Value] = request.context
    return {
        "principal": request.principal.arn,
        "role": request.principal.issuer_arn,
        "action": request.action,
        "resource": request.resource,
        "owner": request.owner,
        "context": {key: _texts(value) for key, value in context.items()},
    }


def _texts(value: Value) -> list[str]:
    return [str(value)] if isinstance(value, str | bool | int | float) else list(map(str, value))
