"""The addresses of the pages of accounts, below /dashboard/."""

from django.urls import URLPattern, path

from accounts import views

page_urlpatterns: list[URLPattern] = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("sign-up", views.sign_up, name="sign-up"),
]
