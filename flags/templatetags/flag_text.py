"""Template tags about flags and audiences: their addresses, and what belongs to one of them."""

from collections.abc import Mapping
from typing import Any

from django import template

from flags.addresses import audience_address, flag_address
from flags.models import Audience, Flag

register = template.Library()


@register.simple_tag
def flag_url(flag: Flag, page: str = "flag-detail", **query: Any) -> str:
    """`{% flag_url flag 'flag-switch' %}`"""
    return flag_address(flag, page, **query)


@register.simple_tag
def audience_url(audience: Audience, page: str = "audience-detail") -> str:
    """`{% audience_url audience 'audience-delete' %}`"""
    return audience_address(audience, page)


@register.filter
def of(found: Mapping[str, Any], key: str) -> Any:
    """`{{ can.why_not|of:environment.key }}`: what a mapping holds under a key, nothing when it has none."""
    return found.get(key)
