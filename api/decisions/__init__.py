"""Commands over HTTP: parsed, handed to the committer, answered with its bytes."""
