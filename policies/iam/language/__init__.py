"""Policy documents and requests, as data."""
