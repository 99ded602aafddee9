"""The resources that Pulumi gives a rule, as rules read them."""

from collections.abc import Sequence

from pulumi_policy import PolicyResource, ResourceValidationArgs

from .resource import Resource, Values


def read_resource(
    given: ResourceValidationArgs | PolicyResource, links: dict[str, list[Resource]] | None = None
) -> Resource:
    """One resource, with what links it if that is known."""
    name, provider = given.urn.rpartition("::")[2], given.provider
    return Resource(
        given.props,
        name,
        type=given.resource_type,
        urn=given.urn,
        protect=given.opts.protect,
        ignored=tuple(given.opts.ignore_changes),
        provider=None if provider is None else Values(provider.props, f"provider of {name}"),
        links=links,
    )


def read_resources(given: Sequence[PolicyResource]) -> list[Resource]:
    """The resources of a stack with what links them."""
    made = {
        each.urn: read_resource(each, {name: [] for name in each.property_dependencies})
        for each in given
    }
    for each in given:
        resource = made[each.urn]
        if each.dependencies:
            resource.dependencies.extend(made[other.urn] for other in each.dependencies)
        for name, others in each.property_dependencies.items():
            resource.linked(name).extend(made[other.urn] for other in others)
    return list(made.values())
