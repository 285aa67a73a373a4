"""Commands that wait, or waited, for a second person."""
