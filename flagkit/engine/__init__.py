"""The pure engine: documents in, answers out. No Django, no files, no clock, no random."""

from flagkit.engine.audiences import Audience, compile_audience
from flagkit.engine.compiled import broken_flag, compile_flag
from flagkit.engine.compiling import Problem, compile_ruleset
from flagkit.engine.context import Context
from flagkit.engine.documents import BrokenDocument
from flagkit.engine.loading import dump, load
from flagkit.engine.outcome import ErrorCode, Outcome, Reason
from flagkit.engine.ruleset import Ruleset

__all__ = [
    "Audience",
    "BrokenDocument",
    "Context",
    "ErrorCode",
    "Outcome",
    "Problem",
    "Reason",
    "Ruleset",
    "broken_flag",
    "compile_audience",
    "compile_flag",
    "compile_ruleset",
    "dump",
    "load",
]
