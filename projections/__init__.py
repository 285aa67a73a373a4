"""Answers derived from facts: read models that can be dropped and built again from the log."""
