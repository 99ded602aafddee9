"""Only the key: for a team that starts batch evaluations with a role of its own."""

import json

import pulumi
import pulumi_aws as aws
from agentcore_batch_evaluation import EvaluationKey

account = aws.get_caller_identity().account_id
evaluators = aws.iam.Role(
    "evaluators",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": account},
                "Action": "sts:AssumeRole",
            },
        }
    ),
)
# Naming the role's ARN Output makes the key wait for the role: KMS refuses unknown principals.
key = EvaluationKey(
    "evaluations",
    {
        "caller_arns": [evaluators.arn],
        "name_prefixes": ["support_"],
        "alias": "alias/support-evaluations",
    },
)
pulumi.export("kms_key_arn", key.key_arn)
