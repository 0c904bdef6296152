"""The permission table of the design, held for every form of the pages, every role and every environment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from audit.models import Entry
from evaluation.models import Publication
from experiments.layers import create_layer
from flags.models import Flag
from flags.services import archive_flag, create_flag
from tests.pages.reading import Browse, elements
from tests.pages.trials import draft
from tests.taking_back import taken_back

ROLES = ["admin", "developer", "viewer", "deactivated", "nobody"]
SIGNED_IN = {"admin", "developer", "viewer"}
MAY = {"change": {"admin", "developer"}, "change protected": {"admin"}, "delete flags": {"admin"}}
PROTECTED = {"development": "change", "staging": "change", "production": "change protected"}


@dataclass(frozen=True)
class Form:
    """One thing that a person can send, and the column of the table that says who may."""

    needs: str
    path: str
    given: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path} {self.given.get('environment', '')}"


def experiment_forms(key: str, needs: str) -> Iterator[Form]:
    """Every form about one experiment, or a layer, of an environment."""
    here = f"?environment={key}"
    rule = {"attribute": "plan", "operator": "eq", "wanted": "pro"}
    yield Form(needs, f"experiments/button/definition{here}", {"name": "New", "salt": "a", "algorithm": "xxh64"})
    yield Form(needs, f"experiments/button/variants{here}", {"variant_id": "", "variant_key": "third", **NAMELESS})
    yield Form(needs, f"experiments/button/shares{here}", {"share-control": "10"})
    yield Form(needs, f"experiments/button/ranges{here}", {"range_variant": "control", **ALL})
    yield Form(needs, f"experiments/button/participation{here}", {"layer": "checkout", "layer_share": "10"})
    yield Form(needs, f"experiments/button/rules/new{here}", rule)
    yield Form(needs, f"experiments/button/move{here}", {"to": "RUNNING", "confirmed": "yes"})
    yield Form(needs, f"experiments/button/delete{here}")
    yield Form(needs, f"layers/checkout{here}", {"name": "New"})
    yield Form(needs, f"layers/checkout/delete{here}")


NAMELESS = {"variant_name": "", "variant_payload": ""}
ALL = {"range_first": "0", "range_last": "9999"}
FORMS = [
    Form("change", "experiments/new", {"key": "fresh", "environment": "staging", "variants": "a, b"}),
    Form("change", "layers/new", {"key": "fresh", "environment": "staging"}),
    Form("change protected", "holdouts/new", {"key": "fresh", "percentage": "1"}),
    Form("change", "flags/new", {"key": "fresh", "flag_type": "boolean", "purpose": "release"}),
    Form("change", "flags/new-search/definition", {"name": "Changed", "purpose": "release"}),
    Form("delete flags", "flags/new-search/archive"),
    Form("delete flags", "flags/archived/restore"),
    Form("delete flags", "flags/new-search/delete"),
    *(
        form
        for key, needs in PROTECTED.items()
        for form in (
            Form(needs, "flags/new-search/switch", {"environment": key, "to": "on", "confirmed": "yes"}),
            Form(
                needs,
                f"flags/new-search/settings?environment={key}",
                {"is_enabled": "on", "serves": "variant", "variant": "on", "confirmed": "on"},
            ),
            Form(needs, f"audiences/new?environment={key}", {"key": "testers", "confirmed": "on"}),
            Form(needs, f"flags/new-search/targeting?environment={key}", {"keys-on": "alice", "confirmed": "on"}),
            Form(
                needs,
                f"flags/new-search/rules/new?environment={key}",
                {"attribute": "plan", "operator": "eq", "wanted": "pro", "served": "on", "confirmed": "on"},
            ),
            *experiment_forms(key, needs),
        )
    ),
]


@pytest.fixture
def browser_of(
    browse: Browse, project: Project, flag: Flag, alice: User, bob: User, charlie: User, eve: User
) -> Callable[[str], Client]:
    archive_flag(create_flag(project, by=alice, key="archived"), by=alice)
    for environment in project.environments.all():
        draft(environment, by=alice)
        create_layer(environment, by=alice, key="checkout")
    people = {"admin": alice, "developer": bob, "viewer": charlie, "deactivated": eve, "nobody": None}
    return lambda role: browse(people[role])


@pytest.mark.parametrize("role", ROLES)
def test_the_table_holds(role: str, browser_of: Callable[[str], Client]) -> None:
    browser = browser_of(role)
    before = (Entry.objects.count(), Publication.objects.count())
    wrong = {}
    for form in FORMS:
        with taken_back():
            response = browser.post(f"/dashboard/{form.path}", form.given)
            after = (Entry.objects.count(), Publication.objects.count())
        if role in MAY[form.needs]:
            is_right = response.status_code == 302 and after[0] > before[0]
        elif role in SIGNED_IN:
            is_right = response.status_code == 403 and after == before
        else:
            is_right = response.status_code == 302 and "/dashboard/sign-in" in response["Location"] and after == before
        if not is_right:
            wrong[str(form)] = (response.status_code, response.get("Location"), before, after)
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(SIGNED_IN))
@pytest.mark.parametrize("environment", PROTECTED)
def test_switches_are_offered_to_those_who_may(
    environment: str, role: str, browser_of: Callable[[str], Client]
) -> None:
    page = browser_of(role).get("/dashboard/flags")
    [switch] = elements(page, "button", **{"aria-label": f"new-search in {environment.title()}"})
    offered = role in MAY[PROTECTED[environment]]
    assert ("disabled" in switch) is not offered
    assert bool(switch.attributes.get("title")) is not offered


@pytest.mark.parametrize("role", sorted(SIGNED_IN))
def test_buttons_are_offered_to_those_who_may(role: str, browser_of: Callable[[str], Client]) -> None:
    browser = browser_of(role)
    page = browser.get("/dashboard/flags/new-search?environment=production")
    ways_out = [e.text for e in elements(page, "a", class_="button")]
    assert ways_out == (["Archive…", "Delete…"] if role == "admin" else [])
    saves = [e.text for e in elements(page, "button", class_="primary")]
    in_production = ("Save in Production", "Add the rule", "Save the targeting")
    allowed = {**dict.fromkeys(in_production, "change protected"), "Save the definition": "change"}
    assert saves == [name for name, needs in allowed.items() if role in MAY[needs]]
    makes = [e.text for e in elements(browser.get("/dashboard/flags"), "a", href="/dashboard/flags/new")]
    assert makes == (["New flag"] if role in MAY["change"] else [])


@pytest.mark.parametrize("role", sorted(SIGNED_IN))
def test_everybody_who_signed_in_may_look(role: str, browser_of: Callable[[str], Client]) -> None:
    browser = browser_of(role)
    for path in ("flags", "flags/new-search", "flags/archived", "audiences", "audit", "history", "history/1"):
        assert browser.get(f"/dashboard/{path}").status_code == 200


def test_form_for_a_new_flag_is_shown_to_those_who_may_make_one(browser_of: Callable[[str], Client]) -> None:
    assert browser_of("developer").get("/dashboard/flags/new").status_code == 200
    assert browser_of("viewer").get("/dashboard/flags/new").status_code == 403


def test_question_about_production_is_not_put_to_those_who_may_not(browser_of: Callable[[str], Client]) -> None:
    address = "/dashboard/flags/new-search/switch?environment=production&to=on"
    assert browser_of("admin").get(address).status_code == 200
    assert browser_of("developer").get(address).status_code == 403


def test_role_in_the_project_counts_on_its_pages(browse: Browse, flag: Flag, charlie: User, project: Project) -> None:
    Membership.objects.create(user=charlie, project=project, role="developer")
    response = browse(charlie).post("/dashboard/flags/new-search/switch", {"environment": "staging", "to": "on"})
    assert response.status_code == 302


def test_form_of_another_site_is_refused(alice: User, flag: Flag) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    response = browser.post("/dashboard/flags/new-search/switch", {"environment": "staging", "to": "on"})
    assert response.status_code == 403
    assert b"The form has expired" in response.content
    assert not Entry.objects.filter(subject="flag_config").exists()
