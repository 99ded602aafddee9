"""The scheduled reconciliation and the export of one evaluation."""
