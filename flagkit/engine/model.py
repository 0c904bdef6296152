"""A flag as it decides: which of its parts applies to a subject, in the order in which they are asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from flagkit.engine.attributes import Reader
from flagkit.engine.conditions import Condition, World
from flagkit.engine.context import Context
from flagkit.engine.outcome import Outcome, Reason
from flagkit.engine.serving import Fixed, Gate, Serve, Share

DEEPEST = 50  # levels of prerequisites


class Flags(World, Protocol):
    """What a flag may ask beyond the context: audiences, and the flags that are its prerequisites."""

    def prerequisite(self, key: str, context: Context, path: tuple[str, ...]) -> Outcome | None: ...


class CircularPrerequisites(Exception):
    """The prerequisites of this flag lead back to itself."""

    def __init__(self, flag: str) -> None:
        super().__init__(flag)
        self.flag = flag


class Prerequisite(NamedTuple):
    """Another flag that has to serve one of these variants while it is on, or to be enabled or not."""

    flag: str
    variants: frozenset[str] | None
    enabled: bool | None
    unmet: Fixed

    def met_by(self, outcome: Outcome | None) -> bool:
        if outcome is None or outcome.error is not None:
            return False
        if self.enabled is not None and outcome.enabled != self.enabled:
            return False
        return self.variants is None or (outcome.variant in self.variants and outcome.reason is not Reason.DISABLED)


class Target(NamedTuple):
    """Single subjects with an answer of their own: `serves` by the value of an attribute."""

    read: Reader
    by: str
    serves: Mapping[Any, Fixed]

    def serve_for(self, context: Context) -> Fixed | None:
        value = self.read(context)
        return self.serves.get(value) if isinstance(value, str) else None


class Rule(NamedTuple):
    """Matches when its time has come, its condition holds, and its gates let the subject through.

    `on_gate_miss` answers for subjects that a gate held back; None lets the next rule have them. `share` is the split
    with the gate that counts its buckets, where there is one: the last gate, which is not among `gates` then.
    """

    id: str
    document: Mapping[str, Any]
    condition: Condition
    gates: tuple[Gate, ...]
    active_from: datetime | None
    active_until: datetime | None
    on_gate_miss: Serve | None
    serve: Serve
    share: Share | None

    def serve_for(self, context: Context, world: World) -> Serve | None:
        if not (self.is_timeless() or self.is_active(context.now)) or not self.condition.holds(context, world):
            return None
        for gate in self.gates:
            if not gate.lets(context):
                return self.on_gate_miss
        return self.serve if self.share is None else self.share.serve_for(context) or self.on_gate_miss

    def is_timeless(self) -> bool:
        return self.active_from is None and self.active_until is None

    def serve_or_else(self, outcome: Outcome) -> Serve | None:
        """What whom `gates` let through is served, with this outcome for those whom the gate of `share` holds back.

        None where one serve cannot say that.
        """
        if self.share is None:
            return self.serve
        if self.on_gate_miss is not None or self.share.is_closed():
            return None
        return self.share.or_else(outcome)

    def every_gate(self) -> tuple[Gate, ...]:
        return self.gates if self.share is None else (*self.gates, self.share.gate)

    def is_active(self, now: datetime | None) -> bool:
        if self.is_timeless():
            return True
        if now is None:
            return False
        after = self.active_from is None or now >= self.active_from
        return after and (self.active_until is None or now < self.active_until)


class Flag(NamedTuple):
    """A flag that was prepared at load."""

    key: str
    document: Mapping[str, Any]
    off: Fixed | None
    circular: Fixed
    prerequisites: tuple[Prerequisite, ...]
    targets: tuple[Target, ...]
    rules: tuple[Rule, ...]
    serve: Serve
    outcomes: tuple[Outcome, ...]

    def serve_for(self, context: Context, flags: Flags, path: tuple[str, ...] = ()) -> Serve:
        """The part that answers: off, a prerequisite that is not met, a target, the first rule, the default."""
        if self.off is not None:
            return self.off
        if self.prerequisites:
            unmet = self._unmet(context, flags, path)
            if unmet is not None:
                return unmet
        for target in self.targets:
            own = target.serve_for(context)
            if own is not None:
                return own
        for rule in self.rules:
            found = rule.serve_for(context, flags)
            if found is not None:
                return found
        return self.serve

    def _unmet(self, context: Context, flags: Flags, path: tuple[str, ...]) -> Fixed | None:
        if self.key in path or len(path) >= DEEPEST:
            raise CircularPrerequisites(self.key)
        try:
            for prerequisite in self.prerequisites:
                parent = flags.prerequisite(prerequisite.flag, context, (*path, self.key))
                if not prerequisite.met_by(parent):
                    return prerequisite.unmet
        except CircularPrerequisites as error:
            if error.flag != self.key:
                raise
            return self.circular
        return None
