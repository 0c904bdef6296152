"""The page that lists a project's experiments."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Project
from accounts.pages import person, project_of, signed_in
from experiments.pages.forms import FilterForm
from experiments.pages.wording import shares_words
from experiments.queries import list_experiments
from flags.abilities import abilities

PAGE_SIZE = 25


@signed_in
@require_safe
def experiment_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    environments = list(project.environments.all())
    filters = FilterForm(request.GET, environments)
    found = list_experiments(project, **filters.arguments())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "filters": filters,
        "page": page,
        "lines": [(experiment, shares_words(experiment)) for experiment in page],
        "can": abilities(person(request), project, environments),
    }
    return render(request, "experiments/list.html", context)
