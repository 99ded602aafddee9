"""What every message of a rule has to say."""

import json
import re
from collections.abc import Iterator
from typing import Any

from policies.analysis.managed_policies import managed
from policies.rules.all_rules import RULES
from tests.policies.edits import Program
from tests.policies.pack import Registration, Report

# The words that begin what to write instead.
INSTEAD = re.compile(
    r"; (what it needs of|(write|remove|make|deny|let|name|allow|keep|bind|correct|move)\b)"
    r"|: expected .*, found "
)
OF = re.compile(r"statement \d+ of (\w+)")
STATEMENT = re.compile(r"statement (\d+)( \((\w+)\))?")
# Principals as messages name them.
WHO = re.compile(
    r"arn:aws[\w-]*:(iam|sts)::\d{12}:|\w+(\.[\w-]+)*\.amazonaws\.com|any(body)?[ ,]|the root user|"
    r"\bit may\b|\bwhoever\b|account \d{12}|batch-evaluation-[\w-]+,? (may|is refused)\b"
)
# What a proof takes where a pattern leaves a name open, and what stands for a name that is unknown.
MADE_UP = re.compile(
    r"""[^\s"']*(?:[:/](?:x|any|this|REGION|PARTITION)(?=[:/\s,;"'.)]|$)|log-group::|0{12})[^\s"',;]*"""
    r"|arn:[\w-]+:(?!iam|s3|sts)[\w-]+::\d{12}:\S*|\bx\.amazonaws\.com"
)
ABOUT = {rule.name: rule.about for rule in RULES}


def faults(report: Report, program: Program) -> Iterator[str]:
    """What a message does not say."""
    description, _, message = report.message.partition("\n")
    if description != ABOUT[report.rule].description:
        yield "the rule's sentence"
    written = json.dumps([each.inputs for each in program.resources])
    for found in MADE_UP.findall(message):
        if found not in written:
            yield f"a name that somebody has instead of {found}"
    names = {each.name for each in program.resources}
    name, _, said = message.partition(": ")
    if name not in names or (report.urn and not report.urn.endswith(f"::{name}")):
        yield "the resource"
    if not INSTEAD.search(said):
        yield "what to write instead"
    if " may " in said or " is refused " in said:
        if not WHO.search(said):
            yield "the principal"
        if not (STATEMENT.search(said) or "whoever is allowed" in said or "no statement" in said):
            yield "the statement"
    named = filter(None, (managed(f"arn:aws:iam::aws:policy/{name}") for name in OF.findall(said)))
    of_aws = {statement.index for policy in named for statement in policy.statements}
    for number, _, sid in STATEMENT.findall(said):
        in_stack = any(_has(each, int(number), sid) for each in program.resources)
        if not in_stack and not (int(number) in of_aws and not sid):
            yield f"the Sid of statement {number}"


def _has(resource: Registration, number: int, sid: str) -> bool:
    """Whether a document of the resource has a statement of that number and Sid."""
    for path in ("policy", "assumeRolePolicy", "policyDocument"):
        try:
            statements = json.loads(resource.inputs.get(path, ""))["Statement"]
        except (ValueError, TypeError, KeyError):
            continue
        if number < len(statements) and statements[number].get("Sid", "") == sid:
            return True
    return False


def changed_values(before: Any, after: Any) -> Iterator[str]:
    """The plain values that an edit wrote, as messages show them."""
    if isinstance(after, dict):
        for key, value in after.items():
            yield from changed_values(before.get(key) if isinstance(before, dict) else None, value)
    elif isinstance(after, list):
        for index, value in enumerate(after):
            known = isinstance(before, list) and index < len(before)
            yield from changed_values(before[index] if known else None, value)
    elif before is not None and after != before and not str(after).startswith("{"):
        yield str(after).lower() if isinstance(after, bool) else str(after)
