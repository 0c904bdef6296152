"""Every write of layers and of the shares that experiments hold of them."""

from typing import Any

from accounts import policy
from accounts.changes import change
from accounts.editing import delete_unless_needed, edit, hold, insert
from accounts.errors import Conflict
from accounts.models import Environment, User
from experiments.holding import refuse_outdated
from experiments.models import Experiment, Layer
from experiments.queries import free_in, holders_of
from experiments.validation import InvalidExperiment, clean_layer
from flagkit.engine.experiments import BUCKETS, half_open, size_of
from flagkit.engine.slots import rebalance

_FREE = ""  # the arm that stands for the buckets that nobody holds; the others are called by their experiment's id


class LayerExists(Conflict):
    """The environment has a layer of this key."""

    code = "layer_exists"


class LayerInUse(Conflict):
    """Experiments hold buckets of the layer."""

    code = "layer_in_use"


class BucketsTaken(Conflict):
    """Another experiment of the layer holds these buckets."""

    code = "buckets_taken"


def create_layer(environment: Environment, *, by: User, **fields: Any) -> Layer:
    """A new layer: key, and as wanted name and description."""
    with change(by=by):
        policy.require_change(by, environment)
        layer = Layer(environment=environment, **clean_layer({"key": "", **fields}))
        taken = f"{environment.key} has a layer {layer.key}. Change that one, or choose another key."
        return insert(layer, taken=LayerExists(taken))


def update_layer(layer: Layer, *, by: User, if_match: str | None = None, **fields: Any) -> Layer:
    """Change name and description."""
    with change(by=by):
        _hold(layer, by, if_match)
        _refuse_other_key(layer.key, fields)
        return edit(layer, **clean_layer(fields))


def delete_layer(layer: Layer, *, by: User, if_match: str | None = None) -> None:
    """Remove a layer that no experiment names, archived ones included."""
    with change(by=by):
        _hold(layer, by, if_match)
        delete_unless_needed(layer, LayerInUse)


def give_share(experiment: Experiment, layer: Layer | None, share: Any) -> list[list[int]]:
    """The ranges that make up so many of the layer's buckets: those that it holds first, then free ones.

    Raises InvalidExperiment, and BucketsTaken where fewer are free.
    """
    if layer is None:
        raise InvalidExperiment({"layer_share": ["Name the layer that it is a share of."]})
    if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= BUCKETS:
        raise InvalidExperiment({"layer_share": [f"Give a number of buckets from 0 to {BUCKETS:,}."]})
    own = experiment.layer_ranges if experiment.layer == layer else []
    held = {str(other.pk): other.layer_ranges for other in holders_of(layer)} | {str(experiment.pk): own}
    sizes = {holder: size_of(ranges) for holder, ranges in held.items()} | {str(experiment.pk): share}
    free = BUCKETS - sum(sizes.values())
    if free < 0:
        raise BucketsTaken(
            f"Layer {layer.key} has {share + free:,} buckets left for {experiment.key or 'it'}, not {share:,}. "
            "Take a smaller share, or take some from another experiment first."
        )
    arms = [{"variant": holder, "ranges": half_open(ranges)} for holder, ranges in held.items()]
    dealt = {arm["variant"]: arm["ranges"] for arm in rebalance(arms, {**sizes, _FREE: free}, buckets=BUCKETS)}
    return [[low, high - 1] for low, high in dealt[str(experiment.pk)]]


def refuse_taken(experiment: Experiment) -> None:
    """Raises BucketsTaken, or InvalidExperiment where the experiment holds buckets and is in no layer."""
    if experiment.layer is None:
        if experiment.layer_ranges:
            raise InvalidExperiment({"layer_ranges": ["Name the layer that they are buckets of."]})
        return
    for other in holders_of(experiment.layer):
        if other.pk != experiment.pk and _overlap(other.layer_ranges, experiment.layer_ranges):
            raise BucketsTaken(
                f"Experiment {other.key} holds some of these buckets of layer {experiment.layer.key}, which has "
                f"{free_in(experiment.layer):,} free ones. Give layer_share to get free ones."
            )


def _hold(layer: Layer, by: User, if_match: str | None) -> None:
    """Lock the layer for somebody who may change its environment; its project first, as who joins it does."""
    policy.require_change(by, layer.environment)
    hold(layer.environment.project)
    hold(layer)
    refuse_outdated(layer, if_match)


def _refuse_other_key(key: str, given: dict[str, Any]) -> None:
    if given.get("key", key) != key:
        raise InvalidExperiment({"key": ["This keeps its key. Create another one."]})


def _overlap(some: list[list[int]], others: list[list[int]]) -> bool:
    return any(first <= end and start <= last for first, last in some for start, end in others)
