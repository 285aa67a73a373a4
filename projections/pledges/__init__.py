"""What is promised to units, in both clocks."""
