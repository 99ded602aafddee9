"""Credentials in the environment of functions, by the form of a value or by a variable's name.

Whoever may read a function's configuration reads them.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.evaluation_starters import FUNCTION
from ...framework.controls import nist
from ...framework.rule import About, ResourceRule, Settings
from ...model.resource import Resource, Waiting
from ...model.stack import variables

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
STORE = "keep it in Secrets Manager and give the function its ARN"
# A value of one of these forms is a credential, whatever the variable is called.
FORMS = {
    "an access key id": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a token": re.compile(
        r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36}"
        r"|xox[abeprs]-[A-Za-z0-9-]{10,}|[sr]k_(live|test)_[A-Za-z0-9]{16,}"
        r"|sk-[a-z0-9]+-[\w-]{20,}|sk-[A-Za-z0-9]{32,}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,}"
        r"|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{10,}\.[\w-]+\.[\w-]+)"
    ),
    "a Slack webhook": re.compile(r"https://hooks\.slack\.com/(services|workflows|triggers)/\w+"),
    "a password in a URL": re.compile(r"://[^/\s:@?#]*:(?![$<{])[^/\s:@?#]+@"),
    "a password in a connection string": re.compile(
        r"(^|[?&;])\s*(password|pwd|accountkey|sharedaccesskey)=(?![$<{])[^&;\s]+", re.I
    ),
}
# The words that a credential's name ends in: PASSWORD_MIN_LENGTH and TOKEN_ENDPOINT hold none.
_NAME = re.compile(
    r"(password|passwd|passphrase|secret|token|credentials?|(^|_)(pass|pwd)"
    r"|(access|api|private|secret)_?key(_base)?)(_?v?\d+)*$"
)
# What ends in one of these refers to something. A URL may hold a password, and is no such name.
_REFERENCE = re.compile(r"_(arn|id|name|path)$")
# Values of settings, and names and places of what is kept elsewhere.
_NO_CREDENTIAL = re.compile(
    r"[-+]?\d+(\.\d+)?|(?i:true|false|yes|no|on|off|none|null|enabled|disabled|required|optional)"
    r"|arn:.+|\w[\w+.-]*://.+|[~.]{0,2}/[\w./-]*|[a-z][a-z0-9_.-]*(/[a-z0-9_.-]+)+"
    r"|<.*>|\$\{.*\}|\{\{.*\}\}"
)


def secrets(function: Resource, _: Settings) -> Iterator[str]:
    """Variables that hold credentials. Their values are never repeated.

    An unknown value is waited for unless its name says that it refers to something that is no
    credential, such as KEY_ARN or TABLE_NAME: what the cloud calls that is judged at the update.
    """
    waiting: list[str] = []
    for name in variables(function):
        try:
            value = function.text(f"environment.variables.{name}")
        except Waiting as wait:
            waiting += wait.messages if _may_hold_credential(name) else ()
            continue
        kind = next((kind for kind, form in FORMS.items() if form.search(value)), "")
        if not kind and value and _names_credential(name) and not _NO_CREDENTIAL.fullmatch(value):
            kind = "a credential, by its name"
        if kind:
            yield f"environment variable {name} holds {kind}; {STORE}"
    if waiting:
        raise Waiting(*waiting)


def _names_credential(name: str) -> bool:
    """Whether a name calls its value a credential, or the ARN of one, which has a form."""
    return bool(_NAME.search(_words(name).removesuffix("_arn")))


def _may_hold_credential(name: str) -> bool:
    referred = _REFERENCE.sub("", _words(name))
    return referred == _words(name) or bool(_NAME.search(referred))


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-.]", "_", name).lower()


FUNCTION_NO_SECRETS = ResourceRule(
    About(
        "function-no-secrets",
        "Functions hold no credentials in their environment.",
        Severity.CRITICAL,
        "Keep the credential in Secrets Manager, and give the function its ARN.",
        PAGE,
        controls=nist("IA-5(7)", "SC-28"),
    ),
    [FUNCTION],
    secrets,
)
