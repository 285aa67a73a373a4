"""The doors, asked from outside."""
