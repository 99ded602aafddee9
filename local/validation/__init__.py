"""Refuses what AWS refuses: by service model, documented constraints and references."""
