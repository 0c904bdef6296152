"""A request counts for its peer, and for whom a proxy names only where that proxy is trusted."""

import pytest

from accounts.client_address import TrustedProxies

PEER = "192.0.2.1"
PROXIES = TrustedProxies(["10.0.0.0/8", "127.0.0.1", "2001:db8:f::/48"])


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "10.0.0.1", "203.0.113.9, 10.0.0.1"])
def test_nobody_else_is_believed(forwarded: str) -> None:
    assert PROXIES.caller(PEER, forwarded) == PEER
    assert TrustedProxies().caller("127.0.0.1", forwarded) == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1,203.0.113.9, 10.1.2.3 ,10.0.0.7", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::7]:4711", "2001:db8::/64"),
        ("2001:db8::7", "2001:db8::/64"),
        ("10.1.2.3, 10.0.0.7", "10.1.2.3"),
        ("203.0.113.9, unknown", "10.0.0.1"),
        ("203.0.113.9, unknown, 10.0.0.7", "10.0.0.7"),
        ("", "10.0.0.1"),
        (",", "10.0.0.1"),
    ],
)
def test_behind_trusted_proxies_the_last_hop_that_is_none_of_them_counts(forwarded: str, caller: str) -> None:
    assert PROXIES.caller("10.0.0.1", forwarded) == caller


def test_what_is_longer_than_any_address_is_none() -> None:
    assert PROXIES.caller("10.0.0.1", f"fe80::1%{'x' * 200}") == "10.0.0.1"


def test_the_addresses_of_an_ipv6_network_count_together() -> None:
    callers = {PROXIES.caller(address) for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff")}
    assert callers == {"2001:db8:1:2::/64"}
    assert PROXIES.caller("2001:db8:1:3::1") not in callers


def test_an_ipv4_address_on_an_ipv6_socket_is_the_same_caller() -> None:
    assert PROXIES.caller("::ffff:192.0.2.1") == PEER
    assert PROXIES.caller("::ffff:10.0.0.1", "203.0.113.9") == "203.0.113.9"


def test_a_proxy_with_an_ipv6_address_is_trusted_by_its_network() -> None:
    assert PROXIES.caller("2001:db8:f:1::1", "203.0.113.9") == "203.0.113.9"


def test_who_has_no_address_is_nobody() -> None:
    assert PROXIES.caller("") == ""


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="appear to be"):
        TrustedProxies(["10.0.0.0/8", "everyone"])
