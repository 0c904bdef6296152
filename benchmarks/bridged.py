"""Django in a server process in three ways, and called without one: `python -m benchmarks.bridged PATH SECONDS TOKEN`.

`lean` is the application's own bridge, `a2wsgi` the library, `asgi` Django's own handler. Each has two views beside the
application's, which answer something fixed behind all of the middleware: `plain-view`, and `drf-view` through DRF.
"""

import io
import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - Django is set up only now
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from flagplatform.bridge import DjangoBridge  # noqa: E402

settings.ROOT_URLCONF = "benchmarks.bridged"


def plain(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"x" * 150, content_type="application/json")


class Fixed(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, _: Request) -> Response:
        return Response({"static": "x" * 137})


urlpatterns = [path("plain-view", plain), path("drf-view", Fixed.as_view()), path("", include("flagplatform.urls"))]

lean = DjangoBridge(get_wsgi_application(), threads=settings.DJANGO_THREADS, max_body=settings.MAX_BODY_BYTES)
asgi = get_asgi_application()


def a2wsgi() -> Any:
    """A factory, because the library is not one of ours: `pip install a2wsgi` for this row."""
    from a2wsgi import WSGIMiddleware

    return WSGIMiddleware(get_wsgi_application(), workers=settings.DJANGO_THREADS)


def call(target: str, seconds: float, token: str) -> float:
    """Requests a second that Django's WSGI handler answers, one after the other in one thread."""
    handler, number = get_wsgi_application(), 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        answered: list[str] = []
        response = handler(_environ(target, token), lambda status, _, kept=answered: kept.append(status))
        b"".join(response)
        response.close()
        assert answered[0].startswith("200"), answered
        number += 1
    return number / seconds


def _environ(target: str, token: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": target,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }


if __name__ == "__main__":
    print(call(sys.argv[1], float(sys.argv[2]), sys.argv[3]))
