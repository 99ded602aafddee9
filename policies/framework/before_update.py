"""Key policies judged in an update before KMS gets them, if they name evaluations by themselves.

Pulumi judges a stack at the end of a preview and of an update. A policy that the preview does not
know yet, since it names a role that is not made, would first be judged once its key is there; in
the update the values of a resource are known before it is made, and Pulumi asks then as well.
https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/
"""

import os
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from ..analysis.evaluation_access import target_of
from ..iam import Policy, PolicyType
from ..model.policy_documents import KEY_TYPES, parsed
from .stack_run import RUN

_KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"


def judged_alone(analyze_stack: Any, request: Any, context: Any) -> list[Any]:
    """The violations of a key's policy that stop it from being made; none at preview, which judges
    the stack, and none of what the policy does not show by itself."""
    if os.environ.get("PULUMI_DRY_RUN") != "false" or not _names_evaluations(request):
        return []
    one = analyzer_pb2.AnalyzerResource(
        # A policy in a resource of its own is that of its key.
        type=KEY_TYPES[0] if request.type == _KEY_POLICY else request.type,
        urn=request.urn,
        name=request.name,
        properties=request.properties,
        provider=request.provider if request.HasField("provider") else None,
    )
    with RUN.begun(of_one=True):
        found = analyze_stack(analyzer_pb2.AnalyzeStackRequest(resources=[one]), context)
    return [
        each
        for each in found.diagnostics
        if each.enforcementLevel == analyzer_pb2.MANDATORY and each.urn
    ]


def _names_evaluations(request: Any) -> bool:
    """Whether a resource is a key's policy that names evaluations, with their account."""
    if request.type not in (*KEY_TYPES, _KEY_POLICY):
        return False
    text = request.properties.fields["policy"].string_value
    found = parsed(text, PolicyType.KEY, request.name) if text else None
    return isinstance(found, Policy) and target_of(found) is not None
