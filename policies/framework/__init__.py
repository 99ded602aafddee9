"""Rules, and one run of the pack."""
