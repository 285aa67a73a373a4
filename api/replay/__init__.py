"""The log folded anew without the service: to any position, and as another rule would have it."""
