"""How much of each pool there is over time, in both clocks."""
