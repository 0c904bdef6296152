"""Which kinds of documents an environment has, and how each document is named in it."""

from flagkit.engine.audiences import KIND

FLAG, AUDIENCE = "flag", KIND
Name = tuple[str, str]  # kind and key
