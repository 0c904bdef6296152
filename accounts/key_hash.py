"""How the text of an API key becomes what is stored of it; without Django, for the doors that answer without it."""

import hashlib


def hash_of(text: str) -> str:
    """SHA-256 in hex: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()
