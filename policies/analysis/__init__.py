"""Questions about a stack that several rules share."""
