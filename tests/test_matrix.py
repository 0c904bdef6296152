"""The permission table of the design, held for every route of the API, every role and every environment."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.api_keys import issue_key
from accounts.models import ApiKey, Environment, Membership, Project, User
from audit.models import Entry
from evaluation.models import Publication
from experiments.drafting import create_draft
from experiments.holdouts import create_holdout
from experiments.layers import create_layer
from experiments.life_cycle import move
from experiments.metrics.services import archive_metric, create_metric
from experiments.metrics.using import add_metric
from flags.audiences import create_audience
from flags.services import archive_flag, create_flag
from tests.taking_back import taken_back

ROLES = ["admin", "developer", "viewer", "deactivated", "nobody"]
EVERYBODY = {"admin", "developer", "viewer"}
MAY = {
    "open": {*EVERYBODY, "deactivated", "nobody"},
    "signed in": EVERYBODY,
    "change": {"admin", "developer"},
    "change protected": {"admin"},
    "delete flags": {"admin"},
    "manage": {"admin"},
}


@dataclass(frozen=True)
class Call:
    """One thing that a caller can do, and the column of the table that says who may."""

    needs: str
    method: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body or ''}"


def config_calls(environment: str, needs: str) -> list[Call]:
    """Every way to change what a flag does in one environment."""
    on, query = {"is_enabled": True}, f"?environment_key={environment}"
    return [
        Call(needs, "PUT", f"flags/checkout{query}", on),
        Call(needs, "PATCH", f"flags/checkout{query}", on),
        Call(needs, "PUT", "flags/checkout", {**on, "environment_key": environment}),
        Call(needs, "PUT", f"flags/checkout/environments/{environment}", on),
        Call(needs, "PATCH", f"flags/checkout/environments/{environment}", on),
        Call(needs, "POST", "flags", {"key": "fresh", "environment_key": environment, **on}),
        Call(needs, "PATCH", f"flags/checkout/environments/{environment}", {"rules": [{"serve": {"variant": "on"}}]}),
    ]


def audience_calls(environment: str, needs: str) -> list[Call]:
    """Every way to change who belongs together in one environment."""
    query = f"?environment_key={environment}"
    return [
        Call(needs, "POST", "audiences", {"key": "fresh", "environment_key": environment}),
        Call(needs, "PUT", f"audiences/testers{query}", {"included": ["alice"]}),
        Call(needs, "PATCH", f"audiences/testers{query}", {"description": "New."}),
        Call(needs, "DELETE", f"audiences/testers{query}"),
    ]


def experiment_calls(environment: str, needs: str) -> list[Call]:
    """Every way to change experiments and layers of one environment."""
    query = f"?environment_key={environment}"
    draft, running = "experiments/colours", "experiments/running"
    return [
        Call(needs, "POST", "experiments", {"key": "fresh", "environmentId": environment}),
        Call(needs, "PUT", f"{draft}{query}", {"name": "New."}),
        Call(needs, "PATCH", f"{draft}{query}", {"name": "New."}),
        Call(needs, "PATCH", f"{draft}/status{query}", {"status": "RUNNING"}),
        Call(needs, "POST", f"{draft}/variants{query}", {"key": "third"}),
        Call(needs, "POST", f"{draft}/variants/bulk{query}", {"delete": ["control"]}),
        Call(needs, "PUT", f"{draft}/variants/control{query}", {"name": "New."}),
        Call(needs, "PATCH", f"{draft}/variants/control{query}", {"name": "New."}),
        Call(needs, "DELETE", f"{draft}/variants/control{query}"),
        Call(needs, "PUT", f"{draft}/allocations{query}", {"allocations": []}),
        Call(needs, "POST", f"{running}/conclude{query}", {"variant": "control"}),
        Call(needs, "DELETE", f"{running}{query}"),
        Call(needs, "PUT", f"{draft}/metrics{query}", {"metrics": [{"metric": "signup"}]}),
        Call(needs, "POST", f"{draft}/metrics{query}", {"metric": "signup"}),
        Call(needs, "DELETE", f"{running}/metrics/signup{query}"),
        Call(needs, "PUT", f"{draft}/plan{query}", {"confidence": 0.9}),
        Call(needs, "POST", "layers", {"key": "fresh", "environment_key": environment}),
        Call(needs, "PUT", f"layers/page{query}", {"name": "New."}),
        Call(needs, "PATCH", f"layers/page{query}", {"name": "New."}),
        Call(needs, "DELETE", f"layers/page{query}"),
    ]


def import_call(needs: str, *environments: str) -> Call:
    """An import from Unleash into these environments."""
    document = {"features": [{"name": "fresh", "enabled": True, "strategies": []}]}
    return Call(needs, "POST", "import/unleash", {"environment_key": list(environments), "document": document})


CALLS = [
    Call("open", "POST", "auth/register", {"email": "new@example.com", "password": "a long enough secret"}),
    Call("open", "POST", "auth/login", {"email": "carol@example.com", "password": "correct horse battery"}),
    Call("signed in", "GET", "auth/me"),
    Call("manage", "GET", "auth/users"),
    Call("manage", "GET", "auth/users/{carol}"),
    Call("manage", "PUT", "auth/users/{carol}", {"name": "C."}),
    Call("manage", "PATCH", "auth/users/{carol}", {"name": "C."}),
    Call("manage", "PUT", "auth/users/{carol}/role", {"role": "developer"}),
    Call("signed in", "GET", "projects"),
    Call("signed in", "GET", "projects/default"),
    Call("manage", "POST", "projects", {"key": "shop", "name": "Shop"}),
    Call("manage", "PUT", "projects/default", {"name": "Main"}),
    Call("manage", "PATCH", "projects/default", {"name": "Main"}),
    Call("manage", "DELETE", "projects/spare"),
    Call("manage", "GET", "projects/default/members"),
    Call("manage", "PUT", "projects/default/members/{carol}", {"role": "developer"}),
    Call("manage", "DELETE", "projects/spare/members/{carol}"),
    Call("signed in", "GET", "environments"),
    Call("signed in", "GET", "environments/staging"),
    Call("manage", "POST", "environments", {"name": "qa"}),
    Call("manage", "PUT", "environments/staging", {"name": "Stage"}),
    Call("manage", "PATCH", "environments/staging", {"name": "Stage"}),
    Call("manage", "DELETE", "environments/staging"),
    Call("manage", "GET", "keys"),
    Call("manage", "GET", "keys?environment_key=staging"),
    Call("manage", "POST", "keys", {"environment_key": "staging", "kind": "server", "name": "Fresh"}),
    Call("manage", "GET", "keys/{key}"),
    Call("manage", "PUT", "keys/{key}", {"name": "New."}),
    Call("manage", "PATCH", "keys/{key}", {"name": "New."}),
    Call("manage", "POST", "keys/{key}/rotate", {"grace_seconds": 60}),
    Call("manage", "POST", "keys/{key}/revoke"),
    Call("manage", "DELETE", "keys/{key}"),
    Call("signed in", "GET", "flags"),
    Call("signed in", "GET", "flags/checkout"),
    Call("signed in", "GET", "flags/checkout?environment_key=production"),
    Call("signed in", "GET", "flags/checkout/environments/production"),
    Call("change", "POST", "flags", {"key": "fresh"}),
    Call("change", "PUT", "flags/checkout", {"description": "New."}),
    Call("change", "PATCH", "flags/checkout", {"description": "New."}),
    *config_calls("development", "change"),
    *config_calls("staging", "change"),
    *config_calls("production", "change protected"),
    Call("delete flags", "POST", "flags/checkout/archive"),
    Call("delete flags", "POST", "flags/archived/restore"),
    Call("delete flags", "DELETE", "flags/checkout"),
    Call("signed in", "POST", "flags/checkout/environments/production/preview", {"serve": {"variant": "off"}}),
    Call("signed in", "POST", "flags/checkout/explain", {"environment_key": "production", "user_id": "u1"}),
    *audience_calls("development", "change"),
    *audience_calls("production", "change protected"),
    import_call("change", "development", "staging"),
    import_call("change protected", "production"),
    import_call("change protected", "development", "production"),
    Call("signed in", "GET", "audiences"),
    Call("signed in", "GET", "audiences/testers?environment_key=production"),
    Call("signed in", "GET", "flags/checkout/usage?environment_key=production"),
    Call("signed in", "GET", "usage?unused_for=30d"),
    Call("signed in", "GET", "usage/unknown"),
    *experiment_calls("staging", "change"),
    *experiment_calls("production", "change protected"),
    Call("signed in", "GET", "experiments"),
    Call("signed in", "GET", "experiments/colours?environment_key=production"),
    Call("signed in", "GET", "experiments/colours/usage?environment_key=production"),
    Call("signed in", "GET", "experiments/colours/variants?environment_key=production"),
    Call("signed in", "GET", "experiments/colours/variants/control?environment_key=production"),
    Call("signed in", "GET", "experiments/colours/allocations?environment_key=production"),
    Call(
        "signed in",
        "PUT",
        "experiments/colours/allocations?environment_key=production&preview=true",
        {"allocations": [{"variant_key": "control", "range_start": 0, "range_end": 99}]},
    ),
    Call("signed in", "POST", "experiments/colours/explain?environment_key=production", {"user_key": "u1"}),
    Call("signed in", "GET", "experiments/running/metrics?environment_key=production"),
    Call("signed in", "GET", "experiments/running/metrics/signup?environment_key=production"),
    Call("signed in", "GET", "experiments/colours/plan?environment_key=production"),
    Call("signed in", "GET", "metrics?archived=false"),
    Call("signed in", "GET", "metrics/signup"),
    Call("signed in", "POST", "metrics/sample-size", {"rate": 0.05, "minimum_effect": 0.1}),
    Call("change", "POST", "metrics", {"key": "fresh", "kind": "count", "event": "click"}),
    Call("change", "PUT", "metrics/signup", {"name": "New."}),
    Call("change", "PATCH", "metrics/signup", {"name": "New."}),
    Call("change", "POST", "metrics/signup/archive"),
    Call("change", "POST", "metrics/old/restore"),
    Call("change", "DELETE", "metrics/spare"),
    Call("signed in", "GET", "experiments/running/results?environment_key=production&wait=0"),
    Call("signed in", "POST", "experiments/running/results/refresh?environment_key=production"),
    Call("signed in", "GET", "experiments/running/reports?environment_key=production"),
    Call("signed in", "GET", "layers"),
    Call("signed in", "GET", "layers/page?environment_key=production"),
    Call("signed in", "GET", "holdouts"),
    Call("signed in", "GET", "holdouts/yearly"),
    Call("change protected", "POST", "holdouts", {"key": "fresh", "percentage": 1}),
    Call("change protected", "PUT", "holdouts/yearly", {"percentage": 2}),
    Call("change protected", "PATCH", "holdouts/yearly", {"percentage": 2}),
    Call("change protected", "DELETE", "holdouts/yearly"),
    Call("signed in", "GET", "environments/production/revisions"),
    Call("signed in", "GET", "environments/production/revisions/1"),
    Call("signed in", "GET", "environments/production/revisions/1/diff"),
    Call("change", "POST", "experiments/colours/publish?environment_key=staging"),
    Call("change protected", "POST", "experiments/colours/publish?environment_key=production"),
    Call("signed in", "GET", "audit"),
    Call("signed in", "GET", "audit/flag/checkout"),
]
HALVES: dict[str, Any] = {
    "variants": [{"key": "control"}, {"key": "treatment"}],
    "allocations": [
        {"variant_key": "control", "range_start": 0, "range_end": 4999},
        {"variant_key": "treatment", "range_start": 5000, "range_end": 9999},
    ],
}
SIGNUPS = {"kind": "binomial", "event": "signed_up"}
OWN_TESTS = {("POST", "auth/refresh"), ("POST", "auth/logout"), ("POST", "auth/password")}  # take tokens, not roles


@pytest.fixture
def people(project: Project, alice: User, bob: User, charlie: User, eve: User) -> dict[str, User | None]:
    carol = User.objects.create_user("carol@example.com", "correct horse battery")
    Membership.objects.create(user=carol, project=Project.objects.create(key="spare", name="Spare"), role="viewer")
    create_flag(project, by=alice, key="checkout")
    archive_flag(create_flag(project, by=alice, key="archived"), by=alice)
    metrics = {key: create_metric(project, by=alice, key=key, **SIGNUPS) for key in ("signup", "spare", "old")}
    archive_metric(metrics["old"], by=alice)
    for environment in project.environments.all():
        create_audience(environment, by=alice, key="testers")
        create_layer(environment, by=alice, key="page")
        create_draft(environment, by=alice, key="colours", **HALVES)
        running = move(create_draft(environment, by=alice, key="running", **HALVES), "RUNNING", by=alice)
        add_metric(running, "signup", by=alice)
    create_holdout(project, by=alice, key="yearly", percentage=1)
    issue_key(project.environments.get(key="staging"), kind="server", name="Shop", by=alice)
    return {"admin": alice, "developer": bob, "viewer": charlie, "deactivated": eve, "nobody": None, "carol": carol}


@pytest.fixture
def client_of(api: Callable[..., Any], people: dict[str, User | None]) -> Callable[[str], Any]:
    """A client in that role; the deactivated one had signed in before."""

    def client(role: str) -> Any:
        user = people[role]
        if role != "deactivated" or user is None:
            return api(user)
        user.is_active = True
        user.save()
        signed_in = api(user)
        user.is_active = False
        user.save()
        return signed_in

    return client


def call(client: Any, case: Call, people: dict[str, User | None], prefix: str = "/api/") -> Any:
    carol = people["carol"]
    assert carol
    return client.generic(
        case.method,
        prefix + case.path.format(carol=carol.pk, key=ApiKey.objects.values_list("pk", flat=True).first()),
        json.dumps(case.body) if case.body else "",
        content_type="application/json",
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_table_holds(role: str, client_of: Callable[[str], Any], people: dict[str, User | None]) -> None:
    client = client_of(role)
    before = (Entry.objects.count(), Publication.objects.count())
    wrong = {}
    for case in CALLS:
        with taken_back():
            status = call(client, case, people).status_code
            is_unchanged = (Entry.objects.count(), Publication.objects.count()) == before
        wanted = status < 300 if role in MAY[case.needs] else status == (403 if role in EVERYBODY else 401)
        if not wanted or not (is_unchanged or role in MAY[case.needs]):
            wrong[str(case)] = (status, is_unchanged)
    assert wrong == {}


def routes() -> Iterator[tuple[str, str]]:
    """Every (method, route) of the API, as Django's own table has it."""
    from flagplatform.urls import api

    for pattern in api:
        view = getattr(pattern.callback, "cls", None) or pattern.callback.view_class
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if hasattr(view, method.lower()):
                yield method, str(pattern.pattern)


def matches(route: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"<[^>]+>", "[^/]+", route), path.split("?")[0]) is not None


@pytest.mark.parametrize(("method", "route"), list(routes()))
def test_no_route_is_left_out_of_the_table(method: str, route: str) -> None:
    covered = [(case.method, case.path) for case in CALLS] + sorted(OWN_TESTS)
    assert any(method == m and matches(route, path) for m, path in covered)


def test_a_role_in_one_project_counts_there_alone(
    api: Callable[..., Any], people: dict[str, User | None], project: Project, staging: Environment
) -> None:
    charlie = people["viewer"]
    assert charlie
    Membership.objects.create(user=charlie, project=project, role="developer")
    client = api(charlie)
    on = {"is_enabled": True}
    assert client.put("/api/flags/checkout?environment_key=staging", on).status_code == 200
    assert client.put("/api/flags/checkout?environment_key=production", on).status_code == 403
    assert client.post("/api/flags", {"key": "x", "project": "spare"}).status_code == 403
