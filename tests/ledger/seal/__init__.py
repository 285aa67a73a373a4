"""Tests of the seal of the log."""
