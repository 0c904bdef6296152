"""What a flag and its configs would be with what a caller gives, before anything is written."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from accounts.editing import equal
from accounts.json_values import same
from accounts.models import Project
from accounts.rows import Row
from flagkit.engine import BrokenDocument, compile_flag
from flags.documents import document_of
from flags.models import Flag, FlagConfig
from flags.queries import find_owner
from flags.rules import settled
from flags.slot_maps import laid_out
from flags.validation import InvalidFlag, clean_config, clean_definition, clean_variants, missing_variants

R = TypeVar("R", bound=Row)


def define(project: Project, given: Mapping[str, Any]) -> Flag:
    """A flag that is not saved yet. Raises InvalidFlag."""
    values = clean_definition(_alone(given))
    values["variants"] = clean_variants(values["flag_type"], given["variants"])
    return Flag(project=project, owner=find_owner(given["owner"]), **values)


def redefine(flag: Flag, given: Mapping[str, Any]) -> list[Flag]:
    """Put the given fields into the flag; the flag, where that changed it. Raises InvalidFlag."""
    if given.get("key", flag.key) != flag.key:
        raise InvalidFlag({"key": ["A flag keeps its key. Create another flag and archive this one."]})
    values = clean_definition(_alone(given))
    if "owner" in given:
        values["owner"] = find_owner(given["owner"], standing=flag.owner)
    flag_type = values.get("flag_type", flag.flag_type)
    if "variants" in given or flag_type != flag.flag_type:
        values["variants"] = clean_variants(flag_type, given.get("variants"))
    return put(flag, values)


def configure(config: FlagConfig, given: Mapping[str, Any]) -> list[FlagConfig]:
    """Put the given fields into the config; the config, where that changed it. Raises InvalidFlag."""
    values = clean_config(given)
    is_percentage = config.flag.flag_type == Flag.Type.PERCENTAGE
    if is_percentage and values.get("serve") and not same(values["serve"], config.serve):
        raise InvalidFlag({"serve": ["A percentage flag serves by its rollout_percentage; leave serve out."]})
    if "serve" in values:
        values["serve"] = laid_out(values["serve"], config.serve)
    if "rules" in values:
        values["rules"] = settled(values["rules"], config.rules)
    return put(config, values)


def refuse_unanswerable(flag: Flag, config: FlagConfig) -> None:
    """Raises InvalidFlag when the engine cannot evaluate what the config says, at the field that is to blame."""
    document = document_of(flag, config)
    try:
        compile_flag(document)
    except BrokenDocument as error:
        raise InvalidFlag({_culprit(document): [f"{config.environment.key}: {error}."]}) from error


def refuse_missing_variants(flag: Flag, configs: Iterable[FlagConfig]) -> None:
    """Raises InvalidFlag when a config names a variant that the flag does not have."""
    problems: dict[str, list[str]] = {}
    for config in configs:
        for field, names in missing_variants(flag, config).items():
            sentence = f"{config.environment.key}: the flag has no variant {', '.join(names)}."
            problems.setdefault(field, []).append(sentence)
    if problems:
        raise InvalidFlag(problems)


def _culprit(document: Mapping[str, Any]) -> str:
    """The first part of a broken document that does not compile by itself."""
    parts: dict[str, dict[str, Any]] = {
        "serve": {"serve": document["serve"]},
        "prerequisites": {"prerequisites": document["prerequisites"]},
        "targets": {"targets": document["targets"]},
        **{f"rules.{at}": {"rules": [rule]} for at, rule in enumerate(document["rules"])},
    }
    nothing = {"prerequisites": [], "targets": [], "rules": [], "serve": {"off": True}}
    return next((field for field, part in parts.items() if _is_broken({**document, **nothing, **part})), "rules")


def _is_broken(document: Mapping[str, Any]) -> bool:
    try:
        compile_flag(document)
    except BrokenDocument:
        return True
    return False


def _alone(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that can be judged without the flag's type and without looking anybody up."""
    return {name: value for name, value in given.items() if name not in ("owner", "variants")}


def put(row: R, values: Mapping[str, Any]) -> list[R]:
    """Put the values into the row; the row, where that changed it."""
    changed = [name for name, value in values.items() if not equal(getattr(row, name), value)]
    for name in changed:
        setattr(row, name, values[name])
    return [row] if changed else []
