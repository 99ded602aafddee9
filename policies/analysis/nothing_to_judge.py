"""Sentences that say what a stack lacks, where a rule had nothing to judge."""

NO_OUTPUT_BUCKET = "no bucket here is one that batch evaluations are exported to"
NO_CONTROLLER = "no function here runs under a role that starts batch evaluations"
NO_TRIGGER = "no schedule, event rule or pipe here invokes a controller of batch evaluations"
