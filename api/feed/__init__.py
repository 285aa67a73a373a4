"""The feed: what was recorded, in order, as pages, lines and a live stream."""
