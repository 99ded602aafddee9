"""The functions of pulumi_aws that our stacks call: questions to AWS that make nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .aws_clients import Cloud

DNS_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}


@dataclass(frozen=True)
class Query:
    """A function: the arguments it takes, those it needs, and what it asks."""

    ask: Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]
    arguments: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


def _caller_identity(cloud: Cloud, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    caller = cloud.client("sts").get_caller_identity()
    return {
        "accountId": caller["Account"],
        "arn": caller["Arn"],
        "id": caller["Account"],
        "userId": caller["UserId"],
    }


def _region(cloud: Cloud, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": cloud.region, "name": cloud.region, "region": cloud.region}


def _partition(cloud: Cloud, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    suffix = DNS_SUFFIXES.get(cloud.partition, "amazonaws.com")
    return {
        "dnsSuffix": suffix,
        "id": cloud.partition,
        "partition": cloud.partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _key(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    request = {"KeyId": arguments["keyId"], "GrantTokens": arguments.get("grantTokens", [])}
    key = cloud.client("kms").describe_key(**request)["KeyMetadata"]
    return {
        "arn": key["Arn"],
        "awsAccountId": key["AWSAccountId"],
        "creationDate": key["CreationDate"].isoformat(),
        "customerMasterKeySpec": key["KeySpec"],
        "description": key["Description"],
        "enabled": key["Enabled"],
        "id": key["KeyId"],
        "keyId": arguments["keyId"],
        "keyManager": key["KeyManager"],
        "keySpec": key["KeySpec"],
        "keyState": key["KeyState"],
        "keyUsage": key["KeyUsage"],
        "multiRegion": key.get("MultiRegion", False),
        "origin": key["Origin"],
    }


QUERIES = {
    "aws:index/getCallerIdentity:getCallerIdentity": Query(_caller_identity),
    "aws:index/getRegion:getRegion": Query(_region),
    "aws:index/getPartition:getPartition": Query(_partition),
    "aws:kms/getKey:getKey": Query(
        _key, frozenset({"keyId", "grantTokens"}), frozenset({"keyId"})
    ),
}  # fmt: skip
