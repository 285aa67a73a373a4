"""What is expected to come back, and how well that was foreseen before, in both clocks."""
