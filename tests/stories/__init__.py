"""What the ledger is for, told as it happens between people, over the real doors."""
