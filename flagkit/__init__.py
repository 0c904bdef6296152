"""The evaluation engine of Flagplatform and the Python SDK around it."""
