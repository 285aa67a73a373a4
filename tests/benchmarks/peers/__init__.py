"""What the ledger is measured against, on the same server in the same run."""
