"""The page of the audit trail."""

from typing import Any

import pytest

from accounts.models import Environment, Project, User
from flags import services
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text

TRAIL = "/dashboard/audit"


@pytest.fixture
def history(flag: Flag, bob: User, alice: User, staging: Environment, production: Environment) -> None:
    services.update_config(flag, staging, by=bob, is_enabled=True, rollout_percentage=10)
    services.update_config(flag, staging, by=bob, is_enabled=False, rollout_percentage=12.5)
    services.update_config(flag, production, by=alice, is_enabled=True)


def told(response: Any) -> list[str]:
    return [e.text for e in elements(response, "li")]


def test_newest_change_stands_first_with_who_what_and_where(browse: Browse, bob: User, history: None) -> None:
    response = browse(bob).get(TRAIL, {"key": "new-search"})
    heads = [entry.partition(" just now")[0] for entry in told(response)]
    assert heads == [
        "alice@example.com set up flag new-search in production",
        "bob@example.com changed flag new-search in staging",
        "bob@example.com set up flag new-search in staging",
        "alice@example.com created flag new-search",
    ]


def test_change_shows_old_and_new_value_of_each_field(browse: Browse, bob: User, history: None) -> None:
    response = browse(bob).get(TRAIL, {"key": "new-search", "environment": "staging"})
    changed = elements(response, "dl")[0].text
    assert changed == "enabled yes → became no rollout percentage 10 → became 12.5"


def test_exact_instant_stands_behind_the_relative_one(browse: Browse, bob: User, history: None) -> None:
    shown = elements(browse(bob).get(TRAIL), "time")[0]
    assert shown.text == "just now"
    assert shown["title"].endswith(" UTC")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"environment": "production"}, 1),
        ({"actor": "BOB@example.com", "key": "new-search"}, 2),
        ({"actor": "bob@example.com", "environment": "production"}, 0),
        ({"key": "nothing"}, 0),
        ({"environment": "nonsense", "key": "new-search"}, 4),
    ],
)
def test_filters_stand_in_the_address(
    browse: Browse, bob: User, history: None, query: dict[str, str], count: int
) -> None:
    assert len(told(browse(bob).get(TRAIL, query))) == count


def test_nothing_that_matches_leads_back_to_all_of_history(browse: Browse, bob: User, history: None) -> None:
    response = browse(bob).get(TRAIL, {"key": "nothing"})
    assert "Nothing matches" in text(response)
    assert element(response, "a", href=TRAIL, class_="button")


def test_owner_is_told_by_e_mail(browse: Browse, alice: User, bob: User, flag: Flag) -> None:
    services.update_flag(flag, by=alice, owner=bob)
    assert "owner nothing → became bob@example.com" in told(browse(alice).get(TRAIL))[0]


def test_history_of_people_is_told_without_passwords(browse: Browse, alice: User) -> None:
    User.objects.create_user("new@example.com", "a long new password")
    response = browse(alice).get(TRAIL, {"key": "new@example.com"})
    assert "created user new@example.com" in text(response)
    assert "argon2" not in response.content.decode()


def test_history_of_one_project_alone(browse: Browse, alice: User, flag: Flag) -> None:
    services.create_flag(Project.objects.create(key="shop", name="Shop"), by=alice, key="in-the-shop")
    response = browse(alice).get(TRAIL, {"project": "shop"})
    assert [e.text for e in elements(response, "a", class_="key")] == ["in-the-shop"]


def test_history_of_a_deleted_flag_stays(browse: Browse, alice: User, history: None, flag: Flag) -> None:
    services.delete_flag(flag, by=alice)
    shown = told(browse(alice).get(TRAIL, {"key": "new-search"}))
    assert any("deleted flag new-search" in entry for entry in shown)
    assert any("created flag new-search" in entry for entry in shown)


def test_long_history_is_cut_into_pages(browse: Browse, bob: User, project: Project) -> None:
    for at in range(31):
        services.create_flag(project, by=bob, key=f"flag-{at}")
    first = browse(bob).get(TRAIL, {"actor": bob.email})
    assert len(told(first)) == 30
    assert element(first, "a", rel="next")["href"] == "?actor=bob%40example.com&page=2"


def test_what_people_wrote_is_shown_as_text(browse: Browse, bob: User, project: Project) -> None:
    services.create_flag(project, by=bob, key="x", name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in browse(bob).get(TRAIL).content.decode()
