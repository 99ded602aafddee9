"""SQS requests of the older query protocol, by the names of the model.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests.html
"""

from collections.abc import Mapping
from typing import Any

from moto.core.parse import QueryParser
from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError


def read_form(action: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The members that a form gives; raises InvalidParameterValue for a number that is none.

    moto's own parser reads it, so that what is decided on is what moto does. Binary values stay in
    Base64, as in JSON.
    """
    operation: Any = get_service_model("sqs").operation_model(action)
    parser: Any = QueryParser(operation, blob_parser=str)
    try:
        return dict(parser.parse({"values": form}))
    except (ValueError, AttributeError, TypeError) as error:
        raise AwsError("InvalidParameterValue", f"{action}: {error}") from None
