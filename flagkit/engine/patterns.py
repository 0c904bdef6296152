"""Whether a text matches a regular expression in the syntax of RE2.

Its time grows with the text, whatever the pattern. RE2 comes with the optional extra `flagkit[regex]`. Without it, and
for patterns that RE2 does not know (look-around, back-references), the document is refused.
"""

from collections.abc import Callable
from typing import Any

from flagkit.engine.documents import BrokenDocument, shown

_LONGEST = 1000


def searcher(pattern: object, *, ignore_case: bool) -> Callable[[str], Any]:
    """What finds the pattern anywhere in a text. Raises BrokenDocument where it cannot be used."""
    if not isinstance(pattern, str) or len(pattern) > _LONGEST:
        raise BrokenDocument(f"{shown(pattern)} is not a pattern of at most {_LONGEST} characters")
    try:
        import re2
    except ImportError as error:
        raise BrokenDocument("regular expressions need google-re2: install flagkit[regex]") from error
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    try:
        return re2.compile(pattern, options).search  # type: ignore[no-any-return]
    except re2.error as error:
        raise BrokenDocument(f"the pattern {shown(pattern)} is not supported: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "unknown"
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
