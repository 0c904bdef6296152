"""Log lines are one JSON object each where programs read them, and know the request they belong to."""

import io
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from flagplatform import request_ids
from flagplatform.logs import JsonLines, TextLines, configuration, keep_tokens_out
from flagplatform.request_ids import RequestIds


def record(message: str = "it is %s", *arguments: Any, **extra: Any) -> logging.LogRecord:
    found = logging.LogRecord("evaluation.following", logging.WARNING, "f.py", 1, message, arguments or ("late",), None)
    found.__dict__.update(extra)
    return found


def answered(given: str | None = None, view: Callable[[HttpRequest], HttpResponse] | None = None) -> HttpResponse:
    headers = {} if given is None else {"x-request-id": given}
    request = RequestFactory().get("/flags?token=private", headers=headers)
    response = RequestIds(view or (lambda _: HttpResponse("ok")))(request)
    assert isinstance(response, HttpResponse)
    return response


def test_a_line_is_one_json_object() -> None:
    line = json.loads(JsonLines().format(record("it is\n%s", "late")))
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "WARNING", "logger": "evaluation.following", "message": "it is\nlate"}


def test_an_exception_stands_in_its_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        text = JsonLines().format(record(exc_info=sys.exc_info()))
    assert "\n" not in text
    assert json.loads(text)["exception"].endswith("ValueError: broken")


@pytest.mark.parametrize("value", ["\ud800", b"\xff", 10**30, object(), float("nan")])
def test_whatever_is_logged_becomes_a_line(value: Any) -> None:
    line = json.loads(JsonLines().format(record("%s", value, facts={"value": value})))
    assert line["facts"]


@pytest.mark.parametrize("form", [JsonLines(), TextLines()])
def test_lines_within_a_request_carry_its_id(form: logging.Formatter) -> None:
    lines = []

    def view(_: HttpRequest) -> HttpResponse:
        lines.append(form.format(record()))
        return HttpResponse()

    answered("from-the-caller", view)
    assert "from-the-caller" in lines[0]
    assert "from-the-caller" not in form.format(record())


@pytest.mark.parametrize("given", ["abc", "A-1_2.3", "x" * 64])
def test_a_sane_id_of_the_caller_is_kept(given: str) -> None:
    assert answered(given)["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a\nb", "é", '"', "a/b"])
def test_another_one_is_drawn(given: str | None) -> None:
    drawn = answered(given)["X-Request-ID"]
    assert len(drawn) == 32
    assert drawn != answered(given)["X-Request-ID"]


def test_the_id_ends_with_its_request() -> None:
    def view(_: HttpRequest) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        answered("gone", view)
    assert request_ids.current() == ""


def test_a_request_is_one_line_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "flagplatform.requests"):
        answered("abc")
    assert caplog.messages[0].startswith("GET /flags 200 in ")
    facts = caplog.records[0].facts  # type: ignore[attr-defined]
    assert (facts["method"], facts["path"], facts["status"]) == ("GET", "/flags", 200)


@pytest.mark.parametrize(("form", "level", "said"), [("xml", "INFO", "LOG_FORMAT"), ("json", "LOUD", "LOG_LEVEL")])
def test_what_cannot_be_set_is_refused_by_name(form: str, level: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        configuration(form, level)


@pytest.mark.parametrize("talks", [True, False])
def test_a_server_that_writes_no_line_per_request_goes_on_writing_none(
    talks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "handlers", [logging.NullHandler()] if talks else [])
    access = configuration("json", "INFO")["loggers"]["uvicorn.access"]
    assert (bool(access["handlers"]), access["propagate"]) == (talks, False)


def test_lines_for_people_leave_the_server_its_own() -> None:
    assert list(configuration("text", "INFO")["loggers"]) == ["django"]


@pytest.mark.django_db
def test_answers_of_the_api_carry_the_id(api: Any, bob: Any) -> None:
    answer = api(bob).get("/api/flags", headers={"X-Request-ID": "abc"})
    assert (answer.status_code, answer["X-Request-ID"]) == (200, "abc")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/api/audit", "/dashboard/audit"])
def test_what_broke_can_be_found_in_the_log(
    api: Any, client: Any, bob: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("audit.api.recent", broken)
    monkeypatch.setattr("audit.views.recent", broken)
    client.force_login(bob)
    asking = api(bob) if where.startswith("/api") else client
    asking.raise_request_exception = False
    answer = asking.get(where, headers={"X-Request-ID": "abc.1"})
    assert (answer.status_code, answer["X-Request-ID"]) == (500, "abc.1")
    assert "abc.1" in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_the_servers_line_shows_no_token_of_a_stream() -> None:
    keep_tokens_out()
    lines = io.StringIO()
    access, handler = logging.getLogger("uvicorn.access"), logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    try:
        access.info(
            '%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", "/ofrep/v1/stream?after=0.7&token=secret", "1.1", 200
        )
        access.info('%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", "/x?token=secret&y=1", "1.1", 200)
    finally:
        access.removeHandler(handler)
    assert "secret" not in lines.getvalue()
    assert "after=0.7" in lines.getvalue()
    assert "y=1" in lines.getvalue()
