"""From a ruleset to the plan that answers all of its flags at once."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Protocol

from flagkit.engine.algorithms import algorithm
from flagkit.engine.bucketing import seed_of, threshold
from flagkit.engine.bulk import Group, Hashed, Passage, Place, Plan, pairs_hold
from flagkit.engine.conditions import Holds
from flagkit.engine.flat import BY_MODEL, FlatFlag, pairs_in, unlinked
from flagkit.engine.model import Flag
from flagkit.engine.outcome import Outcome
from flagkit.engine.serving import Dial, Fixed, Gate, Serve, Split

Render = Callable[[Outcome], Any]


class Flags(Protocol):
    """The short form and the model of each flag."""

    def flat(self, key: str) -> FlatFlag: ...
    def model(self, key: str) -> Flag | None: ...


def plan(flags: Flags, keys: Sequence[str], render: Render, *, as_list: bool = False) -> Plan:
    """The plan whose answers are `{key: render(outcome)}`, or a list of the values in the order of the keys."""
    return _Planner(flags, keys, render, as_list).planned()


class _Planner:
    def __init__(self, flags: Flags, keys: Sequence[str], render: Render, as_list: bool) -> None:
        self.flags = flags
        self.render = render
        self.keys = keys
        self.as_list = as_list
        self.plan = Plan([None] * len(self.keys) if as_list else dict.fromkeys(self.keys))
        self.plan.values = render
        self.questions: dict[Any, tuple[Holds, dict[tuple[Passage, ...], Group]]] = {}

    def planned(self) -> Plan:
        for at, key in enumerate(self.keys):
            self._add(at if self.as_list else key, key)
        self.plan.questions = [(holds, list(groups.values())) for holds, groups in self.questions.values()]
        return self.plan

    def _add(self, place: Place, key: str) -> None:
        flat = self.flags.flat(key)
        if flat is BY_MODEL:
            self._add_model(place, key)
            return
        always, name, texts, more, otherwise, seed, edge, inside, arms, outside, _ = flat
        if always is not None:
            self._copy(place, always)
        elif name is None:
            self._copy(place, outside)
            self._hash(self.plan.hashed, place, seed, [(edge, inside), *unlinked(arms)], outside)
        else:
            self._copy(place, otherwise)
            pairs = ((name, texts), *pairs_in(more))
            group = self._group(pairs, lambda: pairs_hold(pairs))
            if seed is None:
                group.puts.append((place, self.render(inside), inside, otherwise))
            else:
                last = (1 << 64, outside)
                self._hash(group.hashed, place, seed, [(edge, inside), *unlinked(arms), last], otherwise)

    def _add_model(self, place: Place, key: str) -> None:
        flag = self.flags.model(key)
        assert flag is not None
        if not _is_one_question(flag):
            self.plan.models.append((place, flag))
            return
        rule, default = flag.rules[0], flag.serve
        assert isinstance(default, Fixed)
        self._copy(place, default.outcome)
        passages = tuple(self._passage(gate) for gate in rule.gates)
        group = self._group(repr(rule.condition.document), lambda: rule.condition.holds, passages)
        serve = rule.serve_or_else(default.outcome)
        if isinstance(serve, Fixed):
            group.puts.append((place, self.render(serve.outcome), serve.outcome, default.outcome))
        elif isinstance(serve, Split) and serve.dial.is_plain():
            edges = [(_edge(serve.dial, high), outcome) for _, high, outcome in serve.arms]
            self._hash(group.hashed, place, seed_of(serve.dial.salt), edges, default.outcome)
        elif isinstance(serve, Split):
            _, name, salt, full, _ = serve.dial
            highs = [*(high for _, high, _ in serve.arms[:-1]), inf]
            others = [(high, self.render(arm[2]), arm[2]) for high, arm in zip(highs, serve.arms, strict=True)]
            group.hashed.others.append((place, algorithm(name).bucket, salt, int(full), others, default.outcome))

    def _passage(self, gate: Gate) -> Passage:
        seed, seeds = seed_of(gate.dial.salt), self.plan.gate_seeds
        if seed not in seeds:
            seeds.append(seed)
        ranges = tuple((_edge(gate.dial, low), _edge(gate.dial, high)) for low, high in gate.ranges)
        return seeds.index(seed), ranges

    def _copy(self, place: Place, outcome: Outcome) -> None:
        self.plan.template[place] = self.render(outcome)
        self.plan.copied.append(outcome)

    def _hash(
        self, hashed: Hashed, place: Place, seed: int | None, arms: list[tuple[int, Outcome]], copied: Outcome
    ) -> None:
        assert seed is not None
        values = [(edge, self.render(outcome), outcome) for edge, outcome in arms]
        if len(values) == 1:
            edge, value, outcome = values[0]
            hashed.halves.append((seed, edge, (place, value, outcome, copied)))
        else:
            hashed.arms.append((place, seed, values, copied))

    def _group(self, asked: Any, holds: Callable[[], Holds], passages: tuple[Passage, ...] = ()) -> Group:
        if asked not in self.questions:
            self.questions[asked] = holds(), {}
        return self.questions[asked][1].setdefault(passages, Group(passages))


def _is_one_question(flag: Flag) -> bool:
    """Whether the flag is one rule without times or slow gates, over a default that is the same for everyone."""
    if flag.off is not None or flag.prerequisites or flag.targets or len(flag.rules) != 1:
        return False
    rule = flag.rules[0]
    if not rule.is_timeless() or not isinstance(flag.serve, Fixed) or (rule.gates and rule.on_gate_miss is not None):
        return False
    gates_are_plain = all(gate.dial.is_plain() and not gate.closed for gate in rule.gates)
    return gates_are_plain and _is_simple(rule.serve_or_else(flag.serve.outcome))


def _is_simple(serve: Serve | None) -> bool:
    return isinstance(serve, Fixed) or (isinstance(serve, Split) and serve.dial.is_by_key() and not serve.closed)


def _edge(dial: Dial, edge: int | float) -> int:
    return threshold(int(edge), int(dial.full))
