"""Readers of agent telemetry: one module a framework, two for the conventions that they share."""
