"""What an installation stands on, as its settings say."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from flagplatform.installation import database, networks, per_minute

POSTGRES = "postgres://someone@127.0.0.1:5432/flags"


def test_connections_to_sqlite_are_kept_and_pooled_ones_are_given_back() -> None:
    assert database("sqlite:////data/flags.sqlite3")["CONN_MAX_AGE"] is None
    assert not database(POSTGRES).get("CONN_MAX_AGE")


def test_connections_to_postgresql_are_looked_at_before_they_are_given_out() -> None:
    assert database(POSTGRES)["CONN_HEALTH_CHECKS"] is True


def test_a_proxy_that_is_no_network_stops_the_start() -> None:
    assert networks(["10.0.0.0/8", "::1"]) == ["10.0.0.0/8", "::1"]
    with pytest.raises(ImproperlyConfigured, match=r"TRUSTED_PROXIES.*everyone"):
        networks(["everyone"])


def test_a_limit_below_nothing_stops_the_start() -> None:
    assert [per_minute("RATE_LIMIT_KEY", number) for number in (0, 600)] == [0, 600]
    with pytest.raises(ImproperlyConfigured, match=r"RATE_LIMIT_KEY.*-1"):
        per_minute("RATE_LIMIT_KEY", -1)
