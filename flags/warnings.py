"""What to look at in a flag that was saved: allowed, but hardly meant."""

from typing import Any

from flags.models import Flag, FlagConfig


def warnings_of(flag: Flag, config: FlagConfig) -> list[dict[str, Any]]:
    """`{"code", "sentence", "rule"}` for each thing that cannot be meant in what the flag does in one environment."""
    return []
