"""One folder a service: required permissions, constraints, references, fixups of moto, own code."""
