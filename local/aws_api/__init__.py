"""AWS requests, callers and errors as plain values, in every wire protocol."""
