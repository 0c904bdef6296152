"""The one shape of every error that the API gives, and the status of every refusal.

{"code": "flag_exists", "message": "A sentence that says what to do.", "fields": {"key": ["…"]}}
"""

import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response

from accounts import errors
from flagplatform import request_ids

logger = logging.getLogger(__name__)

STATUS: dict[type[errors.Refusal], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Outdated: 412,
    errors.Impossible: 422,
    errors.TooMany: 429,
}
AWAY = (OperationalError, InterfaceError, PoolTimeout)
_NOT_HERE = "There is nothing at this address. /docs lists what there is."


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every exception of a view becomes an answer here, once."""
    status, body, headers = _answer_parts(error)
    return Response(body, status=status, headers=headers)


def body_of(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "fields": fields or {}}


def status_of(refusal: errors.Refusal) -> int:
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def headers_of(refusal: errors.Refusal) -> dict[str, str]:
    if isinstance(refusal, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, errors.TooMany) else {}


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """What an address outside of the pages answers when nothing is there."""
    return JsonResponse(body_of("not_found", _NOT_HERE), status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    return JsonResponse(_broken(), status=500)


def _answer_parts(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    if isinstance(error, errors.Refusal):
        return status_of(error), body_of(error.code, error.message, error.fields), headers_of(error)
    if isinstance(error, Http404):
        return 404, body_of("not_found", _NOT_HERE), {}
    if isinstance(error, PermissionDenied):
        return 403, body_of("forbidden", "You may not do this."), {}
    if isinstance(error, RequestDataTooBig):
        return 413, body_of("too_large", "The body is too large."), {}
    if isinstance(error, exceptions.APIException):
        return _api_exception(error)
    if isinstance(error, AWAY):
        logger.error("database away: %s", error)
        message = "The database does not answer, so nothing was changed. Evaluation goes on; try again in a moment."
        return 503, body_of("database_away", message), {"Retry-After": "2"}
    if isinstance(error, DatabaseError):
        logger.exception("database refused a statement")
        return 503, body_of("database_refused", "The database refused this; nothing was changed."), {"Retry-After": "2"}
    logger.exception("unexpected error")
    return 500, _broken(), {}


def _broken() -> dict[str, Any]:
    """With the id by which the log knows the request."""
    body = body_of("internal", "Something broke on our side; it was logged. Nothing was changed.")
    return {**body, "request_id": request_ids.current()}


def _api_exception(error: exceptions.APIException) -> tuple[int, dict[str, Any], dict[str, str]]:
    headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else {}
    if isinstance(error, exceptions.Throttled) and (wait := getattr(error, "wait", None)):
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, exceptions.ValidationError):
        message = "Some of the input is not valid; see fields."
        return error.status_code, body_of("invalid", message, _fields(error.get_full_details())), headers
    code = str(error.default_code if isinstance(error.detail, dict | list) else error.detail.code)
    codes = {"not_authenticated": "unauthenticated", "authentication_failed": "unauthenticated"}
    return error.status_code, body_of(codes.get(code, code), str(error.detail)), headers


def _fields(detail: Any, name: str = "") -> dict[str, list[str]]:
    """DRF's nested details as `{"serve.split": ["…"]}`; what belongs to no field stands under `non_field_errors`."""
    if isinstance(detail, dict) and "message" in detail and "code" in detail:
        return {name or "non_field_errors": [str(detail["message"])]}
    parts = detail.items() if isinstance(detail, dict) else enumerate(detail)
    found: dict[str, list[str]] = {}
    for part, inner in parts:
        leaf = isinstance(detail, list) and "message" in inner
        path = name if leaf else f"{name}.{part}".lstrip(".")
        for field, sentences in _fields(inner, path).items():
            found.setdefault(field, []).extend(sentences)
    return found
