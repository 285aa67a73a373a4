"""Tests of the store: real PostgreSQL servers, no mocks."""
