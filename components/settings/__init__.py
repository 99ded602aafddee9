"""The settings of an environment: declared once, read from a stack file, validated together."""
