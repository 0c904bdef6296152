"""Template tags of every page: addresses within the project, and instants as people say them."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts import pages
from accounts.queries import DEFAULT_PROJECT

register = template.Library()


@register.simple_tag(takes_context=True)
def page_url(context: Context, name: str, *args: str, project: str = "", **query: Any) -> str:
    """`{% page_url 'flag-list' tag='web' %}`: a page's address, in the project looked at or in the named one."""
    looked_at = context.get("project")
    return pages.address(name, *args, project=project or (looked_at.key if looked_at else DEFAULT_PROJECT), **query)


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """`{% ago entry.at %}`: how long ago, with the exact instant (UTC) behind it."""
    exact = at.astimezone(timezone.get_default_timezone())
    passed = timezone.now() - at
    said = "just now" if passed.total_seconds() < 60 else f"{timesince(at, depth=1)} ago"
    shown = exact.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html('<time datetime="{}" title="{}">{}</time>', exact.isoformat(), shown, said)
