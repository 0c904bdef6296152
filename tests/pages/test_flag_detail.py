"""The page of a flag: what it does in the chosen environment, what it is, and what happened to it."""

from typing import Any

import pytest

from accounts.models import Environment, Project, User
from flags import services
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, stored, text

PAGE = "/dashboard/flags/new-search"
COLOURS = "/dashboard/flags/button-colour"


@pytest.fixture
def share(project: Project, alice: User) -> Flag:
    return services.create_flag(project, by=alice, key="share", flag_type="percentage")


def read(response: Any, name: str = "version") -> str:
    """The version that the first form of the page was read from."""
    return elements(response, "input", name=name)[0]["value"]


def test_environment_is_chosen_by_the_address(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    services.update_config(flag, staging, by=bob, is_enabled=True)
    browser = browse(bob)
    assert "On for everyone." in text(browser.get(PAGE, {"environment": "staging"}))
    assert "Off for everyone." in text(browser.get(PAGE, {"environment": "development"}))
    assert browser.get(PAGE, {"environment": "nowhere"}).status_code == 404


def test_first_environment_is_shown_where_none_is_named(browse: Browse, bob: User, flag: Flag) -> None:
    chosen = element(browse(bob).get(PAGE), "a", href=f"{PAGE}?environment=development")
    assert chosen["aria-current"] == "page"


def test_flag_of_a_project_without_environments_still_has_a_page(browse: Browse, alice: User) -> None:
    services.create_flag(Project.objects.create(key="bare", name="Bare"), by=alice, key="lonely")
    assert browse(alice).get("/dashboard/flags/lonely?project=bare").status_code == 200


def test_unknown_flag_is_a_page_that_says_so(browse: Browse, bob: User, project: Project) -> None:
    response = browse(bob).get("/dashboard/flags/nope")
    assert response.status_code == 404
    assert "There is no flag nope" in text(response)


def test_share_of_users_is_saved(browse: Browse, bob: User, share: Flag, staging: Environment) -> None:
    browser = browse(bob)
    given = {"is_enabled": "on", "rollout_percentage": "12.345"}
    response = browser.post("/dashboard/flags/share/settings?environment=staging", given, follow=True)
    assert response.redirect_chain == [("/dashboard/flags/share?environment=staging", 302)]
    assert "On for 12.345\xa0% of users." in response.content.decode()
    assert float(stored(share, staging).rollout_percentage) == 12.345


@pytest.mark.parametrize("bad", ["", "-1", "100.001", "0.0001", "many", "NaN", "1e9", "\x00"])
def test_bad_share_is_said_at_its_field_and_kept(
    browse: Browse, bob: User, share: Flag, staging: Environment, bad: str
) -> None:
    given = {"is_enabled": "on", "rollout_percentage": bad}
    response = browse(bob).post("/dashboard/flags/share/settings?environment=staging", given)
    assert response.status_code == 400
    assert element(response, "div", id="settings_rollout_percentage_error").text
    assert element(response, "input", name="rollout_percentage").attributes.get("value", "") == bad
    assert stored(share, staging).version == 0


def test_split_is_saved_and_told_in_words(browse: Browse, bob: User, colours: Flag, staging: Environment) -> None:
    given = {"is_enabled": "on", "serves": "split", "variant": "blue", "weight-blue": "33.5", "weight-green": "66.5"}
    response = browse(bob).post(f"{COLOURS}/settings?environment=staging", given, follow=True)
    assert "On, and splits users: 33.5 % blue, 66.5 % green." in text(response)
    arms = stored(colours, staging).serve["split"]
    assert [(arm["variant"], arm["weight"]) for arm in arms] == [("blue", 33.5), ("green", 66.5)]


def test_one_variant_for_everyone_and_one_while_off_are_saved(
    browse: Browse, bob: User, colours: Flag, staging: Environment
) -> None:
    given = {"serves": "variant", "variant": "green", "off_variant": "blue"}
    response = browse(bob).post(f"{COLOURS}/settings?environment=staging", given, follow=True)
    assert "Off: everyone gets blue." in text(response)
    assert stored(colours, staging).serve == {"variant": "green"}


@pytest.mark.parametrize(
    "bad",
    [
        {"serves": "split", "variant": "blue", "weight-blue": "50", "weight-green": "49"},
        {"serves": "split", "variant": "blue"},
        {"serves": "split", "variant": "blue", "weight-blue": "x", "weight-green": "100"},
        {"serves": "variant", "variant": "red"},
        {"serves": "nonsense", "variant": "blue"},
        {"serves": "variant", "variant": "blue", "off_variant": "red"},
    ],
    ids=str,
)
def test_bad_serve_is_refused_with_a_reason(
    browse: Browse, bob: User, colours: Flag, staging: Environment, bad: dict[str, str]
) -> None:
    response = browse(bob).post(f"{COLOURS}/settings?environment=staging", bad)
    assert response.status_code == 400
    assert any(e.text for tag in ("p", "div") for e in elements(response, tag, class_="why"))
    assert stored(colours, staging).version == 0


def test_protected_environment_takes_a_tick_before_it_changes(
    browse: Browse, alice: User, flag: Flag, production: Environment
) -> None:
    address = f"{PAGE}/settings?environment=production"
    given = {"is_enabled": "on", "serves": "variant", "variant": "on"}
    refused = browse(alice).post(address, given)
    assert refused.status_code == 400
    assert element(refused, "div", id="settings_confirmed_error")
    assert "checked" in element(refused, "input", name="is_enabled")
    assert not stored(flag, production).is_enabled
    assert browse(alice).post(address, {**given, "confirmed": "on"}).status_code == 302
    assert stored(flag, production).is_enabled


def test_settings_that_somebody_else_saved_meanwhile_are_not_overwritten_unseen(
    browse: Browse, alice: User, bob: User, share: Flag, staging: Environment
) -> None:
    address = "/dashboard/flags/share/settings?environment=staging"
    version = read(browse(bob).get("/dashboard/flags/share?environment=staging"))
    services.update_config(share, staging, by=alice, is_enabled=True, rollout_percentage=5)
    response = browse(bob).post(address, {"rollout_percentage": "70", "version": version})
    assert response.status_code == 412
    assert "Somebody else saved this while you were editing" in text(response)
    assert "On for 5 % of users." in text(response)
    assert element(response, "input", name="rollout_percentage")["value"] == "70"
    assert stored(share, staging).rollout_percentage == 5


def test_who_saw_the_conflict_and_saves_again_means_it(
    browse: Browse, alice: User, bob: User, share: Flag, staging: Environment
) -> None:
    address = "/dashboard/flags/share/settings?environment=staging"
    version = read(browse(bob).get("/dashboard/flags/share?environment=staging"))
    services.update_config(share, staging, by=alice, rollout_percentage=5)
    conflict = browse(bob).post(address, {"rollout_percentage": "70", "version": version})
    again = {"rollout_percentage": "70", "version": read(conflict)}
    assert browse(bob).post(address, again).status_code == 302
    assert stored(share, staging).rollout_percentage == 70


def definition(**given: Any) -> dict[str, Any]:
    return {"name": "Colour", "purpose": "release", "tags": "", "owner": "", **given}


def test_definition_is_saved(browse: Browse, bob: User, flag: Flag) -> None:
    given = definition(name="Search", description="d", tags="a b,a", owner=bob.email, is_temporary="on")
    response = browse(bob).post(f"{PAGE}/definition?environment=staging", given)
    assert response.url == f"{PAGE}?environment=staging"
    flag.refresh_from_db()
    assert (flag.name, flag.description, flag.tags, flag.owner) == ("Search", "d", ["a", "b"], bob)


def test_definition_shown_and_sent_back_changes_nothing(browse: Browse, alice: User, colours: Flag) -> None:
    page = browse(alice).get(COLOURS)
    names = ("variant_key", "variant_name")
    rows = {name: [e["value"] for e in elements(page, "input", name=name)] for name in names}
    values = [e.text for e in elements(page, "textarea", name="variant_value")]
    given = definition(name="", is_temporary="on", variant_value=values, **rows)
    browse(alice).post(f"{COLOURS}/definition", given)
    assert Flag.objects.get(pk=colours.pk).version == colours.version


def test_variants_are_edited(browse: Browse, alice: User, colours: Flag) -> None:
    rows = {"variant_key": ["blue", "red", ""], "variant_value": ["#00f", "#f00", ""], "variant_name": ["", "", ""]}
    browse(alice).post(f"{COLOURS}/definition", definition(**rows))
    assert [v["key"] for v in Flag.objects.get(pk=colours.pk).variants] == ["blue", "red"]


def test_variant_that_is_served_somewhere_is_not_removed(
    browse: Browse, bob: User, colours: Flag, staging: Environment
) -> None:
    services.update_config(colours, staging, by=bob, is_enabled=True, serve={"variant": "green"})
    rows = {"variant_key": ["blue"], "variant_value": ["#00f"], "variant_name": [""]}
    response = browse(bob).post(f"{COLOURS}/definition", definition(**rows))
    assert response.status_code == 400
    assert "staging: the flag has no variant green." in text(response)


def test_developer_may_not_change_a_value_that_production_serves(
    browse: Browse, alice: User, bob: User, colours: Flag, production: Environment
) -> None:
    services.update_config(colours, production, by=alice, is_enabled=True)
    rows = {"variant_key": ["blue", "green"], "variant_value": ["#999", "#0f0"], "variant_name": ["", ""]}
    response = browse(bob).post(f"{COLOURS}/definition", definition(name="Typed", **rows))
    assert response.status_code == 403
    assert element(response, "input", name="name")["value"] == "Typed"
    assert Flag.objects.get(pk=colours.pk).variants[0]["value"] == "#00f"


def test_definition_that_somebody_else_saved_meanwhile_is_not_overwritten_unseen(
    browse: Browse, alice: User, bob: User, flag: Flag
) -> None:
    version = elements(browse(bob).get(PAGE), "input", id="definition_version")[0]["value"]
    services.update_flag(flag, by=alice, name="Alice's")
    response = browse(bob).post(f"{PAGE}/definition", definition(name="Bob's", version=version))
    assert response.status_code == 412
    assert element(response, "input", name="name")["value"] == "Bob's"
    assert Flag.objects.get(pk=flag.pk).name == "Alice's"


def test_more_rows_of_variants_saves_nothing(browse: Browse, bob: User, colours: Flag) -> None:
    rows = {"variant_key": ["blue"], "variant_value": ["typed"], "variant_name": [""]}
    response = browse(bob).post(f"{COLOURS}/definition", definition(**rows, more="yes"))
    assert response.status_code == 200
    assert len(elements(response, "input", name="variant_key")) == 3
    assert Flag.objects.get(pk=colours.pk).version == colours.version


def test_who_reloads_a_refused_form_comes_back_to_the_flag(browse: Browse, bob: User, flag: Flag) -> None:
    assert browse(bob).get(f"{PAGE}/settings?environment=staging").url == f"{PAGE}?environment=staging"
    assert browse(bob).get(f"{PAGE}/definition").url == PAGE


def test_history_tells_the_newest_change_first_and_leads_to_all_of_it(
    browse: Browse, bob: User, flag: Flag, staging: Environment
) -> None:
    services.update_config(flag, staging, by=bob, is_enabled=True)
    response = browse(bob).get(PAGE)
    entries = [e.text for e in elements(response, "li")]
    assert entries[0].startswith("bob@example.com set up flag new-search in staging")
    assert entries[1].startswith("alice@example.com created flag new-search")
    assert element(response, "a", href="/dashboard/audit?project=default&key=new-search")


def test_command_asks_for_this_flag_here(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    shown = element(browse(bob).get(PAGE, {"environment": "staging"}), "pre").text
    assert shown == 'curl "http://testserver/evaluate/new-search?environment_key=staging&user_id=user-1"'
    staging.allows_keyless = False
    staging.save()
    assert (
        'curl -H "X-API-Key: $API_KEY" "http' in element(browse(bob).get(PAGE, {"environment": "staging"}), "pre").text
    )


@pytest.mark.parametrize(("action", "archived"), [("archive", True), ("restore", False)])
def test_archiving_and_restoring_ask_first(
    browse: Browse, alice: User, flag: Flag, action: str, archived: bool
) -> None:
    if action == "restore":
        services.archive_flag(flag, by=alice)
    asked = browse(alice).get(f"{PAGE}/{action}")
    assert f"{action.title()} new-search?" in text(asked)
    assert bool(Flag.objects.get(pk=flag.pk).archived_at) is not archived
    assert browse(alice).post(f"{PAGE}/{action}").url == PAGE
    assert bool(Flag.objects.get(pk=flag.pk).archived_at) is archived


def test_deleting_asks_first_and_leads_to_the_list(browse: Browse, alice: User, flag: Flag) -> None:
    assert "cannot be taken back" in text(browse(alice).get(f"{PAGE}/delete"))
    assert Flag.objects.exists()
    assert browse(alice).post(f"{PAGE}/delete").url == "/dashboard/flags"
    assert not Flag.objects.exists()


def test_archived_flag_can_be_looked_at_and_not_edited(browse: Browse, alice: User, flag: Flag) -> None:
    services.archive_flag(flag, by=alice)
    response = browse(alice).get(PAGE)
    assert "Archived flags are served nowhere." in text(response)
    assert not elements(response, "button", class_="primary")
    assert browse(alice).post(f"{PAGE}/definition", definition()).status_code == 409


@pytest.mark.parametrize(
    "serve", [{"off": True}, {"split": {"salt": "s", "arms": [{"variant": "blue", "ranges": [[0, 100_000]]}]}}]
)
def test_a_serve_without_fields_stays_as_it_is(
    browse: Browse, bob: User, colours: Flag, staging: Environment, serve: dict[str, Any]
) -> None:
    services.update_config(colours, staging, by=bob, serve=serve, rules=[{"serve": {"variant": "blue"}}])
    response = browse(bob).post(f"{COLOURS}/settings?environment=staging", {"is_enabled": "on"}, follow=True)
    assert "Asked first: 1 rule." in text(response)
    assert (stored(colours, staging).serve, len(stored(colours, staging).rules)) == (serve, 1)
