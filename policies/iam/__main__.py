"""Ask what policy documents allow, from the command line.

    python -m policies.iam check-no-new-access NEW.json REFERENCE.json     does NEW allow no more?
    python -m policies.iam list-principals kms:Decrypt KEY_ARN --policy KEY_POLICY.json
    python -m policies.iam explain kms:Decrypt KEY_ARN --principal ARN --policy KEY_POLICY.json

Inside the policy pack's folder the package is called `iam`. Exit code 0: proved, or answered; 1:
a counterexample was found, or the request is denied; 2: the documents or arguments are refused.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .analyze.check_no_new_access import Comparison
from .analyze.list_principals import list_principals
from .authorize.applicable_policies import Policies
from .authorize.authorizer import is_authorized
from .authorize.explanation import explain
from .language.document_errors import MalformedPolicyError
from .language.parser import parse_policy
from .language.policy import Policy
from .language.policy_types import PolicyType
from .language.principals import Named, Sort, parse_named
from .language.printable import printable
from .language.request import ANONYMOUS, Principal, Request
from .language.suggestions import SuggestingParser
from .language.type_detection import guess_policy_type
from .prove.counterexample import Proof
from .prove.questions import require_action, require_owner, require_resource
from .prove.unprovable import UnprovableError

_PRINCIPALS = (
    "the ARN of a user, session, federated user or root, the DNS name of a service, "
    "Federated=PROVIDER, or anonymous"
)
_KINDS = {kind.name.lower().replace("_", "-"): kind for kind in PolicyType}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    commands = {
        "check-no-new-access": _check_no_new_access,
        "list-principals": _list_principals,
        "explain": _explain,
    }
    try:
        return commands[options.command](options)
    except UnprovableError as error:
        _show_errors("no proof is given about:", *(f"  {each}" for each in error.refusals))
    except MalformedPolicyError as error:
        _show_errors(f"{error.code}:", *(f"  {each}" for each in error.faults))
    except (ValueError, OSError) as error:
        _show_errors(error)
    return 2


def _show(*lines: object) -> None:
    print(*map(printable, lines), sep="\n")


def _show_errors(*lines: object) -> None:
    print(*map(printable, lines), sep="\n", file=sys.stderr)


def _check_no_new_access(options: argparse.Namespace) -> int:
    new, reference = (_read(path, options.kind) for path in (options.new, options.reference))
    comparison = Comparison(
        new,
        reference,
        resource=options.resource,
        owner=options.owner,
        fixed=_pairs(options.fix),
    )
    proof = Proof(comparison.first())
    more = [] if proof.proved else list(comparison.actions())
    if options.json:
        print(json.dumps({**proof.as_data(), "actions": more}, indent=2))
    elif proof.proved:
        _show(f"proved: every request that {new} allows, {reference} allows")
    else:
        print(proof.counterexample)  # of several lines, each printable
        _show(f"actions that it allows more of: {', '.join(more)}")
    return 0 if proof.proved else 1


def _list_principals(options: argparse.Namespace) -> int:
    require_resource(options.resource)
    require_owner(options.resource, options.owner)
    policy = None if options.policy is None else _read(options.policy, options.kind)
    found = list_principals(
        options.action,
        options.resource,
        policy,
        {arn: [_read(path, "identity")] for arn, path in _pairs(options.identity).items()},
        owner=options.owner,
        fixed=_pairs(options.fix),
    )
    if options.json:
        print(json.dumps([access.as_data() for access in found], indent=2))
    else:
        _show(*(found or ["nobody"]))
    return 0


def _explain(options: argparse.Namespace) -> int:
    require_resource(options.resource)
    require_owner(options.resource, options.owner)
    request = Request(
        _principal(options.principal, options.role),
        options.action,
        options.resource,
        dict(_pairs(options.context)),
        options.owner,
    )
    policies = Policies(
        identity=tuple(_read(path, "identity") for path in options.identity),
        resource=None if options.policy is None else _read(options.policy, options.kind),
    )
    require_action(options.action, tuple(policy for _, policy in policies.applied))
    decision = is_authorized(request, policies)
    text = explain(request, policies)
    if options.json:
        data = {"outcome": decision.outcome.value, "message": decision.message, "explanation": text}
        print(json.dumps(data, indent=2))
    else:
        print(text)
    return 0 if decision.allowed else 1


def _read(path: str, kind: str | None) -> Policy:
    """The document of a file; `-` is standard input. Every error names the file."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path}: expected a file to read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected a document in UTF-8: {error}") from error
    try:
        parsed = _KINDS[kind] if kind is not None else guess_policy_type(text)
    except ValueError as error:
        raise ValueError(f"{path}: expected a document in JSON: {error}") from error
    try:
        return parse_policy(text, parsed, name="stdin" if path == "-" else Path(path).stem)
    except MalformedPolicyError:
        how = "as --kind says" if kind is not None else "guessed; --kind says otherwise"
        _show_errors(f"{path}, read as {parsed.value} ({how})")
        raise


def _principal(text: str, role: str | None) -> Principal:
    """Who `--principal` says: names without colon are services', those after Federated= providers'.

    Service and identity provider are told apart as in a Principal element: their names look alike.
    """
    sort, equals, provider = text.partition("=")
    if sort == Sort.FEDERATED.value and equals and provider:
        return Principal.federated(provider)
    if text == ANONYMOUS:
        return Principal.anonymous()
    if text.startswith("arn:"):
        return Principal.of(text, issuer_arn=role)
    if parse_named(Sort.SERVICE, text) == Named(Sort.SERVICE, text):
        return Principal.service(text)
    raise ValueError(f"--principal: expected {_PRINCIPALS}, found {text}")


def _pairs(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"expected KEY=VALUE, found {text}")
        found[key] = value
    return found


class _Parser(SuggestingParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(self.explained(message)))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m policies.iam", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    check_no_new_access = commands.add_parser(
        "check-no-new-access", help="whether one document allows no more than another"
    )
    check_no_new_access.add_argument(
        "new", help="file with the document in question; - is standard input"
    )
    check_no_new_access.add_argument(
        "reference", help="file with the document that it is held against"
    )
    check_no_new_access.add_argument("--resource", help="the one resource that is asked about")
    who = commands.add_parser("list-principals", help="everybody who can do one thing")
    why = commands.add_parser("explain", help="why one request is allowed or denied")
    for command in (who, why):
        command.add_argument("action", help="service:Name, such as kms:Decrypt")
        command.add_argument("resource", help="an ARN without wildcards, or *")
        command.add_argument("--policy", help="the resource's own policy")
    who.add_argument(
        "--identity",
        action="append",
        default=[],
        metavar="ARN=FILE",
        help="the identity policy of a role or user",
    )
    why.add_argument(
        "--identity", action="append", default=[], metavar="FILE", help="a policy of the principal"
    )
    why.add_argument("--principal", required=True, help=_PRINCIPALS)
    why.add_argument("--role", help="ARN of the session's role, if it has a path")
    why.add_argument(
        "--context", action="append", default=[], metavar="KEY=VALUE", help="a key of the request"
    )
    for command in (check_no_new_access, who):
        command.add_argument(
            "--fix",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="the one value of a condition key, which policy variables then stand for",
        )
    for command in (check_no_new_access, who, why):
        command.add_argument(
            "--kind", choices=sorted(_KINDS), help="kind of the documents, by default guessed"
        )
        command.add_argument(
            "--owner", help="account of a resource whose ARN names none, such as S3's"
        )
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
