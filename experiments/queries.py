"""Which experiments, variants, layers and holdouts there are, and which of them a name from outside means."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.errors import NotFound
from accounts.models import Environment, Project
from accounts.queries import ids_in
from experiments.models import Experiment, Holdout, Layer, Variant
from flagkit.engine.experiments import BUCKETS, size_of
from flags.queries import EnvironmentNeeded

SORTS = ("key", "-key", "created_at", "-created_at", "updated_at", "-updated_at")
_RELATED = ("environment__project", "owner", "audience", "flag", "layer")


class ExperimentNotFound(NotFound):
    """The environment has no experiment of this key, or the project none of this id."""

    code = "experiment_not_found"


class VariantNotFound(NotFound):
    """The experiment has no variant of this key or id."""

    code = "variant_not_found"


class LayerNotFound(NotFound):
    """The environment has no layer of this key or id."""

    code = "layer_not_found"


class HoldoutNotFound(NotFound):
    """The project has no holdout of this key or id."""

    code = "holdout_not_found"


def find_experiment(project: Project, key_or_id: str, *, environment: Environment | None) -> Experiment:
    """By key in the environment that is named, else by id. Raises ExperimentNotFound, EnvironmentNeeded."""
    experiments = list_experiments(project, environment=environment)
    found = experiments.filter(key=key_or_id).first() if environment else None
    found = found or experiments.filter(id__in=ids_in(key_or_id)).first()
    if found is not None:
        return found
    if environment is None and not ids_in(key_or_id):
        raise EnvironmentNeeded("The key of an experiment is unique in its environment alone.")
    where = environment.key if environment else f"project {project.key}"
    raise ExperimentNotFound(
        f"There is no experiment {key_or_id} in {where}. List the experiments to see their keys and ids."
    )


def project_of_experiment(experiment_id: str) -> Project | None:
    """The project of the experiment with this id, whichever it is."""
    found = Experiment.objects.filter(id__in=ids_in(experiment_id)).select_related("environment__project").first()
    return found.environment.project if found else None


def list_experiments(
    project: Project,
    *,
    environment: Environment | None = None,
    status: str = "",
    search: str = "",
    flag: str = "",
    layer: str = "",
    sort: str = "key",
) -> QuerySet[Experiment]:
    """The experiments of one environment, or of all of them in the project."""
    found = Experiment.objects.select_related(*_RELATED).filter(environment__project=project)
    if environment is not None:
        found = found.filter(environment=environment)
    if status:
        found = found.filter(status=status)
    if flag:
        found = found.filter(flag__key=flag)
    if layer:
        found = found.filter(layer__key=layer)
    if search:
        texts = [Q(**{f"{name}__icontains": search}) for name in ("key", "name", "description", "hypothesis")]
        found = found.filter(texts[0] | texts[1] | texts[2] | texts[3])
    return found.order_by(sort, "environment__position", "environment__key").prefetch_related("variants", "allocations")


def find_variant(experiment: Experiment, key_or_id: str) -> Variant:
    """Raises VariantNotFound."""
    variants = experiment.variants.select_related("experiment__environment__project")
    found: Variant | None = variants.filter(key=key_or_id).first() or variants.filter(id__in=ids_in(key_or_id)).first()
    if found is None:
        raise VariantNotFound(f"Experiment {experiment.key} has no variant {key_or_id}.")
    return found


def list_layers(project: Project, *, environment: Environment | None = None) -> QuerySet[Layer]:
    layers = Layer.objects.select_related("environment__project").filter(environment__project=project)
    return layers.filter(environment=environment) if environment else layers


def find_layer(project: Project, key_or_id: str, *, environment: Environment | None) -> Layer:
    """By key in the environment that is named, else by id. Raises LayerNotFound, EnvironmentNeeded."""
    layers = list_layers(project, environment=environment)
    found = layers.filter(key=key_or_id).first() if environment else None
    found = found or layers.filter(id__in=ids_in(key_or_id)).first()
    if found is None and environment is None and not ids_in(key_or_id):
        raise EnvironmentNeeded("The key of a layer is unique in its environment alone.")
    if found is None:
        raise LayerNotFound(f"There is no layer {key_or_id} here. List the layers to see their keys.")
    return found


def list_holdouts(project: Project) -> QuerySet[Holdout]:
    return Holdout.objects.select_related("project").filter(project=project)


def find_holdout(project: Project, key_or_id: str) -> Holdout:
    """Raises HoldoutNotFound."""
    holdouts = list_holdouts(project)
    found = holdouts.filter(key=key_or_id).first() or holdouts.filter(id__in=ids_in(key_or_id)).first()
    if found is None:
        raise HoldoutNotFound(f"There is no holdout {key_or_id} in project {project.key}.")
    return found


def holders_in(layers: Collection[Layer]) -> Mapping[UUID, list[Experiment]]:
    """The experiments that hold buckets of each of these layers, by the layer's id: all but archived ones."""
    living = Experiment.objects.filter(layer__in=layers).exclude(status=Experiment.Status.ARCHIVED).order_by("key")
    found: dict[UUID, list[Experiment]] = {layer.pk: [] for layer in layers}
    for experiment in living:
        if experiment.layer_ranges:
            found[experiment.layer_id].append(experiment)
    return found


def holders_of(layer: Layer) -> list[Experiment]:
    """The experiments that hold buckets of the layer."""
    return holders_in([layer])[layer.pk]


def free_in(layer: Layer) -> int:
    """How many of the layer's buckets nobody holds."""
    return BUCKETS - sum(size_of(experiment.layer_ranges) for experiment in holders_of(layer))
