"""The pages on which people sign in, sign out and sign up."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Refusal
from accounts.forms import SignInForm, SignUpForm
from accounts.models import User
from accounts.pages import next_page, shown_again
from accounts.services import RegistrationClosed, register
from accounts.sessions import WrongCredentials

BACKEND = "accounts.attempts.CountedSignIn"
SIGN_IN, SIGN_UP = "accounts/sign_in.html", "accounts/sign_up.html"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_page(request))
    if request.method != "POST":
        return render(request, SIGN_IN, _context(request, SignInForm()))
    form = SignInForm(request.POST)
    try:
        form.require_valid()
        login(request, _person(request, **form.cleaned_data))
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, SIGN_IN, _context(request, form), refusal)
    return redirect(next_page(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "You are signed out.")
    return redirect("sign-in")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_page(request))
    if not settings.OPEN_REGISTRATION:
        raise RegistrationClosed("Registration is closed here. Ask an admin for an account.")
    if request.method != "POST":
        return render(request, SIGN_UP, _context(request, SignUpForm()))
    form = SignUpForm(request.POST)
    try:
        form.require_valid()
        login(request, register(**form.cleaned_data), backend=BACKEND)
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, SIGN_UP, _context(request, form), refusal)
    messages.success(request, "Welcome. You may look at everything; ask an admin for the role to change it.")
    return redirect(next_page(request))


def _person(request: HttpRequest, *, email: str, password: str) -> User:
    found = authenticate(request, email=email, password=password)
    if not isinstance(found, User):
        raise WrongCredentials
    return found


def _context(request: HttpRequest, form: SignInForm | SignUpForm) -> dict[str, object]:
    return {"form": form, "next": next_page(request), "may_sign_up": settings.OPEN_REGISTRATION}
