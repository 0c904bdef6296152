"""What to look at in a flag that was saved: allowed, but hardly meant."""

from typing import Any

from django.utils import timezone

from accounts.models import Environment
from flagkit.engine.analysing import analyse
from flags.documents import audience_documents, document_of, documents
from flags.models import Flag, FlagConfig, SeenAttribute
from flags.references import audiences_in, flags_in


def warnings_of(flag: Flag, config: FlagConfig) -> list[dict[str, Any]]:
    """`{"code", "sentence", "rule"}` for each thing that cannot be meant in what the flag does in one environment."""
    found = analyse(
        document_of(flag, config),
        audiences=audience_documents(config.environment, audiences_in(config.rules)),
        flags=documents(config.environment, flags_in(config.prerequisites)),
        seen_attributes=_seen_attributes(config.environment),
        now=timezone.now(),
    )
    return [{"code": each.code, "sentence": each.sentence, "rule": each.rule} for each in found]


def _seen_attributes(environment: Environment) -> set[str] | None:
    """What contexts have had here so far; None as long as nobody asked with any."""
    return set(SeenAttribute.objects.filter(environment=environment).values_list("name", flat=True)) or None
