"""Calls of AWS: clients, time budget, request validation, error translation, redaction."""
