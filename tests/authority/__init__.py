"""Who may do what: every command, role and scope, judged by the core and held to a table."""
