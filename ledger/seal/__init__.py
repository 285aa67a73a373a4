"""The seal of the log: one hash that stands for every byte recorded so far. Pure."""
