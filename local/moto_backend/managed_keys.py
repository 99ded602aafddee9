"""The policies of AWS managed keys, of which moto keeps none."""

import json

from local.aws_api.caller import DeploymentTarget


def managed_key_policy(place: DeploymentTarget, account: str, alias: str) -> str:
    """The policy of an AWS managed key: everybody in the account, through its service.

    docs.aws.amazon.com/kms/latest/developerguide/concepts.html, AWS managed keys
    """
    service = alias.removeprefix("alias/aws/")
    via = f"{service}.{place.region}.amazonaws.com"
    condition = {"StringEquals": {"kms:ViaService": via, "kms:CallerAccount": account}}
    actions = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
    use = {
        "Sid": "AllowThroughService",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"kms:{action}" for action in actions],
        "Resource": "*",
        "Condition": condition,
    }
    look = {
        "Sid": "AllowLooking",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{place.partition}:iam::{account}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [use, look]})
