"""What every row that people edit has: an id, instants, a version, and writes that are recorded."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.db import connection, models
from django.db.models.signals import post_save, pre_delete, pre_save

from accounts.changes import Place, change, record


class RecordedQuerySet(models.QuerySet[Any]):
    """Writes in bulk row by row, so that none of them passes history by."""

    def update(self, **values: Any) -> int:
        with change():
            rows = list(self)
            for row in rows:
                for name, value in values.items():
                    setattr(row, name, value)
                row.save()
        return len(rows)

    def delete(self) -> tuple[int, dict[str, int]]:
        with change():
            return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        with change():
            rows = list(objs)
            for row in rows:
                row.save(force_insert=True)
        return rows

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        with change():
            rows = list(objs)
            for row in rows:
                row.save(update_fields=list(fields))
        return len(rows)


class Row(models.Model):
    """Base of every table that people edit. `version` counts its saves: an editor names the one that was read."""

    unrecorded: ClassVar[frozenset[str]] = frozenset({"id", "created_at", "updated_at", "version"})
    masked: ClassVar[frozenset[str]] = frozenset()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        abstract = True

    def place(self) -> Place:
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "version", "updated_at"}
        with change():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with change():
            return super().delete(*args, **kwargs)

    def reload(self) -> Self:
        """The row as the database has it now, locked until the transaction ends."""
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
        return self


def _values(row: models.Model) -> dict[str, Any]:
    """Column values as the column's own Python type, so that 30 and Decimal("30.000") compare equal."""
    return {f.attname: f.to_python(getattr(row, f.attname)) for f in row._meta.concrete_fields}


def _stored(row: Row) -> dict[str, Any] | None:
    rows = type(row)._base_manager.filter(pk=row.pk).order_by("pk")  # its own order would lock what it hangs on
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    found: dict[str, Any] | None = rows.values(*(f.attname for f in row._meta.concrete_fields)).first()
    return found


def _before_save(sender: type, instance: models.Model, raw: bool = False, **_: Any) -> None:
    if isinstance(instance, Row) and not raw:
        before = _stored(instance)
        instance.version = before["version"] + 1 if before else 1
        instance._before = before  # type: ignore[attr-defined]


def _after_save(sender: type, instance: models.Model, raw: bool = False, **_: Any) -> None:
    if isinstance(instance, Row) and not raw:
        before = instance.__dict__.pop("_before", None)
        record(instance, instance.place(), before=before, after=_values(instance))


def _before_delete(sender: type, instance: models.Model, **_: Any) -> None:
    if isinstance(instance, Row):
        record(instance, instance.place(), before=_values(instance), after=None)


pre_save.connect(_before_save, dispatch_uid="row-before-save")
post_save.connect(_after_save, dispatch_uid="row-after-save")
pre_delete.connect(_before_delete, dispatch_uid="row-before-delete")
