"""What is asked for, what was answered, and what was granted for it."""
