"""The pure engine: documents in, answers out. No Django, no files, no clock, no random."""

from flagkit.engine.compiling import Problem, compile_flag, compile_ruleset
from flagkit.engine.context import Context
from flagkit.engine.outcome import ErrorCode, Outcome, Reason
from flagkit.engine.ruleset import Ruleset

__all__ = ["Context", "ErrorCode", "Outcome", "Problem", "Reason", "Ruleset", "compile_flag", "compile_ruleset"]
