"""A made-up laboratory to try Allot on: its story, and the writing of it into a ledger."""
