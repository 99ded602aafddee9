"""Rules about the output bucket."""
