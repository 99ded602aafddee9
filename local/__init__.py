"""The local AWS: the services that batch evaluations use, on one loopback address."""
