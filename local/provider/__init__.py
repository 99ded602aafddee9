"""A Pulumi resource provider over boto3 for the resource types that our stacks use.

The real engine attaches to it (`server.serve`); `local.deploy` drives it without an engine.
"""
