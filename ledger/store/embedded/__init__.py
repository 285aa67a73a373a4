"""Start and end a PostgreSQL server of our own, from binaries that need no installation."""
