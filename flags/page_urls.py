"""The addresses of the pages of flags and audiences, below /dashboard/."""

from django.urls import URLPattern, path

from flags.views import (
    audience_editing,
    audience_showing,
    editing,
    explaining,
    listing,
    making,
    retiring,
    showing,
    switching,
    targeting,
)

page_urlpatterns: list[URLPattern] = [
    path("flags", listing.flag_list, name="flag-list"),
    path("flags/new", making.flag_new, name="flag-new"),
    path("flags/<str:key>", showing.flag_detail, name="flag-detail"),
    path("flags/<str:key>/settings", editing.flag_settings, name="flag-settings"),
    path("flags/<str:key>/targeting", targeting.flag_targeting, name="flag-targeting"),
    path("flags/<str:key>/rules/new", targeting.flag_rule_new, name="flag-rule-new"),
    path("flags/<str:key>/rules/order", targeting.flag_rule_order, name="flag-rule-order"),
    path("flags/<str:key>/definition", editing.flag_definition, name="flag-definition"),
    path("flags/<str:key>/why", explaining.flag_why, name="flag-why"),
    path("flags/<str:key>/switch", switching.flag_switch, name="flag-switch"),
    path("flags/<str:key>/archive", retiring.flag_archive, name="flag-archive"),
    path("flags/<str:key>/restore", retiring.flag_restore, name="flag-restore"),
    path("flags/<str:key>/delete", retiring.flag_delete, name="flag-delete"),
    path("audiences", audience_showing.audience_list, name="audience-list"),
    path("audiences/new", audience_editing.audience_new, name="audience-new"),
    path("audiences/<str:key>", audience_editing.audience_detail, name="audience-detail"),
    path("audiences/<str:key>/delete", audience_editing.audience_delete, name="audience-delete"),
]
