"""Limits of inputs that AWS documents and its service models do not state, a table a service.

What the models state (types, lengths, ranges, patterns, choices, required members) is checked for
every operation by `local.request_checks`.
"""
