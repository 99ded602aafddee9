"""Says that a key is pending deletion before a new one takes its alias and its place.

Pulumi forgets a key whose deletion is scheduled, so that the next `up` makes another; what lies
under the old one can be read again only until its window ends:
https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-scheduling-key-deletion.html.
"""

import pulumi
import pulumi_aws as aws

from ..config.deployment_target import ask
from ..config.errors import LookupFailed


def warn_of_pending_key(component: pulumi.Resource, alias: str) -> None:
    """Warn when the key that bears `alias` is pending deletion.

    The alias is all that leads to the key of an earlier run. A destroy that has deleted the alias
    too leaves nothing to find it by.
    """
    invoke = pulumi.InvokeOptions(parent=component)
    try:
        key = ask("aws.kms.get_key", lambda: aws.kms.get_key(key_id=alias, opts=invoke), "")
    except LookupFailed:
        return  # no such alias, as before the first `up`, or nothing that this principal may see
    if key.key_state == "PendingDeletion":
        pulumi.log.warn(
            f"{alias}: key {key.arn} is pending deletion, and what is encrypted under it is lost"
            " with it; a new key is made in its place if Pulumi has forgotten it. To keep it, run"
            f" `aws kms cancel-key-deletion --key-id {key.id}`, `aws kms enable-key --key-id"
            f" {key.id}`, and `pulumi import` it before the next `pulumi up`",
            component,
        )
