"""A decision in words: every statement, and the test at which it failed."""

from collections.abc import Iterator

from ..language.printable import printable
from ..language.request import Request
from .applicable_policies import Policies
from .authorizer import Decision, is_authorized
from .statement_results import Finding


def explain(request: Request, policies: Policies) -> str:
    """Why the request is allowed or denied, as lines of text; `>` marks what decided."""
    return "\n".join(map(printable, _lines(is_authorized(request, policies))))


def _lines(decision: Decision) -> Iterator[str]:
    request = decision.request
    yield f"{decision.outcome.value}: {decision.message}"
    yield ""
    role = request.principal.issuer_arn
    yield f"principal  {request.principal.arn}" + (f" of {role}" if role else "")
    yield f"action     {request.action}"
    yield f"resource   {request.resource}" + (f" of {request.owner}" if request.owner else "")
    for key, values in sorted(request.values.items()):
        yield f"  {key} = {', '.join(values)}"
    shown = None
    for finding in decision.findings:
        place = (finding.ruling.applied_as, id(finding.ruling.policy))
        if place != shown:
            shown = place
            yield ""
            yield finding.ruling.source
        yield f"  {_mark(finding, decision)} {_summary(finding)}"
        if finding.covers:
            for tested in finding.conditions:
                yield f"      {'holds' if tested.holds else 'FAILS'}: {tested}"


def _mark(finding: Finding, decision: Decision) -> str:
    return ">" if finding.ruling in decision.decided_by else " "


def _summary(finding: Finding) -> str:
    statement = finding.ruling.statement
    outcome = "applies" if finding.applies else finding.reason
    if finding.covers and finding.failed_conditions:
        outcome = "a condition fails"
    return f"{statement}: {statement.effect.value}, {outcome}"
