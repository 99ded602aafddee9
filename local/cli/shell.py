"""Lines that `serve` and `up` print for a shell: variables, and functions that change the user.

POSIX only, for sh, bash and zsh: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.aws_api.request_context import PROTOCOLS
from local.cloud import LocalCloud
from local.terminal import remark, shell_word, show

_PROJECT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The role's keys on one line, in an order that the shell takes apart by itself.
_KEYS = "join(' ', Credentials.[AccessKeyId,SecretAccessKey,SessionToken])"
_AS_ROLE = (
    'as_role() { _keys=$(aws sts assume-role --role-arn "$1" --role-session-name '
    f'"${{2:-local}}" --output text --query "{_KEYS}") || return; '
    'export AWS_ACCESS_KEY_ID="${_keys%% *}" AWS_SESSION_TOKEN="${_keys##* }"; '
    '_keys="${_keys#* }"; export AWS_SECRET_ACCESS_KEY="${_keys%% *}"; unset _keys; }'
)


def print_exports(values: Mapping[str, Any]) -> None:
    """Print a line for each variable; one whose name no shell takes is only told of."""
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        if _VARIABLE.fullmatch(name):
            show(f"export {name}={shell_word(text)}")
        else:
            show(remark(f"{name} is no name of a variable, its value is {text}"))


def print_headline(cloud: LocalCloud, stack: str | None, *, enforces: bool) -> None:
    """Print what is served and where, and what to do with the lines that follow."""
    place = cloud.place
    how = "in force" if enforces else "off"
    show(remark(f"Ready: the local AWS on {cloud.address}, policies {how}"))
    show(remark(f"Account {place.account}, Region {place.region}, until Ctrl-C, then forgotten"))
    show(remark(f"Services: {', '.join(sorted(PROTOCOLS))}"))
    if stack is not None:
        show(remark(f"Stack {stack} is deployed, with its outputs in the variables below"))
    show(remark("Paste all of these lines into another shell"))


def print_users(cloud: LocalCloud) -> None:
    """Print the deployer's variables for a shell, and the functions that change the user."""
    # A profile would come before the keys, and so would the token of a session of before.
    show("unset AWS_PROFILE AWS_SESSION_TOKEN")
    print_exports(cloud.environment())
    show(
        remark("aws: sends all requests here, where version 1 of the CLI sends those of SQS to AWS")
    )
    show(f'aws() {{ {_search_path()}command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }}')
    show(remark("as_deployer: an administrator, who may not use the evaluation key"))
    show(remark("as_developer: starts evaluations where the key names it, assumes roles"))
    for user in ("developer", "deployer"):
        variables = cloud.environment(user)
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        pairs = " ".join(f"{name}={shell_word(variables[name])}" for name in names)
        show(f"as_{user}() {{ unset AWS_SESSION_TOKEN; export {pairs}; }}")
    show(remark("as_role ARN: a session of a role, assumed by whoever the shell is now"))
    show(_AS_ROLE)


def print_next(outputs: Mapping[str, Any] | None, made: Iterable[str]) -> None:
    """Print the commands that come next; the last of them loads sessions to evaluate."""
    if outputs is None:
        show(remark(f"Next: {python()} -m local deploy -s local"))
        return
    for arn in made:
        if ":role/" in arn:
            show(remark(f"Next: as_developer, and as_role {arn}"))
    show(remark(f"Next: {python()} -m local load"))


def python() -> str:
    """The interpreter as it is typed in the project's folder."""
    path = Path(sys.executable)
    return str(path.relative_to(_PROJECT) if path.is_relative_to(_PROJECT) else path)


def _search_path() -> str:
    """The CLI of this Python's environment, for a shell that has no other."""
    folder = Path(sys.executable).parent
    return f'PATH="$PATH":{shell_word(folder)} ' if (folder / "aws").exists() else ""
