"""What a flag does, in words."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig
from flags.wording import sentence, short

COLOURS = [{"key": "blue", "value": "#00f"}, {"key": "green", "value": "#0f0"}]
SPLIT = {"split": [{"variant": "blue", "weight": 0.5}, {"variant": "green", "weight": 99.5}]}


def flag(flag_type: str) -> Flag:
    typed = flag_type in ("string", "number", "object")
    return Flag(key="x", flag_type=flag_type, variants=COLOURS if typed else BOOLEAN_VARIANTS)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("flag_type", "config", "said", "in_short"),
    [
        ("boolean", {}, "Off for everyone.", "Off"),
        ("boolean", {"off_variant": "on"}, "Off: everyone gets on.", "Off"),
        ("boolean", {"is_enabled": True}, "On for everyone.", "On"),
        ("boolean", {"is_enabled": True, "serve": {"variant": "off"}}, "On, but serves off to everyone.", "off"),
        ("percentage", {"rollout_percentage": Decimal(30)}, "Off for everyone.", "Off"),
        ("percentage", {"is_enabled": True, "rollout_percentage": Decimal(30)}, "On for 30 % of users.", "30 %"),
        (
            "percentage",
            {"is_enabled": True, "rollout_percentage": Decimal("0.001")},
            "On for 0.001 % of users.",
            "0.001 %",
        ),
        (
            "percentage",
            {"is_enabled": True, "rollout_percentage": Decimal("99.999")},
            "On for 99.999 % of users.",
            "99.999 %",
        ),
        ("percentage", {"is_enabled": True}, "On for everyone (100 % of users).", "100 %"),
        (
            "percentage",
            {"is_enabled": True, "rollout_percentage": Decimal(0)},
            "On, but for 0 % of users: off for everyone.",
            "0 %",
        ),
        ("string", {}, "Off: callers use their own default.", "Off"),
        ("string", {"off_variant": "blue"}, "Off: everyone gets blue.", "Off"),
        ("string", {"is_enabled": True}, "On, and serves blue to everyone.", "blue"),
        ("string", {"is_enabled": True, "serve": SPLIT}, "On, and splits users: 0.5 % blue, 99.5 % green.", "Split"),
    ],
)
def test_flag_is_told_as_it_answers(flag_type: str, config: dict[str, Any], said: str, in_short: str) -> None:
    stored = FlagConfig(**config)
    assert plain(sentence(flag(flag_type), stored)) == said
    assert plain(short(flag(flag_type), stored)) == in_short


def test_archived_flag_is_told_to_be_archived() -> None:
    archived = flag("boolean")
    archived.archived_at = timezone.now()
    assert sentence(archived, FlagConfig(is_enabled=True)) == "Archived: callers are told that it does not exist."
