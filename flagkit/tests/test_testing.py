"""Tests set values by hand, and everything is as before when they are done."""

from collections.abc import Callable
from typing import Any

import pytest

from flagkit.client import Client
from flagkit.testing import overrides
from flagkit.tests.documents import flag

pytest_plugins = ["flagkit.testing.plugin"]


@pytest.fixture
def client() -> Client:
    return Client.from_documents([flag()])


def test_values_hold_within_the_block_and_inner_ones_count(client: Client) -> None:
    with overrides({"checkout": True, "unknown": "red"}):
        assert (client.boolean("checkout"), client.string("unknown")) == (True, "red")
        with overrides({"checkout": False}):
            assert (client.boolean("checkout"), client.string("unknown")) == (False, "red")
        assert client.boolean("checkout") is True
    assert client.boolean("checkout") is False
    assert client.evaluate("unknown").error == "FLAG_NOT_FOUND"


def test_an_override_says_that_it_is_one_and_keeps_to_the_type(client: Client) -> None:
    with overrides({"checkout": "text"}):
        found = client.evaluate("checkout")
        assert (found.value, found.variant, found.reason) == ("text", "override", "STATIC")
        assert client.boolean("checkout", default=True) is True


def test_a_test_that_fails_leaves_nothing_behind(client: Client) -> None:
    with pytest.raises(RuntimeError), overrides({"checkout": True}):
        raise RuntimeError("no")
    assert client.boolean("checkout") is False


def test_a_client_without_data_is_overridden_too() -> None:
    with Client("http://127.0.0.1:9", "key", "e") as client, overrides({"checkout": True}):
        assert client.boolean("checkout") is True


def test_the_fixture_holds_until_the_end(client: Client, flag_overrides: Callable[[dict[str, Any]], None]) -> None:
    flag_overrides({"checkout": True})
    assert client.boolean("checkout") is True
