"""Vercel's AI SDK, under AWS's instrumentation for Node.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-vercel-ai.html.
It follows OpenTelemetry's conventions; an input is `{system, messages}`, which the readers of parts
read as well.
"""

from local.services.agentcore.frameworks import gen_ai

FRAMEWORKS = (gen_ai.convention("@aws/aws-distro-opentelemetry-instrumentation-vercel-ai"),)
