"""The symbolic authorizer: the decision as a formula, and the search for a request."""
