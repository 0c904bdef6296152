"""The addresses of the installation, and some that break."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from flagplatform import urls
from flagplatform.urls import handler400, handler404, handler500

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret detail")


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


urlpatterns = [
    path("dashboard/away", away),
    path("dashboard/broken", broken),
    path("api/broken", broken),
    *urls.urlpatterns,
]
