"""Measures how fast the ledger is, beside its peers, with gates without which no figure counts."""
