"""Deployment of a Pulumi program to the local AWS without the Pulumi CLI."""
