"""The rules, one module a subject; no rule imports another."""
