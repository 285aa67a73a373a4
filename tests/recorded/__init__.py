"""One stored event of every version ever shipped: they decode for ever, to the same bytes."""
