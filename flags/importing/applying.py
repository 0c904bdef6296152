"""Importing from Unleash: the plan becomes rows in one change, through the services that every edit goes through."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts import policy
from accounts.changes import Change, attempt, change
from accounts.editing import hold
from accounts.errors import Conflict, Invalid
from accounts.models import Environment, Project, User
from flags import audiences, services
from flags.documents import audience_documents, documents
from flags.importing.agreement import Agreement, agreement_of
from flags.importing.planning import Plan, WantedAudience, WantedFlag, plan_of
from flags.importing.standing import fitted, settles
from flags.importing.unleash_documents import read
from flags.models import Audience, Flag
from flags.queries import EnvironmentNeeded

_NOTHING: dict[str, Any] = {"serve": {}, "off_variant": "", "prerequisites": [], "targets": [], "rules": []}


@dataclass(slots=True)
class Report:
    """What an import did, or would do: names of flags (`checkout`) and audiences (`audience segment-1`)."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    not_representable: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    agreement: Agreement = field(default_factory=Agreement)


class _Rehearsed(Exception):
    """A dry run is over: what it wrote is taken back."""


def import_unleash(
    project: Project, document: object, *, by: User, environments: Sequence[Environment], dry_run: bool = False
) -> Report:
    """Make flags and audiences of a parsed document of Unleash, the same in each of these environments.

    One revision per environment; nothing at all on a dry run. A feature that is refused is reported, and the others
    are imported. Raises BadExport, Forbidden, EnvironmentNeeded; then nothing is written.
    """
    export = read(document)
    if not environments:
        raise EnvironmentNeeded("An import goes into environments.")
    report, evaluated = Report(), list[list[dict[str, Any]]]()
    plan = plan_of(export)
    with change(by=by) as opened:
        for environment in environments:
            policy.require_change(by, environment)
        hold(project)
        try:
            with attempt():
                _Import(project, environments, by, opened, report).run(plan)
                evaluated = [_evaluated(environment, plan) for environment in environments]
                if dry_run:
                    raise _Rehearsed
        except _Rehearsed:
            pass
    report.agreement = agreement_of(export, plan.translation.variants, evaluated, now=timezone.now())
    return report


class _Import:
    """One import on its way into the rows."""

    def __init__(
        self, project: Project, environments: Sequence[Environment], by: User, opened: Change, report: Report
    ) -> None:
        self.project = project
        self.environments = environments
        self.by = by
        self.opened = opened
        self.report = report

    def run(self, plan: Plan) -> None:
        for feature, why in plan.impossible.items():
            self._refused(feature, why)
        self.report.notes += [{"feature": note.name, "note": f"{note.sentence}."} for note in plan.notes]
        for audience in plan.audiences:
            with self._counted(f"audience {audience.key}", is_new=not self._standing_audiences(audience)):
                self._audience(audience)
        for flag in plan.flags:
            standing = Flag.objects.select_related("project").filter(project=self.project, key=flag.key).first()
            with self._counted(flag.key, is_new=standing is None):
                if standing is None:
                    self._create(flag)
                else:
                    self._update(standing, flag)

    def _audience(self, wanted: WantedAudience) -> None:
        standing = self._standing_audiences(wanted)
        for environment in self.environments:
            if environment.pk in standing:
                audiences.update_audience(standing[environment.pk], by=self.by, **wanted.fields)
            else:
                audiences.create_audience(environment, by=self.by, key=wanted.key, **wanted.fields)

    def _create(self, wanted: WantedFlag) -> None:
        first, *others = self.environments
        variants = None if wanted.flag_type == Flag.Type.BOOLEAN else wanted.variants
        definition = {"flag_type": wanted.flag_type, "variants": variants, **wanted.texts}
        flag = services.create_flag(
            self.project, by=self.by, key=wanted.key, environment=first, config=wanted.config, **definition
        )
        self._configure(flag, wanted.config, others)

    def _update(self, flag: Flag, wanted: WantedFlag) -> None:
        """Variants that go are taken away last, when no config names them any more."""
        wanted = fitted(wanted, flag, self.environments)
        if wanted.flag_type != flag.flag_type:
            self._configure(flag, _NOTHING, self.environments)
            services.update_flag(flag, by=self.by, flag_type=wanted.flag_type, variants=wanted.variants)
        elif wanted.flag_type != Flag.Type.BOOLEAN:
            services.update_flag(flag, by=self.by, variants=settles(flag.variants, wanted.variants))
        self._configure(flag, wanted.config, self.environments)
        if wanted.flag_type != Flag.Type.BOOLEAN:
            services.update_flag(flag, by=self.by, variants=wanted.variants)

    def _configure(self, flag: Flag, config: Mapping[str, Any], environments: Iterable[Environment]) -> None:
        for environment in environments:
            services.update_config(flag, environment, by=self.by, **config)

    def _standing_audiences(self, wanted: WantedAudience) -> dict[Any, Audience]:
        rows = Audience.objects.select_related("environment__project").filter(key=wanted.key)
        return {row.environment_id: row for row in rows.filter(environment__in=self.environments)}

    @contextmanager
    def _counted(self, name: str, *, is_new: bool) -> Iterator[None]:
        """Note what came of this one; where a service refuses it, nothing did."""
        begun = len(self.opened.writes)
        try:
            with attempt():
                yield
        except (Invalid, Conflict) as refusal:
            told = [sentence for sentences in refusal.fields.values() for sentence in sentences]
            self._refused(name, " ".join(told or [refusal.message]))
            return
        wrote = len(self.opened.writes) > begun
        report = self.report
        (report.created if is_new and wrote else report.changed if wrote else report.unchanged).append(name)

    def _refused(self, name: str, why: str) -> None:
        self.report.not_representable.append({"feature": name, "why": why})


def _evaluated(environment: Environment, plan: Plan) -> list[dict[str, Any]]:
    """What the environment will evaluate of the plan, as the rows stand."""
    flags = documents(environment, [flag.key for flag in plan.flags])
    asked = audience_documents(environment, [audience.key for audience in plan.audiences])
    return [*flags.values(), *asked.values()]
