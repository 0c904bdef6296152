"""The page of one flag: what it does in the chosen environment, what it is, and its history."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Environment
from accounts.pages import chosen, person, project_of, signed_in
from accounts.queries import DEFAULT_PROJECT
from audit.queries import of_flag
from audit.wording import told
from flags.abilities import abilities
from flags.board import Cell, lines
from flags.forms import DefinitionForm, definition_of
from flags.models import Flag, FlagConfig
from flags.prerequisite_rows import prerequisites_of
from flags.queries import find_flag, settings_of
from flags.rule_form import RuleForm
from flags.rule_order import OrderForm
from flags.services import etag
from flags.settings_form import SettingsForm
from flags.targeting import targeting_of
from flags.targeting_form import TargetingForm
from flags.variant_rows import rows_of
from flags.why_form import WhyForm

TEMPLATE = "flags/detail.html"
ENTRIES = 8


@signed_in
@require_safe
def flag_detail(request: HttpRequest, key: str) -> HttpResponse:
    flag = find_flag(project_of(request), key)
    return render(request, TEMPLATE, detail(request, flag))


def detail(request: HttpRequest, flag: Flag, **replaced: Any) -> dict[str, Any]:
    """What the page shows; `replaced` are the parts of it that somebody typed into."""
    environments = list(flag.project.environments.all())
    environment = chosen(request, flag.project, environments)
    can = abilities(person(request), flag.project, environments)
    [shown] = lines([flag], environments, can)
    cell = next((cell for cell in shown.cells if cell.environment == environment), None)
    return {
        "project": flag.project,
        "flag": flag,
        "line": shown,
        "cell": cell,
        "can": can,
        "settings": cell and SettingsForm(flag, cell.environment, cell.config),
        **(_targeting(flag, cell) if cell else {}),
        "definition": DefinitionForm(initial=definition_of(flag), auto_id="definition_%s"),
        "variants": rows_of(flag),
        "entries": told(of_flag(flag.project, flag.key)[:ENTRIES]),
        "curl": cell and _curl(request, flag, cell.environment),
        **replaced,
    }


def config_of(flag: Flag, environment: Environment) -> FlagConfig:
    """What the flag is set to there, in the database or not."""
    return settings_of([flag], [environment])[flag.pk][environment.key]


def _targeting(flag: Flag, cell: Cell) -> dict[str, Any]:
    place = (flag, cell.environment, cell.config)
    return {
        "told": targeting_of(cell.config),
        "targeting": TargetingForm(*place),
        "prerequisites": prerequisites_of(cell.config),
        "new_rule": RuleForm(*place),
        "order": OrderForm(cell.environment, version=etag(flag, cell.config)),
        "why_form": WhyForm(),
    }


def _curl(request: HttpRequest, flag: Flag, environment: Environment) -> str:
    """A line for a shell that asks what this flag answers to one user."""
    asked = f"environment_key={environment.key}&user_id=user-1"
    project = "" if flag.project.key == DEFAULT_PROJECT else f"&project={flag.project.key}"
    header = "" if environment.allows_keyless else '-H "X-API-Key: $API_KEY" '
    return f'curl {header}"{request.build_absolute_uri(f"/evaluate/{flag.key}")}?{asked}{project}"'
