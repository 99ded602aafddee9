"""The component package: serves the components to Pulumi programs in any language.

Pulumi starts this file when a program names this folder (or its place in a Git repository) as a
package. https://www.pulumi.com/docs/iac/guides/building-extending/packages/source-based-plugin/
"""

import importlib
import inspect
import sys
from pathlib import Path

if not __package__:
    # Started as a folder: modules import one another relatively, so the folder has to be a package
    # of its parent, and no module of ours may be found in the place of a library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from pulumi import ComponentResource
from pulumi.provider.experimental import component_provider_host

VERSION = "0.1.0"

if __name__ == "__main__":
    package = importlib.import_module(__package__ or Path(__file__).resolve().parent.name)
    exported = [getattr(package, name) for name in package.__all__]
    components = [
        value
        for value in exported
        if isinstance(value, type) and issubclass(value, ComponentResource)
    ]
    for component in components:
        # The schema takes a docstring as it stands, and Markdown takes indentation for code.
        component.__doc__ = inspect.getdoc(component)
    component_provider_host(components, name="agentcore-batch-evaluation", version=VERSION)
