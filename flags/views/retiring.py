"""The pages that take a flag out of use, put it back, or remove it: each asks before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.pages import address, person, project_of, signed_in
from flags import services
from flags.addresses import flag_address
from flags.models import Flag
from flags.queries import find_flag


@dataclass(frozen=True, slots=True)
class Retirement:
    """What is asked, done, and said afterwards; `stays` tells whether there is a flag left to look at."""

    question: str
    meaning: str
    button: str
    do: Callable[..., Any]
    done: str
    stays: bool = True


ARCHIVE = Retirement(
    "Archive {key}?",
    "Evaluations in every environment answer that the flag does not exist, and callers use their own default. "
    "It keeps its settings and its history, and can be restored.",
    "Archive it",
    services.archive_flag,
    "{key} is archived.",
)
RESTORE = Retirement(
    "Restore {key}?",
    "The flag is served again in every environment, with the settings that it had.",
    "Restore it",
    services.restore_flag,
    "{key} is in use again.",
)
DELETE = Retirement(
    "Delete {key}?",
    "The flag and its settings are removed from every environment, and callers use their own default. "
    "This cannot be taken back; its history stays in the audit trail.",
    "Delete it",
    services.delete_flag,
    "{key} is deleted.",
    stays=False,
)


def _page(retirement: Retirement) -> Callable[..., HttpResponse]:
    @signed_in
    @require_http_methods(["GET", "HEAD", "POST"])
    def retire(request: HttpRequest, key: str) -> HttpResponse:
        flag = find_flag(project_of(request), key)
        if request.method != "POST":
            return render(request, "flags/retire.html", _question(retirement, flag))
        retirement.do(flag, by=person(request))
        messages.success(request, retirement.done.format(key=flag.key))
        return redirect(flag_address(flag) if retirement.stays else address("flag-list", project=flag.project.key))

    return retire


def _question(retirement: Retirement, flag: Flag) -> dict[str, Any]:
    question = retirement.question.format(key=flag.key)
    return {"project": flag.project, "flag": flag, "retirement": retirement, "question": question}


flag_archive = _page(ARCHIVE)
flag_restore = _page(RESTORE)
flag_delete = _page(DELETE)
