"""Services that the local endpoint does not have say so in their own protocol."""

from typing import Any

import botocore.parsers
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from requests.structures import CaseInsensitiveDict

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.request_context import protocol_of, read_request
from local.cloud import LocalCloud
from local.runtime.clients import isolated_session

# One of each protocol, and what users of such a program may call next.
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sns", "list_topics", {}),
    ("ec2", "describe_instances", {}),
    ("events", "list_rules", {}),
    ("dynamodb", "list_tables", {}),
    ("cloudformation", "list_stacks", {}),
    ("rds", "describe_db_instances", {}),
    ("ecs", "list_clusters", {}),
    ("secretsmanager", "list_secrets", {}),
    ("ssm", "get_parameter", {"Name": "a"}),
    ("xray", "get_sampling_rules", {}),
    ("bedrock-runtime", "invoke_model", {"modelId": "m", "body": b"{}"}),
    ("bedrock", "list_foundation_models", {}),
    ("apigateway", "get_rest_apis", {}),
    ("route53", "list_hosted_zones", {}),
    ("cloudfront", "list_distributions", {}),
    ("codebuild", "list_projects", {}),
]


def client(cloud: LocalCloud, service: str, secret: str | None = None) -> Any:
    keys = cloud.environment()
    return isolated_session("us-east-1").client(
        service,
        endpoint_url=cloud.address,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or keys["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize(("service", "operation", "members"), CALLS, ids=lambda v: str(v)[:30])
def test_a_service_that_is_not_served_is_named(
    cloud: LocalCloud, service: str, operation: str, members: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(cloud, service), operation)(**members)
    error = caught.value.response
    assert error["Error"]["Code"] == "NotImplemented"
    assert "The local endpoint has no service" in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(("service", "operation", "members"), CALLS, ids=lambda v: str(v)[:30])
def test_a_bad_signature_is_readable_in_every_protocol(
    cloud: LocalCloud, service: str, operation: str, members: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=r"SignatureDoesNotMatch|InvalidSignatureException"):
        getattr(client(cloud, service, "x" * 40), operation)(**members)


@pytest.mark.parametrize(
    ("headers", "target", "protocol"),
    [
        ({"content-type": "application/x-www-form-urlencoded"}, "/", "query"),
        (
            {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"},
            "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
            "smithy-rpc-v2-cbor",
        ),
    ],
    ids=["query", "CBOR"],
)
def test_a_protocol_that_is_not_served_is_named_in_that_protocol(
    headers: dict[str, str], target: str, protocol: str
) -> None:
    """Other SDKs choose these of CloudWatch's protocols."""
    who = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    with pytest.raises(AwsError, match="speaks json for cloudwatch") as caught:
        read_request(who, "monitoring", DeploymentTarget(), "POST", target, headers, b"")
    assert protocol_of("monitoring", target, headers) == protocol
    found = rendered(caught.value, protocol, "id")
    parser = botocore.parsers.create_parser(protocol)
    answer = {"headers": CaseInsensitiveDict(found.headers), "body": found.body}
    read = parser.parse({"status_code": found.status, **answer}, None)
    assert (found.status, read["Error"]["Code"]) == (501, "NotImplemented")
    assert read["Error"]["Message"] == caught.value.message
