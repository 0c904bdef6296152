"""The addresses of the pages of accounts, below /dashboard/."""

from django.urls import URLPattern, path

from accounts import key_views, views

page_urlpatterns: list[URLPattern] = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("sign-up", views.sign_up, name="sign-up"),
    path("keys", key_views.key_list, name="key-list"),
    path("keys/new", key_views.key_new, name="key-new"),
    path("keys/<str:key>", key_views.key_detail, name="key-detail"),
    path("keys/<str:key>/rotate", key_views.key_rotate, name="key-rotate"),
    path("keys/<str:key>/revoke", key_views.key_revoke, name="key-revoke"),
]
