"""The record: its rules, one by one and in random histories."""
