"""Audiences: who belongs together in one environment, through the API and into the documents of flags that ask."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from audit.queries import recent
from flagkit.engine import Context, compile_ruleset
from flags.audiences import AudienceExists, create_audience, delete_audience, update_audience
from flags.documents import audience_documents, documents
from flags.models import Audience, Flag
from flags.services import archive_flag, update_config
from flags.usage import AudienceInUse

Api = Callable[[User], APIClient]
SEED_RULES = [
    {
        "conditions": [
            {"attribute": "country", "operator": "in", "value": ["US", "CA"]},
            {"attribute": "plan", "operator": "notIn", "value": ["free"]},
        ]
    }
]
ASKING = [{"conditions": [{"operator": "in_audience", "value": "testers"}], "serve": {"variant": "on"}}]


@pytest.fixture
def bobs(api: Api, bob: User) -> APIClient:
    return api(bob)


@pytest.fixture
def testers(alice: User, staging: Environment) -> Audience:
    return create_audience(staging, by=alice, key="testers", name="Testers", included=["alice"])


@pytest.fixture
def asking(alice: User, checkout: Flag, testers: Audience, staging: Environment) -> Flag:
    """A flag that is on in staging for the testers."""
    update_config(checkout, staging, by=alice, is_enabled=True, rules=ASKING, serve={"variant": "off"})
    return checkout


def answer(environment: Environment, user: str, **attributes: Any) -> Any:
    both = [*documents(environment, ["checkout"]).values(), *audience_documents(environment, ["testers"]).values()]
    ruleset, problems = compile_ruleset(both)
    assert problems == []
    return ruleset.evaluate("checkout", Context(user, attributes)).value


def test_an_audience_is_created_and_found_by_key_and_id(bobs: APIClient, staging: Environment) -> None:
    made = bobs.post("/audiences", {"key": "testers", "environmentKey": "staging", "rules": SEED_RULES})
    assert made.status_code == 201, made.json()
    assert made["Location"] == "/api/audiences/testers?environment_key=staging"
    shown = bobs.get(made["Location"]).json()
    assert shown == made.json() == bobs.get(f"/audiences/{shown['id']}").json()
    assert (shown["environment_id"], shown["project"], shown["included"]) == (str(staging.pk), "default", [])


def test_a_flag_serves_its_audience(asking: Flag, staging: Environment) -> None:
    assert (answer(staging, "alice"), answer(staging, "bob")) == (True, False)


def test_who_is_excluded_is_out_and_rules_are_for_everyone_else(
    bobs: APIClient, asking: Flag, staging: Environment
) -> None:
    change = {"rules": SEED_RULES, "excluded": ["eve"]}
    assert bobs.patch("/audiences/testers?environment_key=staging", change).status_code == 200
    american = {"country": "US", "plan": "pro"}
    assert [answer(staging, user, **american) for user in ("alice", "bob", "eve")] == [True, True, False]


def test_keys_are_kept_once(bobs: APIClient, testers: Audience) -> None:
    shown = bobs.patch(f"/audiences/{testers.pk}", {"included": ["a", "b", "a"]}).json()
    assert shown["included"] == ["a", "b"]


def test_the_list_is_of_one_environment_or_of_all(
    bobs: APIClient, alice: User, testers: Audience, production: Environment
) -> None:
    create_audience(production, by=alice, key="payers", description="They pay.")

    def keys(query: str = "") -> list[str]:
        return [audience["key"] for audience in bobs.get(f"/audiences{query}").json()["data"]]

    assert keys() == ["testers", "payers"]
    assert keys("?environment_key=staging") == ["testers"]
    assert keys(f"?environmentId={production.pk}") == ["payers"]
    assert keys("?search=pay") == ["payers"]
    assert keys("?page_size=1&page=2") == ["payers"]


def test_a_key_alone_does_not_say_which_environment(bobs: APIClient, testers: Audience) -> None:
    for refused in (bobs.get("/audiences/testers"), bobs.post("/audiences", {"key": "fresh"})):
        assert (refused.status_code, refused.json()["code"]) == (400, "environment_needed")


@pytest.mark.parametrize("path", ["/audiences/nobody?environment_key=staging", "/audiences/{id}?project=other"])
def test_what_is_not_there_is_not_found(bobs: APIClient, testers: Audience, path: str) -> None:
    Project.objects.create(key="other", name="Other")
    refused = bobs.get(path.format(id=testers.pk))
    assert (refused.status_code, refused.json()["code"]) == (404, "audience_not_found")


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("key", "has space", "key"),
        ("key", None, "key"),
        ("name", 7, "name"),
        ("included", "alice", "included"),
        ("included", [7], "included.0"),
        ("included", [""], "included.0"),
        ("excluded", ["a" * 513], "excluded.0"),
        ("excluded", [str(n) for n in range(100_001)], "excluded"),
        ("rules", {}, "rules"),
        ("rules", [{"serve": {"variant": "on"}}], "rules.0.serve"),
        ("rules", [{"conditions": [{"attribute": "a", "operator": "?"}]}], "rules.0"),
        ("rules", [{"when": {"operator": "in_audience", "value": "nobody"}}], "rules.0"),
        ("rules", [{"when": {"operator": "in_audience", "value": "fresh"}}], "rules"),
        ("members", [], "members"),
    ],
)
def test_bad_input_is_refused(bobs: APIClient, written: Callable[[], int], field: str, value: Any, where: str) -> None:
    before = written()
    refused = bobs.post("/audiences", {"key": "fresh", "environment_key": "staging", field: value})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, [where])
    assert (written(), Audience.objects.count()) == (before, 0)


def test_a_hundred_thousand_keys_are_kept(bob: User, staging: Environment) -> None:
    keys = [f"user-{n}" for n in range(100_000)]
    assert create_audience(staging, by=bob, key="many", included=keys).included == keys


def test_a_key_is_there_once_in_an_environment(
    alice: User, testers: Audience, staging: Environment, production: Environment
) -> None:
    with pytest.raises(AudienceExists):
        create_audience(staging, by=alice, key="testers")
    assert create_audience(production, by=alice, key="testers").version == 1


def test_an_audience_keeps_its_key(bobs: APIClient, testers: Audience) -> None:
    assert list(bobs.patch(f"/audiences/{testers.pk}", {"key": "others"}).json()["fields"]) == ["key"]


def test_audiences_that_lead_back_to_themselves_are_refused_in_words(
    bobs: APIClient, bob: User, testers: Audience, staging: Environment
) -> None:
    create_audience(staging, by=bob, key="inner", rules=[{"when": {"operator": "in_audience", "value": "testers"}}])
    rules = [{"when": {"not": {"operator": "in_audience", "value": ["inner"]}}}]
    refused = bobs.patch(f"/audiences/{testers.pk}", {"rules": rules}).json()["fields"]
    way = "testers needs inner, inner needs testers"
    assert refused == {"rules": [f"The rules lead back to the audience itself: {way}."]}


@pytest.mark.parametrize("archived", [False, True])
def test_an_audience_that_a_flag_uses_stays(alice: User, asking: Flag, testers: Audience, archived: bool) -> None:
    if archived:
        archive_flag(asking, by=alice)
    with pytest.raises(AudienceInUse, match="flag checkout in staging"):
        delete_audience(testers, by=alice)


def test_over_http_that_is_a_conflict(bobs: APIClient, asking: Flag) -> None:
    refused = bobs.delete("/audiences/testers?environment_key=staging")
    assert (refused.status_code, refused.json()["code"]) == (409, "audience_in_use")


def test_an_audience_that_another_one_uses_stays(bob: User, testers: Audience, staging: Environment) -> None:
    create_audience(staging, by=bob, key="outer", rules=[{"when": {"operator": "in_audience", "value": "testers"}}])
    with pytest.raises(AudienceInUse, match="audience outer"):
        delete_audience(testers, by=bob)


def test_an_audience_that_nobody_uses_goes(bobs: APIClient, testers: Audience) -> None:
    assert bobs.delete(f"/audiences/{testers.pk}").status_code == 204
    assert not Audience.objects.exists()


def test_another_environments_audience_is_none_of_a_flags(bobs: APIClient, checkout: Flag, testers: Audience) -> None:
    refused = bobs.put("/flags/checkout/environments/development", {"rules": ASKING})
    assert refused.json()["fields"] == {"rules.0": ["There is no audience testers in development."]}


def test_a_developer_changes_no_audience_of_production(alice: User, bob: User, production: Environment) -> None:
    audience = create_audience(production, by=alice, key="payers")
    for change in (
        lambda: create_audience(production, by=bob, key="fresh"),
        lambda: update_audience(audience, by=bob, description="New."),
        lambda: delete_audience(audience, by=bob),
    ):
        with pytest.raises(Forbidden):
            change()
    assert [row.description for row in Audience.objects.all()] == [""]


def test_a_lost_race_is_told(bobs: APIClient, bob: User, testers: Audience) -> None:
    path = f"/audiences/{testers.pk}"
    read = bobs.get(path)
    update_audience(testers, by=bob, name="Somebody else's")
    assert bobs.patch(path, {"name": "Mine"}, headers={"If-Match": read["ETag"]}).status_code == 412
    assert bobs.put(path, {**read.json(), "name": "Mine"}).status_code == 412
    assert bobs.delete(path, headers={"If-Match": read["ETag"]}).status_code == 412


def test_what_was_read_may_be_sent_back(bobs: APIClient, testers: Audience) -> None:
    path = f"/audiences/{testers.pk}"
    read = bobs.get(path).json()
    assert bobs.put(path, read).json() == read


def test_its_history_is_found_by_its_key(bobs: APIClient, bob: User, testers: Audience, project: Project) -> None:
    update_audience(testers, by=bob, included=["bob"])
    [changed, created] = bobs.get("/audit?key=testers").json()["data"]
    assert (changed["subject"], changed["environment"]) == ("audience", "staging")
    assert changed["changes"] == {"included": {"old": ["alice"], "new": ["bob"]}}
    assert created["action"] == "create"
    assert recent(project=project, subject="audience").count() == 2
