"""How many connections this process may hold open."""

import resource

_BESIDE = 1_024  # files and connections that are none of those


def allow_connections(wanted: int) -> int:
    """Raise the limit of open files as far as the system lets us; how many of the wanted connections fit below it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _BESIDE
    if resource.RLIM_INFINITY != soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else max(soft, min(needed, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, max(soft - _BESIDE, soft // 2))
