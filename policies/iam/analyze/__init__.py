"""Questions about whole documents: new access, who has access, dead statements, escalation."""
