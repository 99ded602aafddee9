"""Who can read what in a deployed environment: judged over all requests, from its live documents.

Every user and role of the account is asked about with the policies that it has now, so that nobody
is left out of a row but people of other accounts whom no document names.
"""

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from policies.access import Access, Estate, How, Policy, PolicyKind, parse_policy

_WIDTH = 92
_LABEL = 31
Clients = Callable[[str], Any]


def who_can_read_what(client: Clients, outputs: Mapping[str, Any], evaluation: str) -> list[str]:
    """Return the table's lines; `client` gives clients that may read the documents.

    `outputs` are those of the stack, `evaluation` the ARN of one evaluation in scope.
    """
    key, operations = outputs["evaluation_key_arn"], outputs["operations_key_arn"]
    partition, _, region, account = key.split(":")[1:5]
    bucket = f"arn:{partition}:s3:::{outputs['output_bucket']}"
    artifact = f"{bucket}/evaluations/{evaluation.rpartition('/')[2]}/summary.json"
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{outputs['result_log_group']}:*"
    function = outputs["controller_function_arn"]
    roles, identities = _identities(client("iam"))
    bucket_policy = _bucket_policy(client("s3"), outputs["output_bucket"], bucket)
    environment = {
        key: _key_policy(client("kms"), key),
        operations: _key_policy(client("kms"), operations),
        bucket: bucket_policy,
        artifact: bucket_policy,
        group: None,
        function: _function_policy(client("lambda"), function),
        evaluation: None,
        **{
            arn: roles[arn]
            for arn in (outputs["controller_role_arn"], outputs["operator_role_arn"])
        },
    }
    estate = Estate(environment, identities, account)

    def holders(action: str, resource: str) -> list[str]:
        return _names(estate.who_can(action, resource), account)

    users, log_readers = holders("kms:Decrypt", key), holders("kms:Decrypt", operations)
    rows = {
        "decrypt under evaluation key": users,
        "objects of the output bucket *": _both(holders("s3:GetObject", artifact), users),
        "result log group *": _both(holders("logs:GetLogEvents", group), log_readers),
        "GetBatchEvaluation": holders("bedrock-agentcore:GetBatchEvaluation", evaluation),
        "invoke the controller": holders("lambda:InvokeFunction", function),
    }
    lines = [line for label, who in rows.items() for line in _row(label, who)]
    lines += ["* who may read there and decrypt under its key; the others need no key", ""]
    lines += ["Nobody else, in one step. Who could give themselves access, and by what:"]
    for actions, who in sorted(_second_steps(estate, account).items()):
        lines += _row(", ".join(who), actions)
    return lines


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


def _second_steps(estate: Estate, account: str) -> dict[tuple[str, ...], list[str]]:
    """Those who have the same actions, by these."""
    found: dict[str, set[str]] = {}
    for opening in estate.could_give_themselves_access():
        for who in _names([opening.access], account):
            found.setdefault(who, set()).add(opening.way.action)
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


def _identities(iam: Any) -> tuple[dict[str, Policy], dict[str, tuple[Policy, ...]]]:
    """The trust policy of each role, and the policies of each role and user, by ARN."""
    managed: dict[str, Any] = {}
    entries: list[Mapping[str, Any]] = []
    for page in iam.get_paginator("get_account_authorization_details").paginate():
        entries += [*page["UserDetailList"], *page["RoleDetailList"]]
        for policy in page["Policies"]:
            versions = {each["VersionId"]: each["Document"] for each in policy["PolicyVersionList"]}
            managed[policy["Arn"]] = versions[policy["DefaultVersionId"]]
    trusts, held = {}, {}
    for entry in entries:
        inline = entry.get("UserPolicyList", entry.get("RolePolicyList", []))
        documents = [each["PolicyDocument"] for each in inline]
        documents += [managed[each["PolicyArn"]] for each in entry["AttachedManagedPolicies"]]
        parsed = (_parsed(document, PolicyKind.IDENTITY) for document in documents)
        held[entry["Arn"]] = tuple(parsed)
        if "AssumeRolePolicyDocument" in entry:
            trusts[entry["Arn"]] = _parsed(entry["AssumeRolePolicyDocument"], PolicyKind.TRUST)
    return trusts, held


def _key_policy(kms: Any, key: str) -> Policy:
    text = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    return _parsed(text, PolicyKind.KEY)


def _bucket_policy(s3: Any, bucket: str, arn: str) -> Policy:
    text = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    return parse_policy(text, PolicyKind.BUCKET, bucket_arn=arn)


def _function_policy(functions: Any, arn: str) -> Policy | None:
    try:
        text = functions.get_policy(FunctionName=arn)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return _parsed(text, PolicyKind.RESOURCE)


def _parsed(document: Any, kind: PolicyKind) -> Policy:
    text = document if isinstance(document, str) else json.dumps(document)
    return parse_policy(text, kind)
