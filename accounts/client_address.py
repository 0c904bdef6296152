"""Whom a request counts for by its address: the peer, or the client that a trusted proxy names.

`X-Forwarded-For` is written by whoever sends it, so it is read only where the peer is a trusted proxy, and from the
right: each proxy adds the address that it was called from. The first hop that is not trusted is the client.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_REMEMBERED = 4_096  # callers whose addresses are not read again
_LONGEST = 256  # characters of what is remembered of X-Forwarded-For
_LONGEST_ADDRESS = 100  # characters, with the zone that an IPv6 one may have
_HOST_BITS = 64  # of an IPv6 address: one household or server has all of them, so they count together


class TrustedProxies:
    """The proxies of this installation; none where no network is given."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Addresses and networks as in `10.0.0.0/8`. Raises ValueError for anything else."""
        self._networks = tuple(ip_network(network.strip()) for network in networks)
        self._trusts = lru_cache(_REMEMBERED)(self._is_in_a_network)
        self._named = lru_cache(_REMEMBERED)(self._client)

    def caller(self, peer: str, forwarded: str = "") -> str:
        """An IPv4 address, or the /64 of an IPv6 one; empty where the peer has none, as on a Unix socket."""
        if forwarded and self._networks and self._trusts(peer):
            return self._named(peer, forwarded) if len(forwarded) <= _LONGEST else self._client(peer, forwarded)
        return _counted(peer)

    def _client(self, peer: str, forwarded: str) -> str:
        """What is no address ends the search: whoever wrote it was the last that is known."""
        client = peer
        for hop in reversed(forwarded.split(",")):
            address = _without_port(hop.strip())
            if _parsed(address) is None:
                break
            client = address
            if not self._trusts(address):
                break
        return _counted(client)

    def _is_in_a_network(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._networks)


@lru_cache(_REMEMBERED)
def _counted(text: str) -> str:
    address = _parsed(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> _HOST_BITS << _HOST_BITS, 128 - _HOST_BITS)))
    return str(address or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4 one that arrived on an IPv6 socket is what it is."""
    if len(text) > _LONGEST_ADDRESS:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.7:1234` and `[2001:db8::7]:1234`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
