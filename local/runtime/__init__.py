"""Shared by running services: the clock, due work, processes of functions, clients."""
