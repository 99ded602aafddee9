"""Deterministic stand-ins of the built-in evaluators."""
