"""The model of the service, and requests checked against it, patterns and maxima included.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel

from local.aws_api.service_model import Fault, Strictness, faults

# AWS's servers ignore members that they do not know. Here one is refused: ignored, a misspelt or
# newer setting would seem to work and have no effect.
_STRICT = Strictness(patterns=True, unknown=True)


@cache
def service_model() -> ServiceModel:
    """Return the installed botocore's model of bedrock-agentcore."""
    name = "bedrock-agentcore"
    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)


def operation(name: str) -> OperationModel:
    return service_model().operation_model(name)


def request_faults(operation_name: str, parameters: Mapping[str, Any]) -> list[Fault]:
    """Return all that is wrong with an operation's parameters, in the order of the model."""
    shape = operation(operation_name).input_shape
    return list(faults(shape, dict(parameters), _STRICT)) if shape else []
