"""Which bucket a key falls into: xxh64 over the key's UTF-8 bytes, seeded with the hash of the stored salt.

`h = xxh64(utf8(key), seed=xxh64(utf8(salt)))`, `bucket = (h * buckets) >> 64`. Integers only, multiply-shift instead of
modulo, so that every bucket is as likely as the next and the coarse buckets are unions of fine ones.
"""

from xxhash import xxh64_intdigest

BUCKETS = 100_000  # of rollouts and splits: steps of 0.001 %
_SPACE = 1 << 64


def seed_of(salt: str) -> int:
    """The seed that a salt stands for, prepared once at load."""
    return xxh64_intdigest(salt.encode())


def hash_of(key: bytes, seed: int) -> int:
    """0 … 2**64 - 1, evenly spread."""
    return xxh64_intdigest(key, seed)


def bucket_of(hashed: int, buckets: int = BUCKETS) -> int:
    """0 … buckets - 1."""
    return (hashed * buckets) >> 64


def threshold(edge: int, buckets: int = BUCKETS) -> int:
    """The smallest hash at or above the edge: `hashed < threshold(e)` exactly when `bucket_of(hashed) < e`."""
    return -(-edge * _SPACE // buckets)
