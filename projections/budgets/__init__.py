"""What units may hold of pools: the shares of splits, in both clocks."""
