"""AgentCore's evaluations: which belong to this environment, and the state of their results."""
