"""Rules about log groups and the operations key."""
