"""The service models in the deployment package, and what requests look like in them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parent.parent / "models"

EVALUATIONS = "bedrock-agentcore"
KMS = "kms"
S3 = "s3"

# A later version in the runtime's own SDK would be taken instead of ours if it were not pinned.
API_VERSIONS = {EVALUATIONS: "2024-02-28", KMS: "2014-11-01", S3: "2006-03-01"}

Shape = dict[str, Any]


@cache
def evaluations_model() -> dict[str, Any]:
    """Return the model of the batch evaluation API, as botocore's `service-2` format has it."""
    path = MODELS / EVALUATIONS / API_VERSIONS[EVALUATIONS] / "service-2.json"
    return json.loads(path.read_text(encoding="utf-8"))


def shape_named(name: str) -> Shape:
    """Return the shape `name` of the batch evaluation API."""
    return evaluations_model()["shapes"][name]


def input_of(operation: str) -> Shape:
    """Return the shape of the operation's request."""
    return shape_named(evaluations_model()["operations"][operation]["input"]["shape"])


@cache
def operations() -> frozenset[str]:
    """Return the names of the API's operations that the controller offers."""
    return frozenset(evaluations_model()["operations"])


def statuses() -> list[str]:
    """Return every status that an evaluation can have."""
    return shape_named("BatchEvaluationStatus")["enum"]
