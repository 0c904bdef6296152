"""The page that lists a project's flags, with a switch per environment."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Project
from accounts.pages import person, project_of, signed_in
from flags.abilities import abilities
from flags.board import lines
from flags.forms import FilterForm
from flags.queries import list_flags

PAGE_SIZE = 25


@signed_in
@require_safe
def flag_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    environments = list(project.environments.all())
    filters = FilterForm(request.GET)
    page = Paginator(list_flags(project, **filters.arguments()), PAGE_SIZE).get_page(request.GET.get("page"))
    can = abilities(person(request), project, environments)
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "environments": environments,
        "filters": filters,
        "page": page,
        "lines": lines(list(page.object_list), environments, can),
        "can": can,
    }
    return render(request, "flags/list.html", context)
