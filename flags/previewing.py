"""What a config would change before it is saved: how many users would move from which variant to which."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.errors import Invalid
from flagkit.engine.bucketing import BUCKETS
from flagkit.engine.serving import Dial, compile_dial, gaps, ranges_of
from flagkit.engine.slots import moves
from flags.documents import document_of
from flags.drafts import configure, refuse_missing_variants, refuse_unanswerable
from flags.models import FlagConfig
from flags.references import refuse_dangling
from flags.warnings import warnings_of

Serve = Mapping[str, Any]


class NotComparable(Invalid):
    """The old and the new split give their users other buckets."""

    code = "not_comparable"


def preview(config: FlagConfig, given: Mapping[str, Any]) -> dict[str, Any]:
    """`{"moves": [{"from", "to", "buckets", "percent"}], "warnings": […]}` of the default serve if this was given.

    The config is changed and must not be saved. Raises InvalidFlag as saving would, and NotComparable.
    """
    flag = config.flag
    before = document_of(flag, config)
    configure(config, given)
    refuse_missing_variants(flag, [config])
    refuse_unanswerable(flag, config)
    refuse_dangling(config)
    return {"moves": _moves(before, document_of(flag, config)), "warnings": warnings_of(flag, config)}


def _moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    dials = [dial for document in (before, after) if (dial := _dial(document["serve"]))]
    if len({(dial.by, dial.name, dial.salt, dial.full) for dial in dials}) > 1:
        raise NotComparable("The new split deals all users anew. Keep salt, by, algorithm and buckets to compare them.")
    full = dials[0].full if dials else BUCKETS
    found = moves(_arms(before, full), _arms(after, full))
    return [
        {"from": one, "to": other, "buckets": size, "percent": _percent(size, full)}
        for (one, other), size in found.items()
    ]


def _dial(serve: Serve) -> Dial | None:
    form = serve.get("split") or serve.get("rollout")
    return compile_dial(form) if form else None


def _arms(document: Mapping[str, Any], full: float) -> Sequence[Mapping[str, Any]]:
    """What the default serves, as arms over all buckets; none where the caller's own default applies."""
    serve = document["serve"]
    if "split" in serve:
        return list(serve["split"]["arms"])
    if "rollout" in serve:
        rollout = serve["rollout"]
        rest = gaps(ranges_of(rollout), full)
        return [rollout, {"variant": rollout["otherwise"], "ranges": rest}]
    variant = serve.get("variant") or document["off_variant"]
    return [{"variant": variant, "ranges": [[0, full]]}] if variant else []


def _percent(size: float, full: float) -> int | float:
    percentage = round(size * 100 / full, 3)
    return int(percentage) if percentage == int(percentage) else percentage
