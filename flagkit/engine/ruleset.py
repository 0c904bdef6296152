"""Everything that one environment evaluates at one revision; answering reads it and changes nothing but counts."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from xxhash import xxh64_intdigest

from flagkit.engine.audiences import Audience, Nested
from flagkit.engine.bucketing import bucket_of
from flagkit.engine.bulk import Plan
from flagkit.engine.compiled import CompiledFlag, Given, Source, broken_flag, compile_flag, parsed
from flagkit.engine.context import Context
from flagkit.engine.documents import BrokenDocument
from flagkit.engine.flags import build_flag
from flagkit.engine.flat import FlatFlag, Pool, arm_of, outcomes_of
from flagkit.engine.fragments import fragment
from flagkit.engine.model import Flag
from flagkit.engine.outcome import Outcome, failed, unknown
from flagkit.engine.planning import Render, plan
from flagkit.engine.serving import Fixed, Serve, Split

Changes = Mapping[str, Audience | None]
Keys = frozenset[str]
__all__ = ["CompiledFlag", "Ruleset", "unknown"]


class Ruleset:
    """Compiled flags by key, and audiences. A changed ruleset shares every unchanged flag with the one it came from.

    Flags that are given as documents or JSON are compiled when they are first asked for.
    """

    __slots__ = ("_flags", "_models", "_plans", "_pool", "_sources", "audiences")

    def __init__(
        self, flags: Mapping[str, Given] | None = None, audiences: Mapping[str, Audience] | None = None
    ) -> None:
        self._flags: dict[str, FlatFlag] = {}
        self._sources: dict[str, Source] = {}
        self._models: dict[str, Flag] = {}
        self._pool: Pool = {}
        self._plans: dict[tuple[Render, Keys | None], Plan] = {}
        self.audiences = dict(audiences or {})
        self._take(flags or {})

    def __len__(self) -> int:
        return len(self._sources)

    def __contains__(self, key: object) -> bool:
        return key in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def evaluate(self, key: str, context: Context) -> Outcome:
        """The flag's answer for this context. Never raises, whatever the context holds."""
        try:
            always, name, texts, more, otherwise, seed, edge, inside, arms, outside, _ = self._flags[key]
            if always is not None:
                always.count += 1
                return always
            if name is not None:
                try:
                    attributes = context.attributes
                    if attributes[name] not in texts:
                        otherwise.count += 1
                        return otherwise
                    while more is not None:
                        name, texts, more = more
                        if attributes[name] not in texts:
                            otherwise.count += 1
                            return otherwise
                except KeyError:  # an attribute that is missing
                    otherwise.count += 1
                    return otherwise
            if seed is None:
                outcome = inside if name is not None else self._models[key].serve_for(context, self).pick(context)
                outcome.count += 1
                return outcome
            hashed = xxh64_intdigest(context.key_bytes, seed)  # type: ignore[arg-type]
            if hashed < edge:
                inside.count += 1
                return inside
            while arms is not None:
                edge, outcome, arms = arms
                if hashed < edge:
                    outcome.count += 1
                    return outcome
            outside.count += 1
            return outside
        except Exception as error:
            return self._the_long_way(key, context, error)

    def answer(self, key: str, context: Context) -> tuple[Outcome, int | float | None]:
        """The flag's answer, and the bucket that `bucket` tells: one hash for both."""
        try:
            flat = self._flags.get(key) or self.flat(key)
            always, name, _, _, otherwise, seed, edge, inside, arms, outside, full = flat
            if always is not None:
                always.count += 1
                return always, None
            if name is None and seed is not None:
                hashed = xxh64_intdigest(context.key_bytes, seed)  # type: ignore[arg-type]
                outcome = inside if hashed < edge else arm_of(hashed, arms, outside)
                outcome.count += 1
                return outcome, None if outcome is otherwise else bucket_of(hashed, full)
            serve = self.serve_for(key, context)
            bucket = serve.bucket(context)
            outcome = serve.at(bucket) if isinstance(serve, Split) and bucket is not None else serve.pick(context)
        except Exception as error:
            return self._the_long_way(key, context, error), None
        outcome.count += 1
        return outcome, bucket

    def constant(self, key: str) -> Outcome | None:
        """The flag's answer where no context changes it and it was asked for before; else None, and nothing counted."""
        flat = self._flags.get(key)
        if flat is None:
            return None
        always = flat[0]
        if always is not None:
            always.count += 1
        return always

    def evaluate_all(self, context: Context) -> dict[str, Outcome]:
        """The answers of all flags for this context, by key."""
        try:
            return self._plan(_itself).answers(context, self)  # type: ignore[no-any-return]
        except Exception:
            return {key: self.evaluate(key, context) for key in self._keys(None)}

    def evaluate_all_json(self, context: Context) -> bytes:
        """The same as JSON: `{"flags": [...]}` in the form of OFREP's bulk evaluation, in UTF-8."""
        return b'{"flags":[%b]}' % b",".join(self.render_all(context, fragment))

    def render_all(self, context: Context, render: Render, only: Keys | None = None) -> list[Any]:
        """What `render` makes of each flag's answer, in the order of the flags' keys; it is asked once per outcome.

        `only` names the flags that are evaluated at all. Each set of them is planned for once: give the same few.
        """
        try:
            return self._plan(render, only, as_list=True).answers(context, self)  # type: ignore[no-any-return]
        except Exception:
            return [render(self.evaluate(key, context)) for key in self._keys(only)]

    def prepare(self, render: Render, only: Keys | None = None) -> None:
        """Do now what the first `render_all` would begin with: it takes long where there are many flags."""
        with suppress(Exception):  # whatever is wrong, `render_all` answers flag by flag
            self._plan(render, only, as_list=True)

    def settle(self) -> None:
        """Bring the counts of all outcomes up to date: evaluations of all flags at once are counted here."""
        for each in tuple(self._plans.values()):
            each.settle()

    def counted(self, *, beside: "Ruleset | None" = None) -> Iterator[Outcome]:
        """The outcomes that may have a count, after `settle`; without those that `beside` has as well.

        Safe while other threads evaluate. Nothing is compiled for it: what was never asked has no count.
        """
        for key, flat in tuple(self._flags.items()):
            model = self._models.get(key)
            if beside is not None and flat is beside._flags.get(key) and model is beside._models.get(key):
                continue
            yield from outcomes_of(flat) if model is None else model.outcomes

    def bucket(self, key: str, context: Context) -> int | float | None:
        """The subject's bucket (0 … 99,999, or what the flag's algorithm counts), None where the answer has none."""
        try:
            return None if self.flat(key)[0] is not None else self.serve_for(key, context).bucket(context)
        except Exception:
            return None

    def outcomes(self, key: str) -> tuple[Outcome, ...]:
        """Every outcome that the flag can have."""
        model = None if self.flat(key)[0] is not None else self.model(key)
        return outcomes_of(self.flat(key)) if model is None else model.outcomes

    def changed(
        self, flags: Mapping[str, Given], removed: Iterable[str] = (), audiences: Changes | None = None
    ) -> "Ruleset":
        """A new ruleset with these flags replaced or added and those removed; an audience that is None is removed."""
        self.settle()
        found = Ruleset()
        # models first: then none is shared without its short form, whatever another thread compiles meanwhile
        found._models = self._models.copy()
        found._flags, found._sources = self._flags.copy(), self._sources.copy()
        found._pool = self._pool
        merged = {**self.audiences, **(audiences or {})}
        found.audiences = {key: audience for key, audience in merged.items() if audience is not None}
        for key in (*removed, *flags):
            for table in (found._flags, found._sources, found._models):
                table.pop(key, None)
        found._take(flags)
        return found

    def flat(self, key: str) -> FlatFlag:
        """The flag's short form, compiled now if it was not before. Raises KeyError for a key that names no flag."""
        found = self._flags.get(key)
        if found is None:
            compiled = self._compiled(key)
            found = self._flags.setdefault(key, compiled.flat)  # before its model, see `changed`
            if compiled.model is not None:
                self._models.setdefault(key, compiled.model)
        return found

    def model(self, key: str) -> Flag | None:
        """The flag with all of its parts, answering with the very outcomes of its short form; None for a broken one."""
        flat = self.flat(key)
        found = self._models.get(key)
        source = self._sources[key]
        if found is None and source is not None and (flat[0] is None or flat[0].error is None):
            found = build_flag(parsed(source), outcomes_of(flat))
            found = self._models.setdefault(key, found)
        return found

    def serve_for(self, key: str, context: Context, path: tuple[str, ...] = ()) -> Serve:
        """The part of the flag that answers for this context. Raises KeyError for a key that names no flag."""
        always = self.flat(key)[0]
        if always is not None:
            return Fixed(always)
        model = self.model(key)
        assert model is not None
        return model.serve_for(context, self, path)

    def prerequisite(self, key: str, context: Context, path: tuple[str, ...]) -> Outcome | None:
        """The answer of a flag that another one depends on, which is not counted; None where there is no such flag."""
        return self.serve_for(key, context, path).pick(context) if key in self._sources else None

    def in_audience(self, key: str, context: Context) -> bool:
        """Whether the subject belongs to the audience; to one that does not exist nobody does."""
        audience = self.audiences.get(key)
        return audience is not None and audience.has(context, Nested(self.audiences, (key,)) if audience.asks else self)

    def broken(self) -> dict[str, str]:
        """Why, for each flag that cannot be evaluated; compiles what was not compiled yet."""
        found = {key: self.flat(key)[0] for key in self._sources}
        return {key: answer.detail for key, answer in found.items() if answer is not None and answer.error is not None}

    def _take(self, flags: Mapping[str, Given]) -> None:
        for key, flag in flags.items():
            if isinstance(flag, CompiledFlag):
                self._flags[key], self._sources[key] = flag.flat, flag.source
                if flag.model is not None:
                    self._models[key] = flag.model
            else:
                self._sources[key] = flag

    def _plan(self, render: Render, only: Keys | None = None, *, as_list: bool = False) -> Plan:
        found = self._plans.get((render, only))
        if found is None:
            planned = plan(self, self._keys(only), render, as_list=as_list)
            found = self._plans.setdefault((render, only), planned)
        return found

    def _keys(self, only: Keys | None) -> list[str]:
        """The keys in an order that does not tell which flag was edited last: answers are compared as they stand."""
        return sorted(key for key in self._sources if only is None or key in only)

    def _compiled(self, key: str) -> CompiledFlag:
        source = self._sources[key]
        if source is None:
            return broken_flag(key, "it has no document")
        try:
            return compile_flag(source, self._pool)
        except BrokenDocument as error:
            return broken_flag(key, str(error))

    def _the_long_way(self, key: str, context: Context, error: Exception) -> Outcome:
        """The answer where the short way failed: at first use, without a key, with values that cannot be hashed."""
        try:
            if key not in self._sources:
                return unknown(str(key))
            if key not in self._flags:
                self.flat(key)
                return self.evaluate(key, context)
            outcome = self.serve_for(key, context).pick(context)
        except Exception as failure:
            return failed(str(key), failure)
        outcome.count += 1
        return outcome


def _itself(outcome: Outcome) -> Outcome:
    return outcome
