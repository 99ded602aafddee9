"""IAM policy documents of an environment, built from plain values, without Pulumi."""
