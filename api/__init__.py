"""The doors: HTTP, the feed, the page and the command line, over the record and its answers."""
