"""Rules about roles, users and groups."""
