"""Deletion of an evaluation with everything that belongs to it."""
