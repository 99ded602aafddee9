"""Validators, names, and the deployment target that names and ARNs follow from."""
