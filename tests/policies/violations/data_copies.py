"""Resources that take exports or logs of evaluations elsewhere, and their like that take none."""

import json
from typing import Any

from tests.harness import ACCOUNT
from tests.policies.edits import Change, Edit, new
from tests.policies.violations.own_resources import BUCKET, FOREIGN, RESULTS

LOGS = "aws:cloudwatch"
CENTRAL = "aws:observabilityadmin/centralizationRuleForOrganization"
ELSEWHERE = f"arn:aws:logs:us-east-1:{FOREIGN}:delivery-destination:lake"
TABLES = f"arn:aws:observabilityadmin:us-east-1:{ACCOUNT}:s3tableintegration/tables"
EVALUATION = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/prod_1-0000000000"
MEMORY = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:memory/support"
AUDIT = {"Sid": "Audit", "DataIdentifier": [], "Operation": {"Audit": {"FindingsDestination": {}}}}
MASK = {"Sid": "Mask", "DataIdentifier": [], "Operation": {"Deidentify": {"MaskConfig": {}}}}


def protection(*statements: dict[str, Any]) -> str:
    """A data protection policy."""
    return json.dumps({"Name": "pii", "Version": "2021-06-01", "Statement": statements})


def account_policy(type_: str, criteria: str = "", document: str = "{}") -> tuple[Change, ...]:
    """A policy about all log groups of the account, or those that criteria choose."""
    chosen = {"selectionCriteria": criteria} if criteria else {}
    return (
        new(
            f"{LOGS}/logAccountPolicy:LogAccountPolicy",
            "all",
            policyName="all",
            policyType=type_,
            policyDocument=document,
            **chosen,
        ),
    )


def delivery(arn: str) -> tuple[Change, ...]:
    """A delivery of the logs of a resource."""
    return (
        new(
            f"{LOGS}/logDeliverySource:LogDeliverySource",
            "source",
            name="logs",
            resourceArn=arn,
            logType="APPLICATION_LOGS",
        ),
        new(
            f"{LOGS}/logDelivery:LogDelivery",
            "delivery",
            deliverySourceName="logs",
            deliveryDestinationArn=ELSEWHERE,
        ),
    )


def centralized(criteria: str, strategy: str = "ALLOW") -> tuple[Change, ...]:
    """A rule that copies the log groups of an organization."""
    logs = {"encryptedLogGroupStrategy": strategy, "logGroupSelectionCriteria": criteria}
    rule = {
        "destination": {"account": FOREIGN, "region": "us-east-1"},
        "source": {"regions": ["us-east-1"], "sourceLogsConfiguration": logs},
    }
    return (
        new(
            f"{CENTRAL}:CentralizationRuleForOrganization",
            "central",
            ruleName="central",
            rule=rule,
        ),
    )


def tables(name: str, type_: str) -> tuple[Change, ...]:
    """A source of tables that CloudWatch writes to S3."""
    return (
        new(
            f"{LOGS}/logS3TableIntegrationSource:LogS3TableIntegrationSource",
            "tables",
            integrationArn=TABLES,
            dataSource={"name": name, "type": type_},
        ),
    )


def masked(*statements: dict[str, Any]) -> tuple[Change, ...]:
    """A data protection policy of the group of results."""
    type_ = f"{LOGS}/logDataProtectionPolicy:LogDataProtectionPolicy"
    text = protection(*statements)
    return (new(type_, "pii", {"logGroupName": "results-group.name"}, policyDocument=text),)


def taker(type_: str, **properties: Any) -> tuple[Change, ...]:
    """A resource that takes objects of a bucket."""
    return (new(type_, "taker", **properties),)


_S3 = {"type": "S3", "s3Configuration": {"bucketArn": f"arn:aws:s3:::{BUCKET}"}}
_LISTS = "arn:aws:s3:::lists"
_COPIED: dict[str, dict[str, tuple[Change, ...]]] = {
    "log-copies": {
        "results delivered": delivery(
            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{RESULTS}:*",
        ),
        "logs of an evaluation delivered": delivery(EVALUATION),
        "groups of the account sent on but for another": account_policy(
            "SUBSCRIPTION_FILTER_POLICY", 'LogGroupName NOT IN ["shop"]'
        ),
        "groups of the account rewritten": account_policy("TRANSFORMER_POLICY"),
        "our groups rewritten": account_policy(
            "TRANSFORMER_POLICY", f'LogGroupNamePrefix STARTS_WITH "{RESULTS[:9]}"'
        ),
        "groups of the account masked": account_policy(
            "DATA_PROTECTION_POLICY", document=protection(AUDIT, MASK)
        ),
        "results masked": masked(AUDIT, MASK),
        "groups of an organization copied": centralized("*"),
        "our groups of an organization copied": centralized(f"LogGroupName LIKE '{RESULTS[:9]}%'"),
        "groups in tables": tables("*", "*"),
    },
    "output-bucket-copies": {
        "an object copied": taker(
            "aws:s3/objectCopy:ObjectCopy", bucket="lists", key="one", source=f"{BUCKET}/one"
        ),
        "a knowledge base of exports": taker(
            "aws:bedrock/agentDataSource:AgentDataSource",
            name="exports",
            dataSourceConfiguration=_S3,
        ),
        "a file share": taker(
            "aws:storagegateway/nfsFileShare:NfsFileShare",
            locationArn=f"arn:aws:s3:::{BUCKET}/rows/",
        ),
        "a file system": taker(
            "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation",
            dataRepositoryPath=f"s3://{BUCKET}/rows",
        ),
        "file transfer": taker(
            "aws:transfer/user:User",
            userName="partner",
            homeDirectoryMappings=[{"entry": "/", "target": f"/{BUCKET}/rows"}],
        ),
        "a flow": taker(
            "aws:appflow/flow:Flow",
            sourceFlowConfig={
                "connectorType": "S3",
                "sourceConnectorProperties": {"s3": {"bucketName": BUCKET}},
            },
        ),
        "an index": taker(
            "aws:kendra/dataSource:DataSource",
            configuration={"s3Configuration": {"bucketName": BUCKET}},
        ),
    },
}
_COMPLIANT: dict[str, tuple[Change, ...]] = {
    "logs of memories delivered": delivery(MEMORY),
    "groups of the account indexed": account_policy("FIELD_INDEX_POLICY"),
    "groups of another prefix rewritten": account_policy(
        "TRANSFORMER_POLICY", 'LogGroupNamePrefix STARTS_WITH "/aws/eks/"'
    ),
    "an audit of results": masked(AUDIT),
    "unencrypted groups of an organization copied": centralized("*", "SKIP"),
    "other groups of an organization copied": centralized(
        "LogGroupName = 'shop' OR LogGroupName LIKE '/aws/eks/%'"
    ),
    "another source of tables": tables("shop", "orders"),
    "an object of another bucket copied": taker(
        "aws:s3/objectCopy:ObjectCopy", bucket="lists", key="one", source="lists/two"
    ),
    "a bucket of a longer name transferred": taker(
        "aws:transfer/user:User", userName="partner", homeDirectory=f"/{BUCKET}-public/rows"
    ),
    "a knowledge base of another bucket": taker(
        "aws:bedrock/agentDataSource:AgentDataSource",
        name="lists",
        dataSourceConfiguration={**_S3, "s3Configuration": {"bucketArn": _LISTS}},
    ),
    "metrics of requests": (
        new(
            "aws:s3/bucketMetric:BucketMetric", "metric", {"bucket": "output-bucket.id"}, name="all"
        ),
    ),
}
DATA_COPIES = [
    Edit(name, rule, changes) for rule, edits in _COPIED.items() for name, changes in edits.items()
]
COMPLIANT_COPIES = [Edit(name, "", changes) for name, changes in _COMPLIANT.items()]
