"""The policy pack: `pulumi preview --policy-pack policies`."""

import gc
import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack, policy

# Pulumi runs this folder as a script, a published copy under the name of its version: the rules
# import each other as one package all the same.
spec = ModuleSpec("policies", None, is_package=True)
spec.submodule_search_locations = [str(Path(__file__).resolve().parent)]
sys.modules["policies"] = module_from_spec(spec)

version = importlib.import_module("policies.framework.versions")
version.adapt_analyzer(policy)
policies = importlib.import_module("policies.rules.all_rules").POLICIES

# Pulumi makes the resources of a stack anew for each rule, and lets them go by themselves: looking
# for cycles among them, and among all modules, takes a fifth of the time that judging takes.
gc.freeze()
gc.set_threshold(200_000)

PolicyPack(
    "agentcore-batch-evaluation",
    policies,
    enforcement_level=EnforcementLevel.MANDATORY,
)
