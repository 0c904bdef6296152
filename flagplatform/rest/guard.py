"""What is wrong with a request before any view looks at it, and the one address of each view.

Everything is answered in the API's error shape: a body that is too large (413) or of unknown length (411: DRF would
read a chunked body as `{}`), and text that no database can hold (NUL in path or query).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from flagplatform.rest.errors import body_of

_KEEP_SLASH = ("/admin/", "/static/")


class RequestGuard:
    """Middleware. A trailing slash is optional everywhere but in the Django admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        path = request.path_info
        if len(path) > 1 and path.endswith("/") and not path.startswith(_KEEP_SLASH):
            request.path_info = path.rstrip("/") or "/"
        return self.get_response(request)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return JsonResponse(body_of("invalid", "Addresses must not contain the NUL character (%00)."), status=400)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return JsonResponse(body_of("length_required", "Send the body with a Content-Length header."), status=411)
    if not length.isdigit():
        return JsonResponse(body_of("invalid", "Content-Length must be a whole number."), status=400)
    if int(length) > settings.MAX_BODY_BYTES:
        message = f"The body is larger than {settings.MAX_BODY_BYTES:,} bytes. Send less at a time."
        return JsonResponse(body_of("too_large", message), status=413)
    return None
