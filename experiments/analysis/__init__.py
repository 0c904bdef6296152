"""From events to sums per variant, in an engine that reads many rows: what reaches Python is sums."""
