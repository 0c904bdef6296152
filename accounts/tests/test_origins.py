"""An origin is what a browser sends: scheme, host and port."""

import pytest

from accounts.origins import MAX_ORIGINS, NoOrigin, origins_in


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("*", "*"),
    ],
)
def test_origin_is_kept_as_browsers_send_it(given: str, kept: str) -> None:
    assert origins_in([given]) == [kept]


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "null",
        "shop.example",
        "https://",
        "https://shop.example/",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://*.shop.example",
        "https://user@shop.example",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://shop.example:http",
        "https://shop.example\n",
        " https://shop.example",
        "https://bücher.example",
        "https://-shop.example",
        "https://shop.example, https://other.example",
        "https://" + "a" * 300,
    ],
)
def test_what_no_browser_sends_is_refused(given: str) -> None:
    with pytest.raises(NoOrigin):
        origins_in(["https://shop.example", given])


def test_each_origin_is_kept_once_and_any_stands_for_all() -> None:
    assert origins_in(["https://b.example", "https://A.example", "https://a.example"]) == [
        "https://b.example",
        "https://a.example",
    ]
    assert origins_in(["https://a.example", "*"]) == ["*"]


def test_there_is_an_end_to_them() -> None:
    with pytest.raises(NoOrigin, match="at most"):
        origins_in(f"https://{at}.example" for at in range(MAX_ORIGINS + 1))
