"""What a rule is, and one run of the pack."""
