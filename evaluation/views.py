"""The pages of what is published: the revisions of an environment, and what changed between two of them."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Environment, Project
from accounts.pages import chosen, project_of, signed_in
from accounts.queries import find_environment
from evaluation.history import compare, find_revision, list_revisions, newest_revision, number_in, with_changes
from evaluation.models import Publication
from evaluation.wording import told

PAGE_SIZE = 20
DOCUMENTS = 100  # that one page compares; the API has no end


@signed_in
@require_safe
def revision_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    environment = chosen(request, project, list(project.environments.all()))
    found: QuerySet[Publication, Any] = list_revisions(environment) if environment else Publication.objects.none()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    revisions = with_changes(environment, list(page)) if environment else []
    context = {**_place(project, environment), "page": page, "revisions": revisions}
    return render(request, "evaluation/list.html", context)


@signed_in
@require_safe
def revision_detail(request: HttpRequest, number: str) -> HttpResponse:
    """What one revision changed."""
    project, environment = _named(request)
    newer = number_in(environment, number)
    return render(request, "evaluation/compare.html", _compared(project, environment, max(newer - 1, 0), newer))


@signed_in
@require_safe
def revision_compare(request: HttpRequest) -> HttpResponse:
    """What changed between any two revisions, from the older to the newer; where none is named, of the newest."""
    project, environment = _named(request)
    newest = newest_revision(environment)
    to = number_in(environment, request.GET.get("to") or str(newest))
    older, newer = sorted((to, number_in(environment, request.GET.get("from") or str(max(to - 1, 0)))))
    return render(request, "evaluation/compare.html", _compared(project, environment, older, newer))


def _compared(project: Project, environment: Environment, older: int, newer: int) -> dict[str, Any]:
    found = compare(environment, older, newer)
    return {
        **_place(project, environment),
        "older": find_revision(environment, older),
        "newer": find_revision(environment, newer),
        "is_one_step": newer - older == 1,
        "documents": [told(each) for each in found[:DOCUMENTS]],
        "more": max(len(found) - DOCUMENTS, 0),
    }


def _place(project: Project, environment: Environment | None) -> dict[str, Any]:
    return {
        "project": project,
        "projects": Project.objects.all(),
        "environments": list(project.environments.all()),
        "environment": environment,
        "newest": newest_revision(environment) if environment else 0,
    }


def _named(request: HttpRequest) -> tuple[Project, Environment]:
    """Raises EnvironmentNotFound."""
    project = project_of(request)
    environment = chosen(request, project, list(project.environments.all()))
    return project, environment or find_environment(project, "")
