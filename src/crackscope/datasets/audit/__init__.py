"""Find what is wrong with a dataset."""
