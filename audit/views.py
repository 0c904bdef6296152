"""The page of the audit trail: who changed what, newest first."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.pages import project_of, signed_in
from audit.forms import TrailForm
from audit.queries import recent
from audit.wording import told

PAGE_SIZE = 30


@signed_in
@require_safe
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Of the project that the address names, else of everything, people and projects included."""
    project = project_of(request)
    filters = TrailForm(request.GET)
    found = recent(project=project if request.GET.get("project") else None, **filters.chosen())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"project": project, "filters": filters, "page": page, "entries": told(page.object_list)}
    return render(request, "audit/trail.html", context)
