"""What an installation stands on, as its URL says."""

from flagplatform.installation import database

POSTGRES = "postgres://someone@127.0.0.1:5432/flags"


def test_connections_to_sqlite_are_kept_and_pooled_ones_are_given_back() -> None:
    assert database("sqlite:////data/flags.sqlite3")["CONN_MAX_AGE"] is None
    assert not database(POSTGRES).get("CONN_MAX_AGE")


def test_connections_to_postgresql_are_looked_at_before_they_are_given_out() -> None:
    assert database(POSTGRES)["CONN_HEALTH_CHECKS"] is True
