"""Table of the principals that can read in a deployed environment, proved from its policies.

Every user and role of the account is asked about with the policies that it has now, so that nobody
is left out of a row but people of other accounts whom no document names.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from local.cli import deployed_policies
from policies.iam import Access, How, PolicyInventory

_WIDTH = 92
_LABEL = 31
_READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
_READ_LOGS = ("logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartLiveTail", "logs:StartQuery")
Clients = Callable[[str], Any]


def who_can_read_what(client: Clients, outputs: Mapping[str, Any], evaluation: str) -> list[str]:
    """Return the table's lines; `client` gives clients that may read the documents.

    `outputs` are those of the stack, `evaluation` the ARN of one evaluation in scope.
    """
    key, operations = outputs["evaluation_key_arn"], outputs["operations_key_arn"]
    partition, _, region, account = key.split(":")[1:5]
    bucket = f"arn:{partition}:s3:::{outputs['output_bucket']}"
    objects = f"{bucket}/?*"
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{outputs['result_log_group']}"
    streams = f"{group}:*"
    function = outputs["controller_function_arn"]
    people = deployed_policies.identities(client("iam"))
    bucket_policy = deployed_policies.bucket_policy(client("s3"), outputs["output_bucket"], bucket)
    inventory = PolicyInventory(
        {
            key: deployed_policies.key_policy(client("kms"), key),
            operations: deployed_policies.key_policy(client("kms"), operations),
            bucket: bucket_policy,
            objects: bucket_policy,
            group: None,
            streams: None,
            function: deployed_policies.function_policy(client("lambda"), function),
            evaluation: None,
        },
        people.held,
        account,
    )

    def holders(actions: Iterable[str], *resources: str) -> list[Access]:
        return [
            access
            for action in actions
            for resource in resources
            for access in inventory.list_principals(action, resource)
        ]

    users, log_users = (holders(["kms:Decrypt"], each) for each in (key, operations))
    readers, log_readers = holders(_READ_OBJECTS, objects), holders(_READ_LOGS, group, streams)
    others = {
        "GetBatchEvaluation": holders(["bedrock-agentcore:GetBatchEvaluation"], evaluation),
        "invoke the controller": holders(["lambda:InvokeFunction"], function),
    }
    names, with_key = _names(log_readers, account), _names(log_users, account)
    rows = {
        "decrypt under evaluation key": _names(users, account),
        "objects of the output bucket *": _both(_names(readers, account), _names(users, account)),
        "result log group": [each if each in with_key else f"{each} +" for each in names],
        **{label: _names(found, account) for label, found in others.items()},
    }
    lines = [line for label, who in rows.items() for line in _row(label, who)]
    lines += [
        "* who may read there and decrypt under the evaluation key; of the others none needs it",
        "+ may read, and does not decrypt under the operations key: AWS does not say that this",
        "  stops anybody",
        "",
        "Nobody else, in one step. Who could give themselves access, and by what:",
    ]
    named = {
        each.who for found in (users, readers, log_readers, *others.values()) for each in found
    }
    named |= {outputs["controller_role_arn"], outputs["operator_role_arn"]}
    for arn in sorted(named & people.held.keys()):
        inventory = _with(inventory, arn, people)
    for actions, who in sorted(_second_steps(inventory, account).items()):
        lines += _row(", ".join(who), actions)
    return lines


def _with(
    inventory: PolicyInventory, arn: str, people: deployed_policies.Identities
) -> PolicyInventory:
    """The inventory, with a principal that can be changed or assumed."""
    more = {arn: people.trusts.get(arn), **dict.fromkeys(people.changed_through[arn])}
    return replace(inventory, resources={**inventory.resources, **more})


def _row(label: str, values: Iterable[str]) -> Iterator[str]:
    text = ", ".join(values) or "nobody"
    wrapped = textwrap.wrap(text, _WIDTH - _LABEL, break_on_hyphens=False)
    if len(label) >= _LABEL:
        wrapped.insert(0, "")
    for line in wrapped:
        yield f"{label:{_LABEL}}{line}".rstrip()
        label = ""


def _both(some: Iterable[str], others: Iterable[str]) -> list[str]:
    kept = set(others)
    return [each for each in some if each in kept]


def _second_steps(inventory: PolicyInventory, account: str) -> dict[tuple[str, ...], list[str]]:
    """Those who have the same actions, by these."""
    found: dict[str, set[str]] = {}
    for escalation in inventory.privilege_escalations():
        for who in _names([escalation.access], account):
            found.setdefault(who, set()).add(escalation.by.action)
    alike: dict[tuple[str, ...], list[str]] = {}
    for who, actions in sorted(found.items()):
        alike.setdefault(tuple(sorted(actions)), []).append(who)
    return alike


def _names(found: Iterable[Access], account: str) -> list[str]:
    """Those who can, in short; of our account everybody is known, so nobody else is in general."""
    names: dict[str, None] = {}
    for access in found:
        principal = access.request.principal
        if access.how is How.IF_ALLOWED and principal.account == account:
            continue
        if access.how is How.ROOT_USER and principal.account == account:
            names["root user"] = None
        else:
            own = f":iam::{account}:" in access.who
            names[access.who.rpartition("/")[2] if own else access.who] = None
    return sorted(names)
