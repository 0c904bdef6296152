"""The addresses of the pages of flags, below /dashboard/."""

from django.urls import URLPattern, path

from flags.views import editing, listing, making, retiring, showing, switching, targeting

page_urlpatterns: list[URLPattern] = [
    path("flags", listing.flag_list, name="flag-list"),
    path("flags/new", making.flag_new, name="flag-new"),
    path("flags/<str:key>", showing.flag_detail, name="flag-detail"),
    path("flags/<str:key>/settings", editing.flag_settings, name="flag-settings"),
    path("flags/<str:key>/targeting", targeting.flag_targeting, name="flag-targeting"),
    path("flags/<str:key>/rules/new", targeting.flag_rule_new, name="flag-rule-new"),
    path("flags/<str:key>/rules/order", targeting.flag_rule_order, name="flag-rule-order"),
    path("flags/<str:key>/definition", editing.flag_definition, name="flag-definition"),
    path("flags/<str:key>/switch", switching.flag_switch, name="flag-switch"),
    path("flags/<str:key>/archive", retiring.flag_archive, name="flag-archive"),
    path("flags/<str:key>/restore", retiring.flag_restore, name="flag-restore"),
    path("flags/<str:key>/delete", retiring.flag_delete, name="flag-delete"),
]
