"""Everything that one environment evaluates at one revision, compiled; answering reads it and changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flagkit.engine.bucketing import bucket_of, hash_of
from flagkit.engine.context import Context
from flagkit.engine.outcome import ErrorCode, Outcome, Reason


@dataclass(frozen=True, slots=True)
class CompiledFlag:
    """A flag that was prepared at load.

    `always` answers whatever the context says (off, broken, or one variant for all). Otherwise the subject's hash under
    `seed` picks the first arm whose threshold lies above it, and `keyless` answers when there is nothing to hash.
    """

    always: Outcome | None
    seed: int = 0
    arms: tuple[tuple[int, Outcome], ...] = ()
    keyless: Outcome | None = None


class Ruleset:
    """Compiled flags by key. A changed ruleset shares every unchanged flag with the one it came from."""

    __slots__ = ("_flags",)

    def __init__(self, flags: Mapping[str, CompiledFlag]) -> None:
        self._flags = dict(flags)

    def __len__(self) -> int:
        return len(self._flags)

    def __contains__(self, key: object) -> bool:
        return key in self._flags

    def outcomes(self, key: str) -> tuple[Outcome, ...]:
        """Every outcome that the flag can have."""
        flag = self._flags[key]
        found = [flag.always, flag.keyless, *(outcome for _, outcome in flag.arms)]
        return tuple({id(outcome): outcome for outcome in found if outcome}.values())

    def changed(self, flags: Mapping[str, CompiledFlag], removed: Iterable[str] = ()) -> "Ruleset":
        """A new ruleset with these flags replaced or added and those removed."""
        merged = {**self._flags, **flags}
        for key in removed:
            merged.pop(key, None)
        return Ruleset(merged)

    def evaluate(self, key: str, context: Context) -> Outcome:
        """The flag's answer for this context. Never raises, whatever the context holds."""
        flag = self._flags.get(key)
        if flag is None:
            return unknown(key)
        if flag.always is not None:
            return flag.always
        if context.key_bytes is None:
            assert flag.keyless is not None
            return flag.keyless
        hashed = hash_of(context.key_bytes, flag.seed)
        for threshold, outcome in flag.arms:
            if hashed < threshold:
                return outcome
        raise AssertionError("the last arm reaches to the end of the hash space")

    def bucket(self, key: str, context: Context) -> int | None:
        """The subject's bucket (0 … 99,999), or None where the flag's answer does not depend on it."""
        flag = self._flags.get(key)
        if flag is None or flag.always is not None or context.key_bytes is None:
            return None
        return bucket_of(hash_of(context.key_bytes, flag.seed))


def unknown(key: str) -> Outcome:
    """The answer for a key that names no flag here."""
    return Outcome(key, None, None, False, Reason.ERROR, f"flag {key} does not exist here", ErrorCode.FLAG_NOT_FOUND)
