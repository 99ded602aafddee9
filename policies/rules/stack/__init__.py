"""Rules about a stack as a whole."""
