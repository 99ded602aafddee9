"""The tags that resources have, for quotas on what a request and the resource have together."""

from collections.abc import Mapping

from moto.awslambda.models import lambda_backends
from moto.kms.models import kms_backends

from local.moto_backend.state import MotoState


def key_tags(state: MotoState, account: str, region: str, name: str) -> Mapping[str, str]:
    """The tags of a KMS key, none of one that does not exist."""
    key = state.key(account, name)
    if key is None:
        return {}
    tagger = kms_backends[account][region].tagger
    return tagger.get_tag_dict_for_resource(key["KeyId"])


def function_tags(account: str, region: str, arn: str) -> Mapping[str, str]:
    """The tags of a Lambda function, none of one that does not exist."""
    for function in lambda_backends[account][region].list_functions():
        if function.function_arn == arn:
            return function.tags
    return {}
