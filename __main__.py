"""One environment per stack: the settings of stacks/Pulumi.<stack>.yaml, built and exported."""

from typing import cast

import pulumi

from components import (
    BatchEvaluationEnvironment,
    BatchEvaluationEnvironmentArgs,
    settings_from_config,
)

environment = BatchEvaluationEnvironment(
    "batch-evaluation", cast(BatchEvaluationEnvironmentArgs, settings_from_config())
)
for name, value in environment.exports().items():
    pulumi.export(name, value)
