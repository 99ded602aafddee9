"""Using a KMS key that exists already: what it must be, and what its policy must allow."""
