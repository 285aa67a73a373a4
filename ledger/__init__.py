"""The record: the rules that make facts, and where facts are kept."""
