"""Read models: rows from facts, the follower that feeds them, the rebuild that replaces them."""
