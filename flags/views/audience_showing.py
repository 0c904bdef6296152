"""The page that lists the audiences of one environment."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Project
from accounts.pages import chosen, person, project_of, signed_in
from flags.abilities import abilities
from flags.models import Audience
from flags.queries import list_audiences
from flags.usage import uses_of_audiences

PAGE_SIZE = 25


@signed_in
@require_safe
def audience_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    environments = list(project.environments.all())
    environment = chosen(request, project, environments)
    search = request.GET.get("search", "").strip()
    found = list_audiences(project, environment=environment, search=search) if environment else Audience.objects.none()
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "environments": environments,
        "environment": environment,
        "search": search,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "uses": uses_of_audiences(environment) if environment else {},
        "why_not": abilities(person(request), project, environments).why_not.get(
            environment.key if environment else ""
        ),
    }
    return render(request, "audiences/list.html", context)
