"""Each module answers one page of experiments, or one card of it."""
