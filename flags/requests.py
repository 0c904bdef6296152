"""What a request about a flag asks for: a place, a definition, a config, and fields that only say what was read."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.errors import Outdated
from accounts.json_values import same
from flags.models import Flag
from flags.serializers import CONFIG_FIELDS
from flags.validation import InvalidFlag

_DEFINITION = ("key", "name", "description", "flag_type", "variants", "tags", "owner", "purpose", "is_temporary")
_BOOLEANS = (Flag.Type.BOOLEAN, Flag.Type.PERCENTAGE)


class ReadElsewhen(Outdated):
    """The body carries the version of a row that was saved since."""


def config_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be set in the environment that the request names."""
    return {name: given[name] for name in CONFIG_FIELDS if name in given}


def definition_of(given: Mapping[str, Any], *, standing: Flag | None = None) -> dict[str, Any]:
    """What the flag is to be; `type` is another name of `flag_type`. Raises InvalidFlag where the two disagree."""
    found = {name: given[name] for name in _DEFINITION if name in given}
    if "client_visible" in given:
        found["is_client_visible"] = given["client_visible"]
    if "type" not in given:
        return found
    named = given["type"]
    if "flag_type" in given:
        _require_agreement(given["flag_type"], named)
    elif standing is None or named != standing.type:
        found["flag_type"] = named
    return found


def unchanged(given: Mapping[str, Any], shown: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether the body says what was read, and that is still so. Raises ReadElsewhen, InvalidFlag where it is not."""
    echoed = [name for name in names if name in given]
    changed = [name for name in echoed if not same(given[name], shown[name])]
    if "version" in changed:
        raise ReadElsewhen("This was saved by somebody else since you read it. Read it again and repeat your edit.")
    if changed:
        raise InvalidFlag(
            {name: ["This cannot be set here. Send it as it was read or leave it out."] for name in changed}
        )
    return bool(echoed)


def _require_agreement(flag_type: Any, named: Any) -> None:
    if named != flag_type and not (flag_type in _BOOLEANS and named == Flag.Type.BOOLEAN):
        raise InvalidFlag({"type": ["type and flag_type disagree. Give flag_type alone."]})
