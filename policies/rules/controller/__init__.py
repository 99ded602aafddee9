"""Rules about the controller function."""
