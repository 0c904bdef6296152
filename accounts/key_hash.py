"""What of an API key is known without Django, for the doors that answer without it."""

import hashlib

ANY_ORIGIN = "*"  # in a key's allowed origins: pages of any origin may show it


def hash_of(text: str) -> str:
    """What is stored of the key's text: SHA-256 in hex. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()
