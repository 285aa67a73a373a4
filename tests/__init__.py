"""Tests of Allot: they mirror the packages they test."""
