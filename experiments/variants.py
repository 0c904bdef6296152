"""Every write of an experiment's variants, one at a time or many at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from accounts.changes import change
from accounts.editing import edit, hold, insert
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import User
from experiments.holding import hold_experiment, refuse_meaningless
from experiments.models import Experiment, Variant
from experiments.queries import find_variant
from experiments.validation import InvalidExperiment, clean_variant
from flags.cleaners import Wrong, text
from flags.serves import MAX_VARIANTS

Given = Mapping[str, Any]


class VariantExists(Conflict):
    """The experiment has a variant of this key."""

    code = "variant_exists"


class VariantInUse(Conflict):
    """Users get this variant: buckets are allocated to it, or the experiment has started."""

    code = "variant_in_use"


def add_variant(experiment: Experiment, *, by: User, if_match: str | None = None, **fields: Any) -> Variant:
    """A new variant behind the others: key, and as wanted name and payload."""
    with _changing(experiment, by, if_match):
        return _create(experiment, fields)


def add_variants(experiment: Experiment, given: Sequence[Given], *, by: User) -> list[Variant]:
    """New variants behind the others, all of them or none."""
    with _changing(experiment, by, None):
        return _each("variants", partial(_create, experiment), given)


def update_variant(variant: Variant, *, by: User, if_match: str | None = None, **fields: Any) -> Variant:
    """Change name and payload, and before the experiment has started also the key."""
    with _holding(variant, by, if_match):
        return _edit(variant, fields)


def delete_variant(variant: Variant, *, by: User, if_match: str | None = None) -> None:
    """Remove a variant; before the experiment has started, with its allocations."""
    with _holding(variant, by, if_match):
        _remove(variant)


def change_variants(
    experiment: Experiment,
    *,
    by: User,
    if_match: str | None = None,
    create: Sequence[Given] = (),
    update: Sequence[Given] = (),
    delete: Sequence[str] = (),
) -> list[Variant]:
    """All of it or nothing: delete (ids or keys), update (each with `id`, or with `key`), create. What was saved."""
    with _changing(experiment, by, if_match):
        _each("delete", partial(_delete, experiment), delete)
        return [
            *_each("update", partial(_update, experiment), update),
            *_each("create", partial(_create, experiment), create),
        ]


@contextmanager
def _changing(experiment: Experiment, by: User, if_match: str | None) -> Iterator[None]:
    """Hold the experiment while its variants change; afterwards it still means something, and its version tells."""
    with change(by=by):
        hold_experiment(experiment, by=by, if_match=if_match)
        before = _versions(experiment)
        yield
        if experiment.variants.count() > MAX_VARIANTS:
            raise InvalidExperiment({"variants": [f"An experiment has at most {MAX_VARIANTS} variants."]})
        if _versions(experiment) != before:
            refuse_meaningless(experiment)
            experiment.save()


@contextmanager
def _holding(variant: Variant, by: User, if_match: str | None) -> Iterator[None]:
    experiment = variant.experiment
    with _changing(experiment, by, if_match):
        hold(variant)
        variant.experiment = experiment  # the one that is held, whose version the caller sees
        yield


def _versions(experiment: Experiment) -> list[Any]:
    return list(experiment.variants.values_list("pk", "version"))


def _each(field: str, work: Callable[[Any], Any], given: Sequence[Any]) -> list[Any]:
    """Do this with each of them; what is wrong with one is said with its place in the whole."""
    if not isinstance(given, list | tuple) or len(given) > MAX_VARIANTS:
        raise InvalidExperiment({field: [f"Give a list of at most {MAX_VARIANTS}."]})
    return [_placed(f"{field}.{at}", work, one) for at, one in enumerate(given)]


def _placed(field: str, work: Callable[[Any], Any], given: Any) -> Any:
    try:
        return work(given)
    except (Invalid, NotFound, Conflict) as refusal:
        parts = {f"{field}.{name}": told for name, told in refusal.fields.items()}
        refusal.fields = parts or {field: [refusal.message]}
        raise


def _create(experiment: Experiment, given: Given) -> Variant:
    last = experiment.variants.order_by("-position").values_list("position", flat=True).first()
    values = clean_variant({"key": "", **_object(given)})
    variant = Variant(experiment=experiment, position=0 if last is None else last + 1, **values)
    return insert(variant, taken=_exists(experiment, variant.key))


def _update(experiment: Experiment, given: Given) -> Variant:
    fields = dict(_object(given))
    return _edit(_named(experiment, fields.pop("id", fields.get("key"))), fields)


def _delete(experiment: Experiment, named: str) -> None:
    _remove(_named(experiment, named))


def _edit(variant: Variant, given: Given) -> Variant:
    values, experiment = clean_variant(given), variant.experiment
    if values.get("key", variant.key) != variant.key:
        _refuse_started(experiment, variant, "keeps its key")
        if experiment.variants.filter(key=values["key"]).exists():
            raise _exists(experiment, values["key"])
    return edit(variant, **values)


def _remove(variant: Variant) -> None:
    experiment = variant.experiment
    if variant.allocations.exists():
        _refuse_started(experiment, variant, "has users and stays; give its buckets to other variants first")
    variant.delete()


def _named(experiment: Experiment, named: Any) -> Variant:
    """The variant of this id or key. Raises VariantNotFound, Invalid."""
    try:
        return find_variant(experiment, text(100)(named))
    except Wrong as wrong:
        raise Invalid("Name the variant by its id or key.") from wrong


def _object(given: Any) -> Given:
    if not isinstance(given, Mapping):
        raise Invalid("Give an object with the fields of a variant.")
    return given


def _refuse_started(experiment: Experiment, variant: Variant, what: str) -> None:
    if experiment.started_at is not None:
        raise VariantInUse(f"Experiment {experiment.key} has started, so variant {variant.key} {what}.")


def _exists(experiment: Experiment, key: str) -> VariantExists:
    return VariantExists(f"Experiment {experiment.key} has a variant {key}. Change that one, or choose another key.")
