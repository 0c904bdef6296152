"""What to look at in a flag that was saved: allowed, but hardly meant."""

from typing import Any

from django.utils import timezone

from flagkit.engine.analysing import analyse
from flags.documents import audience_documents, document_of, documents
from flags.models import Flag, FlagConfig
from flags.references import audiences_in, flags_in


def warnings_of(flag: Flag, config: FlagConfig) -> list[dict[str, Any]]:
    """`{"code", "sentence", "rule"}` for each thing that cannot be meant in what the flag does in one environment."""
    found = analyse(
        document_of(flag, config),
        audiences=audience_documents(config.environment, audiences_in(config.rules)),
        flags=documents(config.environment, flags_in(config.prerequisites)),
        now=timezone.now(),
    )
    return [{"code": each.code, "sentence": each.sentence, "rule": each.rule} for each in found]
