"""The reads: what is so at any instant, as recorded by any position, with its clocks named."""
