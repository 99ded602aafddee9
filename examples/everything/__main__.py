"""Everything: key, bucket, logs, roles and controller, beside the program's own resources."""

import json

import pulumi
import pulumi_aws as aws
from agentcore_batch_evaluation import BatchEvaluationEnvironment

account = aws.get_caller_identity().account_id
partition = aws.get_partition().partition
environment = BatchEvaluationEnvironment(
    "evaluations",
    {
        "stage": "dev",
        "prefix": "support",
        "name_prefixes": ["support_"],
        "operator_principals": [f"arn:{partition}:iam::{account}:role/SupportDevelopers"],
        "source_log_groups": ["/aws/bedrock-agentcore/runtimes/support_agent*"],
        "export_schedule": "rate(1 hour)",
        "protect": False,
        "tags": {"team": "support"},
    },
)
# The program's own alarm on what the environment makes: exports that could not be delivered.
aws.cloudwatch.MetricAlarm(
    "failures",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    metric_name="ApproximateNumberOfMessagesVisible",
    namespace="AWS/SQS",
    dimensions={"QueueName": f"support-{pulumi.get_stack()}-failures"},
    period=300,
    statistic="Maximum",
    threshold=0,
)
# What a pipeline needs to start an evaluation: the function and the role that may invoke it.
pulumi.export("controller", environment.controller_function_name)
pulumi.export("operator_role", environment.operator_role_arn)
pulumi.export(
    "start_event",
    json.dumps(
        {
            "operation": "StartBatchEvaluation",
            "parameters": {
                "batchEvaluationName": "support_nightly",
                "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
                "dataSourceConfig": {
                    "cloudWatchLogs": {
                        "serviceNames": ["support_agent.DEFAULT"],
                        "logGroupNames": [
                            "/aws/bedrock-agentcore/runtimes/support_agent-AbCdEf1234-DEFAULT"
                        ],
                    }
                },
            },
        }
    ),
)
