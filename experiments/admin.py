"""Experiments and what belongs to them in the Django admin: the same services, policy and refusals."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import policy
from accounts.changes import change
from accounts.models import Environment, Project, User
from accounts.policy import Action
from accounts.policy_admin import PolicyAdmin, ReadOnlyAdmin, person
from experiments import holdouts, layers, services, variants
from experiments.life_cycle import move
from experiments.models import (
    Allocation,
    AnalysisJob,
    AnalysisPlan,
    Event,
    EventPart,
    Experiment,
    ExperimentMetric,
    Holdout,
    Layer,
    Metric,
    Report,
    Variant,
)

_LEFT_EMPTY: dict[str, Any] = {"tags": [], "targeting_rules": [], "layer_ranges": [], "payload": {}}
_WRITTEN = ("version", "created_at", "updated_at")  # by the system
_STATE = ("status", "winner", "started_at", "archived_at")


class _InEnvironment(PolicyAdmin):
    """Base of the admins of what belongs to one environment."""

    def project_of(self, row: Any) -> Project:
        project: Project = row.environment.project
        return project

    def action_on(self, row: Any) -> Action:
        return policy.changing(row.environment)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Experiment)
class ExperimentAdmin(_InEnvironment):
    """What experiments are, and their way from draft to archive."""

    list_display = ["key", "environment", "name", "status", "flag", "layer", "owner", "updated_at"]
    list_filter = ["status", "environment"]
    list_select_related = ["environment__project", "flag", "layer", "owner"]
    search_fields = ["key", "name", "description", "hypothesis"]
    fields = [
        *("environment", "key", "name", "description", "hypothesis", "owner", "tags", "salt", "algorithm", "audience"),
        *("targeting_rules", "flag", "layer", "layer_ranges", *_STATE, *_WRITTEN),
    ]
    actions = ["start", "pause", "archive"]

    def get_readonly_fields(self, request: HttpRequest, obj: Experiment | None = None) -> Any:
        return [*_STATE, *_WRITTEN, *(["environment", "key"] if obj else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, *, by: User, **values: Any) -> Experiment:
        return services.create_experiment(values.pop("environment"), by=by, **_given(values))

    def update(self, row: Experiment, *, by: User, **values: Any) -> Experiment:
        return services.update_experiment(row, by=by, **_given(values))

    def remove(self, row: Experiment, *, by: User) -> None:
        services.delete_experiment(row, by=by)

    @admin.action(description="Start or resume the selected experiments", permissions=["change"])
    def start(self, request: HttpRequest, queryset: QuerySet[Experiment]) -> None:
        _move(queryset, Experiment.Status.RUNNING, by=person(request))

    @admin.action(description="Pause the selected experiments", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Experiment]) -> None:
        _move(queryset, Experiment.Status.PAUSED, by=person(request))

    @admin.action(description="Archive the selected experiments", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Experiment]) -> None:
        _move(queryset, Experiment.Status.ARCHIVED, by=person(request))


@admin.register(Variant)
class VariantAdmin(PolicyAdmin):
    """What experiments compare."""

    list_display = ["key", "experiment", "name", "payload", "updated_at"]
    list_filter = ["experiment__environment"]
    list_select_related = ["experiment__environment__project"]
    search_fields = ["key", "name", "experiment__key"]
    fields = ["experiment", "key", "name", "payload", *_WRITTEN]

    def project_of(self, row: Variant) -> Project:
        return row.experiment.environment.project

    def action_on(self, row: Variant) -> Action:
        return policy.changing(row.experiment.environment)

    def has_delete_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Variant | None = None) -> Any:
        return [*_WRITTEN, *(["experiment"] if obj else [])]

    def create(self, *, by: User, **values: Any) -> Variant:
        return variants.add_variant(values.pop("experiment"), by=by, **_given(values))

    def update(self, row: Variant, *, by: User, **values: Any) -> Variant:
        return variants.update_variant(row, by=by, **_given(values))

    def remove(self, row: Variant, *, by: User) -> None:
        variants.delete_variant(row, by=by)


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    """Which buckets have which variant. They are replaced as a whole: by the API, or on the experiment's page."""

    list_display = ["experiment", "variant", "range_start", "range_end"]
    list_filter = ["experiment__environment"]
    list_select_related = ["experiment", "variant"]
    search_fields = ["experiment__key"]

    def project_of(self, row: Allocation) -> Project:
        return row.experiment.environment.project


@admin.register(Layer)
class LayerAdmin(_InEnvironment):
    """What keeps experiments of one environment apart."""

    list_display = ["key", "environment", "name", "updated_at"]
    list_filter = ["environment"]
    list_select_related = ["environment__project"]
    search_fields = ["key", "name", "description"]
    fields = ["environment", "key", "name", "description", *_WRITTEN]

    def get_readonly_fields(self, request: HttpRequest, obj: Layer | None = None) -> Any:
        return [*_WRITTEN, *(["environment", "key"] if obj else [])]

    def create(self, *, by: User, **values: Any) -> Layer:
        return layers.create_layer(values.pop("environment"), by=by, **values)

    def update(self, row: Layer, *, by: User, **values: Any) -> Layer:
        return layers.update_layer(row, by=by, **values)

    def remove(self, row: Layer, *, by: User) -> None:
        layers.delete_layer(row, by=by)


@admin.register(Holdout)
class HoldoutAdmin(PolicyAdmin):
    """Who is in no experiment of a project."""

    list_display = ["key", "project", "name", "percentage", "updated_at"]
    list_filter = ["project"]
    list_select_related = ["project"]
    search_fields = ["key", "name", "description"]
    fields = ["project", "key", "name", "description", "percentage", *_WRITTEN]

    def project_of(self, row: Holdout) -> Project:
        return row.project

    def get_readonly_fields(self, request: HttpRequest, obj: Holdout | None = None) -> Any:
        return [*_WRITTEN, *(["project", "key"] if obj else [])]

    def create(self, *, by: User, **values: Any) -> Holdout:
        return holdouts.create_holdout(values.pop("project"), by=by, **values)

    def update(self, row: Holdout, *, by: User, **values: Any) -> Holdout:
        return holdouts.update_holdout(row, by=by, **values)

    def remove(self, row: Holdout, *, by: User) -> None:
        holdouts.delete_holdout(row, by=by)


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdmin):
    """What experiments are measured by. Which fields matter depends on the kind: the pages and the API know."""

    list_display = ["key", "project", "name", "kind", "event", "direction", "archived_at", "updated_at"]
    list_filter = ["project", "kind"]
    list_select_related = ["project"]
    search_fields = ["key", "name", "description", "event"]

    def project_of(self, row: Metric) -> Project:
        return row.project


class _OfExperiment(ReadOnlyAdmin):
    """Base of the admins of what hangs on one experiment and is written elsewhere."""

    list_filter = ["experiment__environment"]
    list_select_related = ["experiment__environment__project"]
    search_fields = ["experiment__key"]

    def project_of(self, row: Any) -> Project:
        project: Project = row.experiment.environment.project
        return project


@admin.register(ExperimentMetric)
class ExperimentMetricAdmin(_OfExperiment):
    """Which metrics experiments have, and what for."""

    list_display = ["experiment", "metric", "role", "position"]
    list_select_related = ["experiment__environment__project", "metric"]


@admin.register(AnalysisPlan)
class AnalysisPlanAdmin(_OfExperiment):
    """How experiments are judged."""

    list_display = ["experiment", "method", "confidence", "correction", "updated_at"]


@admin.register(Report)
class ReportAdmin(_OfExperiment):
    """What came out."""

    list_display = ["experiment", "made_at", "received_until", "revision_from", "revision_to"]


@admin.register(AnalysisJob)
class AnalysisJobAdmin(_OfExperiment):
    """Reports that are being made, or were."""

    list_display = ["experiment", "status", "asked_by", "asked_at", "step", "progress"]
    list_filter = ["status", "experiment__environment"]


class _InStore(ReadOnlyAdmin):
    """Base of the admins of what is stored by the id of its environment, and outlives it."""

    def project_of(self, row: Any) -> Project | None:
        found = Environment.objects.filter(pk=row.environment_id).select_related("project").first()
        return found.project if found else None


@admin.register(Event)
class EventAdmin(_InStore):
    """What happened, as it came in."""

    list_display = ["event_id", "day", "kind", "name", "variant", "user_key", "value", "at"]
    list_filter = ["kind", "day"]
    search_fields = ["=event_id", "=user_key"]


@admin.register(EventPart)
class EventPartAdmin(_InStore):
    """The bundles of events in the store that is analysed."""

    list_display = ["id", "environment_id", "table", "day", "rows", "created_at", "retired_at"]
    list_filter = ["table", "day"]


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """As services take it: other rows by their id, and an empty input for JSON as what it stands for."""
    named = {name: str(value.pk) if isinstance(value, Model) else value for name, value in values.items()}
    return {name: _LEFT_EMPTY.get(name) if value is None else value for name, value in named.items()}


def _move(experiments: QuerySet[Experiment], status: str, *, by: User) -> None:
    """All of them or none."""
    with change(by=by):
        for experiment in experiments:
            move(experiment, status, by=by)
