"""In how many seconds the buckets of limits are full for all processes together, as Redis keeps it.

Redis is a hint here too: while it is away, each process limits by what it granted itself. Its failures are counted
apart from those of the snapshots' copies, so that neither of the two is left alone for the other's trouble.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis, RedisError

from evaluation.circuit import Circuit

logger = logging.getLogger(__name__)
circuit = Circuit()

_PREFIX = "flagplatform:limit:"
# By Redis' own clock, so that those of the processes need not agree. A bucket that is full need not be kept.
_TELL = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local owed = {}
for i, key in ipairs(KEYS) do
  local granted, limit = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local full_at = math.max(tonumber(redis.call('GET', key) or '') or now, now) + granted * 60 / limit
  full_at = math.min(full_at, now + 120)
  owed[i] = string.format('%.6f', full_at - now)
  if granted > 0 then
    redis.call('SET', key, string.format('%.6f', full_at), 'EX', math.max(1, math.ceil(full_at - now)))
  end
end
return owed
"""


class Granted(NamedTuple):
    """What one process granted since it told Redis, of a limit per minute."""

    requests: int
    limit: int


def is_configured() -> bool:
    return bool(settings.REDIS_URL)


def tell(granted: Mapping[str, Granted]) -> Mapping[str, float]:
    """In how many seconds each bucket is full, all processes' grants taken out; empty where Redis does not say."""
    if not circuit.lets_through():
        return {}
    try:
        owed = dict(zip(granted, map(float, _told(get_redis_connection("default"), granted)), strict=True))
    except (RedisError, ValueError) as error:
        circuit.failed()
        logger.warning("limits are not shared, each process keeps them by itself: %s", error)
        return {}
    circuit.succeeded()
    return owed


def _told(client: Redis, granted: Mapping[str, Granted]) -> Sequence[Any]:
    keys = [_PREFIX + name for name in granted]
    figures = [str(figure) for each in granted.values() for figure in each]
    owed: Sequence[Any] = client.eval(_TELL, len(keys), *keys, *figures)
    return owed
