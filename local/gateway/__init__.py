"""The way from a socket to an authenticated request."""
