"""Ids of events: UUIDs of version 7 (RFC 9562), which begin with the time and so lie together in a database."""

import os
import time
import uuid

_VERSION, _VARIANT = 0x7 << 76, 0b10 << 62


def new_id() -> str:
    """From the system's randomness, which two processes do not share after a fork."""
    drawn = int.from_bytes(os.urandom(10))
    upper, lower = drawn >> 68, drawn & ((1 << 62) - 1)
    return str(uuid.UUID(int=(time.time_ns() // 1_000_000 << 80) | _VERSION | (upper << 64) | _VARIANT | lower))
