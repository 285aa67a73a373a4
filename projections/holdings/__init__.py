"""Who holds what, since when and until when, in both clocks, per grant."""
