"""What several rules ask of a stack."""
