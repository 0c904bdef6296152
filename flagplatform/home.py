"""What pages answer when something is refused, not there or broken; the API answers the same in JSON."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django_htmx.http import reswap, retarget
from django_htmx.middleware import HtmxDetails

from accounts.errors import Refusal, TooMany
from flagplatform import request_ids
from flagplatform.rest import errors

_Response = TypeVar("_Response", bound=HttpResponseBase)
_PAGES = ("/dashboard", "/admin")
_HEADINGS = {
    400: "That cannot be done",
    403: "You may not do this",
    404: "Not found",
    409: "Not now",
    412: "Outdated",
    429: "Not so fast",
}


class PageRefusals:
    """Middleware. A refused form gets its refusal's status; any other refusal, and a database that is away, a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        refusal = getattr(response, "refusal", None)
        if refusal is not None:
            response.status_code = errors.status_of(refusal)
            _tell_when(response, refusal)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refusal):
            return _refused(request, error)
        if isinstance(error, errors.AWAY) and is_page(request):
            return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "2"})
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Looks at nothing but the address: the rest of the request is what was bad."""
    if is_page(request):
        return HttpResponse(render_to_string("400.html"), status=400)
    return JsonResponse(errors.body_of("invalid", "The request was not understood; nothing was changed."), status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return render(request, "404.html", status=404)
    return errors.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database: it may be what broke."""
    if is_page(request):
        return HttpResponse(render_to_string("500.html", {"request_id": request_ids.current()}), status=500)
    return errors.server_error(request)


def is_page(request: HttpRequest) -> bool:
    """Whether a person looks: below the dashboard and the admin, and wherever a browser asks outside of the API."""
    if request.path.startswith("/api/"):
        return False
    wanted = request.get_preferred_type(["application/json", "text/html"])
    return request.path.startswith(_PAGES) or wanted == "text/html"


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    status = errors.status_of(refusal)
    context = {"heading": _HEADINGS.get(status, "Refused"), "message": refusal.message}
    if HtmxDetails(request):
        said = render(request, "_refused.html", context, status=status)
        return _tell_when(reswap(retarget(said, "#messages"), "innerHTML"), refusal)
    return _tell_when(render(request, "notice.html", context, status=status), refusal)


def _tell_when(response: _Response, refusal: Refusal) -> _Response:
    """To try again, where the refusal is for a while."""
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response
