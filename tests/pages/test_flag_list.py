"""The list of flags: what it shows, how it is searched, and what its switches do."""

from collections.abc import Sequence
from typing import Any

import pytest

from accounts.models import Environment, Project, User
from flags import services
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text

LIST = "/dashboard/flags"


def keys(response: Any) -> list[str]:
    return [e.text for e in elements(response, "a", class_="key")]


@pytest.fixture
def several(project: Project, bob: User) -> Sequence[Flag]:
    made = [
        {"key": "a.plain", "name": "Basket", "tags": ["web"]},
        {"key": "b-share", "flag_type": "percentage", "tags": ["web", "mobile"]},
        {"key": "c_text", "flag_type": "string", "variants": [{"key": "x", "value": "X"}]},
    ]
    return [services.create_flag(project, by=bob, **given) for given in made]


def test_list_without_flags_says_what_to_do(browse: Browse, bob: User) -> None:
    response = browse(bob).get(LIST)
    assert "No flags yet" in text(response)
    assert "Make the first flag" in [e.text for e in elements(response, "a", href="/dashboard/flags/new")]


def test_list_without_matches_leads_back_to_all_flags(browse: Browse, bob: User, several: Sequence[Flag]) -> None:
    response = browse(bob).get(LIST, {"search": "nothing like this"})
    assert "No flag matches" in text(response)
    assert element(response, "a", href=LIST, class_="button")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a.plain", "b-share", "c_text"]),
        ({"search": "basket"}, ["a.plain"]),
        ({"flag_type": "percentage"}, ["b-share"]),
        ({"tag": "web"}, ["a.plain", "b-share"]),
        ({"tag": "web", "search": "share"}, ["b-share"]),
        ({"archived": "yes"}, []),
        ({"sort": "-created_at"}, ["c_text", "b-share", "a.plain"]),
        ({"flag_type": "nonsense", "sort": "salt", "page": "x"}, ["a.plain", "b-share", "c_text"]),
    ],
)
def test_filters_stand_in_the_address(
    browse: Browse, bob: User, several: Sequence[Flag], query: dict[str, str], expected: list[str]
) -> None:
    assert keys(browse(bob).get(LIST, query)) == expected


def test_filters_are_shown_as_they_were_chosen(browse: Browse, bob: User, several: Sequence[Flag]) -> None:
    response = browse(bob).get(LIST, {"search": 'a"b', "flag_type": "string"})
    assert element(response, "input", name="search")["value"] == 'a"b'
    assert "selected" in element(response, "option", value="string")


def test_archived_flags_are_listed_apart(browse: Browse, alice: User, flag: Flag) -> None:
    services.archive_flag(flag, by=alice)
    assert keys(browse(alice).get(LIST)) == []
    response = browse(alice).get(LIST, {"archived": "yes"})
    assert keys(response) == [flag.key]
    assert all("disabled" in switch for switch in elements(response, "button", role="switch"))


def test_each_environment_has_a_switch_with_a_name_and_a_state(
    browse: Browse, alice: User, flag: Flag, staging: Environment
) -> None:
    services.update_config(flag, staging, by=alice, is_enabled=True)
    switches = elements(browse(alice).get(LIST), "button", role="switch")
    assert {switch["aria-label"]: switch["aria-checked"] for switch in switches} == {
        "new-search in Development": "false",
        "new-search in Staging": "true",
        "new-search in Production": "false",
    }


def test_share_of_a_percentage_flag_stands_beside_its_switch(
    browse: Browse, alice: User, project: Project, staging: Environment
) -> None:
    flag = services.create_flag(project, by=alice, key="share", flag_type="percentage")
    services.update_config(flag, staging, by=alice, is_enabled=True, rollout_percentage=12.5)
    shown = elements(browse(alice).get(LIST), "span", class_="does")
    assert [(e.text, e["title"]) for e in shown] == [("12.5\xa0%", "On for 12.5\xa0% of users.")]


def test_protected_environment_is_marked_by_a_word(browse: Browse, alice: User, flag: Flag) -> None:
    marked = elements(browse(alice).get(LIST), "span", class_="badge production")
    assert [e.text for e in marked] == ["protected"]


def test_long_list_is_cut_into_pages_that_keep_the_filters(browse: Browse, bob: User, project: Project) -> None:
    for at in range(30):
        services.create_flag(project, by=bob, key=f"flag-{at:02}")
    first = browse(bob).get(LIST, {"search": "flag"})
    assert len(keys(first)) == 25
    assert element(first, "a", rel="next")["href"] == "?search=flag&page=2"
    assert len(keys(browse(bob).get(LIST, {"search": "flag", "page": 2}))) == 5


def test_number_of_queries_does_not_grow_with_the_flags(
    browse: Browse, bob: User, project: Project, several: Sequence[Flag], django_assert_max_num_queries: Any
) -> None:
    for at in range(20):
        services.create_flag(project, by=bob, key=f"flag-{at}")
    browser = browse(bob)
    with django_assert_max_num_queries(12):
        assert browser.get(LIST).status_code == 200


def test_flags_of_another_project_are_found_by_its_key(browse: Browse, alice: User, flag: Flag) -> None:
    other = Project.objects.create(key="shop", name="Shop")
    services.create_flag(other, by=alice, key="in-the-shop")
    response = browse(alice).get(LIST, {"project": "shop"})
    assert keys(response) == ["in-the-shop"]
    assert element(response, "a", class_="key")["href"] == "/dashboard/flags/in-the-shop?project=shop"
    assert browse(alice).get(LIST, {"project": "nowhere"}).status_code == 404


@pytest.mark.parametrize("key", ["new", ".", ".."])
def test_flag_whose_key_fits_into_no_address_is_reached_by_its_id(
    browse: Browse, bob: User, project: Project, key: str
) -> None:
    services.create_flag(project, by=bob, key=key)
    address = element(browse(bob).get(LIST), "a", class_="key")["href"]
    assert element(browse(bob).get(address), "h1").text == key


def test_what_people_wrote_is_shown_as_text(browse: Browse, bob: User, project: Project) -> None:
    services.create_flag(project, by=bob, key="x", name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in browse(bob).get(LIST).content.decode()
