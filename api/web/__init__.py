"""The page: the record for people, rendered on the server from the same reads as /v1."""
