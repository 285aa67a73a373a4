"""The reference of the HTTP contract: openapi.json, and a page that shows it."""
