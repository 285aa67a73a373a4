"""The only I/O of the ledger: recording, receipts, migrations, named SQL, embedded PostgreSQL."""
