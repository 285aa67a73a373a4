"""What breaks, breaks here first: processes killed under load, and nothing acknowledged lost."""
