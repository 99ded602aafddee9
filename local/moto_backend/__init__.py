"""moto in this process: its state, and the corrections that concern no single service."""
