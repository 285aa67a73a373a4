"""Every event of the record in plain words, found by what it names."""
