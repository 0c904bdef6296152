"""Which bucket a key falls into by the algorithms of other products, so that a team moves without moving a user.

Each takes the salt as text, the id as UTF-8 bytes and the number of buckets, and gives a number from 0 up to `full`.
Where `full` is None the document says how many buckets there are: 100,000, or the sum of its weights. The tests hold
each formula against values of the vendors' own SDKs.
"""

from collections.abc import Callable
from typing import NamedTuple

from flagkit.engine.bucketing import bucket_of, hash_of, seed_of
from flagkit.engine.documents import BrokenDocument, shown
from flagkit.engine.murmur import murmur3

NATIVE = "xxh64"
_UNLEASH_VARIANTS = 86028157
_FIFTEEN_HEX = 0xFFFFFFFFFFFFFFF


class Algorithm(NamedTuple):
    """`bucket(salt, id, buckets)` lies in 0 … full; ranges are counted in the same unit."""

    name: str
    bucket: Callable[[str, bytes, int], int | float]
    full: int | float | None


def algorithm(name: object) -> Algorithm:
    """The algorithm of this name. Raises BrokenDocument where there is none."""
    if not isinstance(name, str) or name not in _BY_NAME:
        raise BrokenDocument(f"{shown(name)} is not an algorithm: name {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def names() -> tuple[str, ...]:
    return tuple(_BY_NAME)


def _xxh64(salt: str, key: bytes, buckets: int) -> int:
    return bucket_of(hash_of(key, seed_of(salt)), buckets)


def _unleash(salt: str, key: bytes, _: int) -> int:
    return murmur3(_joined(salt, ":", key), 0) % 100


def _unleash_variant(salt: str, key: bytes, buckets: int) -> int:
    return murmur3(_joined(salt, ":", key), _UNLEASH_VARIANTS) % buckets


def _experiments(salt: str, key: bytes, _: int) -> int:
    return murmur3(key + b":" + salt.encode(), 0) % 10_000


def _feature_flag(salt: str, key: bytes, _: int) -> int:
    return int(_md5(_joined(salt, ":", key)), 16) % 100


def _growthbook_1(salt: str, key: bytes, _: int) -> float:
    return _fnv1a(key.decode("utf-8", "surrogatepass") + salt) % 1000 / 1000


def _growthbook_2(salt: str, key: bytes, _: int) -> float:
    return _fnv1a(str(_fnv1a(salt + key.decode("utf-8", "surrogatepass")))) % 10_000 / 10_000


def _fnv1a(text: str) -> int:
    """FNV-1a of 32 bits over UTF-16 units, as JavaScript sees text."""
    hashed = 0x811C9DC5
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        hashed = (hashed ^ (low | high << 8)) * 0x01000193 & 0xFFFFFFFF
    return hashed


def _flagd_1(salt: str, key: bytes, _: int) -> float:
    hashed = murmur3(_joined(salt, "", key), 0)
    return abs(hashed - (1 << 32) if hashed >> 31 else hashed) / 2147483647 * 100


def _flagd_2(salt: str, key: bytes, buckets: int) -> int:
    return murmur3(_joined(salt, "", key), 0) * buckets >> 32


def _flagd_3(salt: str, key: bytes, buckets: int) -> int:
    return murmur3(b"\x82" + _cbor_text(salt.encode()) + _cbor_text(key), 0) * buckets >> 32


def _cbor_text(data: bytes) -> bytes:
    """Canonical CBOR of a text (RFC 8949, 3.1 and 4.2)."""
    size = len(data)
    if size < 24:
        return bytes([0x60 + size]) + data
    width = next(width for width in (1, 2, 4) if size < 1 << 8 * width)
    return bytes([0x78 + width.bit_length() - 1]) + size.to_bytes(width, "big") + data


def _launchdarkly(salt: str, key: bytes, _: int) -> float:
    return int(_sha1(_joined(salt, ".", key))[:15], 16) / _FIFTEEN_HEX


def _posthog_variant(salt: str, key: bytes, _: int) -> float:
    return _launchdarkly(salt, key + b"variant", 1)


def _flagsmith(salt: str, key: bytes, _: int) -> float:
    text, times = _joined(salt, ",", key), 1
    while (found := int(_md5(b",".join([text] * times)), 16) % 9999 / 9998 * 100) == 100:
        times += 1
    return found


def _configcat(salt: str, key: bytes, _: int) -> int:
    return int(_sha1(_joined(salt, "", key))[:7], 16) % 100


def _joined(salt: str, between: str, key: bytes) -> bytes:
    return f"{salt}{between}".encode() + key


def _md5(data: bytes) -> str:
    import hashlib  # OpenSSL comes with it, a third of what importing the engine costs

    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha1(data: bytes) -> str:
    import hashlib

    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


_BY_NAME = {
    found.name: found
    for found in (
        Algorithm(NATIVE, _xxh64, None),
        Algorithm("unleash", _unleash, 100),
        Algorithm("unleash-variant", _unleash_variant, None),
        Algorithm("growthbook-v1", _growthbook_1, 1),
        Algorithm("growthbook-v2", _growthbook_2, 1),
        Algorithm("flagd-v1", _flagd_1, 100),
        Algorithm("flagd-v2", _flagd_2, None),
        Algorithm("flagd-v3", _flagd_3, None),
        Algorithm("launchdarkly", _launchdarkly, 1),
        Algorithm("posthog", _launchdarkly, 1),
        Algorithm("posthog-variant", _posthog_variant, 1),
        Algorithm("flagsmith", _flagsmith, 100),
        Algorithm("configcat", _configcat, 100),
        Algorithm("experiments-murmur3", _experiments, 10_000),
        Algorithm("featureflag-md5", _feature_flag, 100),
    )
}
