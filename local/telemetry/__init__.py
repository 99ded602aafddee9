"""Agent telemetry: recordings in the forms that AWS hands out, delivered to log groups."""
