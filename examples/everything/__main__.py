"""Everything: key, bucket, logs, roles and controller, beside the program's own resources."""

import json

import pulumi
import pulumi_aws as aws
from agentcore_batch_evaluation import BatchEvaluationEnvironment
from agentcore_batch_evaluation.controller import METRICS_NAMESPACE

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
# The program's own alarms, whose action is a topic that exists already: that of whoever is on call.
# Each metric of docs/controller.md has one but the two that only count work done.
on_call = pulumi.Config().require("alarmTopicArn")
base = f"support-{pulumi.get_stack()}"
run = 3600  # the export's schedule, in seconds
of_controller = {"namespace": METRICS_NAMESPACE, "dimensions": {"Environment": base}}
alarms = {
    "key-unavailable": {
        "alarm_description": "The evaluation key stands against starts, results or exports.",
        **of_controller,
        "metric_name": "KeyUnavailable",
        "threshold": 0,
    },
    # Each run of the export puts it, zero too, so that its absence says that no run ends.
    "evaluations-without-our-key": {
        "alarm_description": "Evaluations are not under the evaluation key, or no export run ends.",
        **of_controller,
        "metric_name": "EvaluationsWithoutOurKey",
        "threshold": 0,
        "period": 2 * run,
        "treat_missing_data": "breaching",
    },
    "export-lag": {
        "alarm_description": "An evaluation was exported three runs after its end or later.",
        **of_controller,
        "metric_name": "ExportLag",
        "threshold": 3 * run,
    },
    **{
        queue: {
            "alarm_description": f"Asynchronous work was given up: read the queue {base}-{queue}.",
            "namespace": "AWS/SQS",
            "dimensions": {"QueueName": f"{base}-{queue}"},
            "metric_name": "ApproximateNumberOfMessagesVisible",
            "threshold": 0,
        }
        for queue in ("failures", "schedule-failures")
    },
}
for name, alarm in alarms.items():
    settings = {"period": run, "treat_missing_data": "notBreaching", **alarm}
    aws.cloudwatch.MetricAlarm(
        name,
        name=f"{base}-{name}",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        statistic="Maximum",
        alarm_actions=[on_call],
        ok_actions=[on_call],
        tags={"team": "support"},
        **settings,
    )
# What a pipeline needs to start an evaluation: the function, the role that may invoke it, and the
# event, in whose name it writes the date for DATE, because each name can be used once.
pulumi.export("controller", environment.controller_function_name)
pulumi.export("operator_role", environment.operator_role_arn)
pulumi.export(
    "start_event",
    json.dumps(
        {
            "operation": "StartBatchEvaluation",
            "parameters": {
                "batchEvaluationName": "support_nightly_DATE",
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
