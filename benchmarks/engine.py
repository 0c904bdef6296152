"""How fast the engine decides: ratios to a minimal hand-written evaluation in the same process and run.

    python -m benchmarks.engine [--rounds 3]

Slices of about half a millisecond of the baseline and of a workload alternate, one workload after the other; slices
in which the process was pre-empted are dropped. A round's figure is the median of its slices' ratios, the result the
median of the rounds. Subjects vary and are pre-built; every workload's outputs are verified before it is timed.
"""

import argparse
import gc
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from time import perf_counter_ns, process_time, thread_time_ns
from typing import Any

from benchmarks import workloads
from flagkit.engine import Context, Ruleset, compile_ruleset, dump, load
from flagkit.engine.bucketing import bucket_of, hash_of, seed_of
from flagkit.engine.explaining import explain

SLICE_CALLS = 2_500  # half a millisecond: short enough to often end before the process is pre-empted
SLICES = 200
TRIES = 5_000
LIMITS = {
    "W1 boolean on": 0.65,
    "W2 50 % rollout": 1.1,
    "W3 two conditions, then 30 %": 1.3,
    "W4 three variants with objects": 1.3,
    "W5 all of 200 flags, per flag": 0.30,
    "W5 as JSON bytes, per flag": 0.35,
    "W6 W3 among 10,000 flags": 4.5,
}
BASE = "baseline"
EXPLAIN = "explain of W3, ratio to its evaluation"
IMPORT = "import flagkit.engine (ms of CPU)"
Timed = Callable[[list[Any]], Any]


def single(evaluate: Callable[[str, Context], Any], key: str) -> Timed:
    def run(slice_: list[Context]) -> None:
        for context in slice_:
            evaluate(key, context)

    return run


def scattered(evaluate: Callable[[str, Context], Any], keys: list[str]) -> Timed:
    """Another flag at each call, all of them in turn."""
    turns = itertools.cycle(keys)

    def run(slice_: list[Context]) -> None:
        for key, context in zip(turns, slice_, strict=False):
            evaluate(key, context)

    return run


def together(evaluate: Callable[[Context], Any]) -> Timed:
    def run(slice_: list[Context]) -> None:
        for context in slice_:
            evaluate(context)

    return run


def baseline(slice_: list[str]) -> None:
    evaluate = workloads.baseline
    for user in slice_:
        evaluate("checkout", user)


def timed(run: Timed, slice_: list[Any], per: int) -> float | None:
    """Nanoseconds per evaluation; None where the process was pre-empted meanwhile."""
    cpu, wall = thread_time_ns(), perf_counter_ns()
    run(slice_)
    wall, cpu = perf_counter_ns() - wall, thread_time_ns() - cpu
    return wall / per if wall < cpu * 1.02 + 20_000 else None


def measured() -> dict[str, float]:
    """One round: each workload's ratio to the baseline, and the baseline's nanoseconds."""
    contexts = workloads.subjects()
    users = [str(context.key) for context in contexts]
    runs = prepared()
    for run, _, _ in runs.values():
        run(contexts[:200])  # compile what is compiled at first use
    bases: list[float] = []
    return {
        **{name: ratio(work, contexts, users, bases) for name, work in runs.items()},
        BASE: statistics.median(bases),
    }


def ratio(work: tuple[Timed, int, int], contexts: list[Context], users: list[str], bases: list[float]) -> float:
    """The median ratio of a workload's slices to the baseline's slices between them."""
    run, calls, per_call = work
    chance = random.Random(1)
    found: list[float] = []
    for _ in range(TRIES):
        if len(found) == SLICES:
            break
        start = chance.randrange(len(contexts) - SLICE_CALLS)
        base = timed(baseline, users[start : start + SLICE_CALLS], SLICE_CALLS)
        each = timed(run, contexts[start : start + calls], calls * per_call)
        if base is not None and each is not None:
            found.append(each / base)
            bases.append(base)
    return statistics.median(found)


def prepared() -> dict[str, tuple[Timed, int, int]]:
    """Each workload: what runs it, how many calls make a slice, and how many flags a call decides."""
    few, problems = compile_ruleset(
        [
            workloads.flag("w1", {"variant": "on"}),
            workloads.flag("w2", workloads.rollout("w2", 50)),
            workloads.targeted("w3", ["US", "CA"], ["pro"], 30),
            workloads.payloads("w4"),
        ]
    )
    mixed, more = compile_ruleset(workloads.mixed())
    assert not problems
    assert not more
    many = load(dump(workloads.many()))
    for key in many:
        many.flat(key)
    keys = list(many)
    random.Random(2).shuffle(keys)
    verify(few, mixed, many)
    names = iter(LIMITS)
    return {
        **{next(names): (single(few.evaluate, key), SLICE_CALLS, 1) for key in ("w1", "w2", "w3", "w4")},
        next(names): (together(mixed.evaluate_all), 50, len(mixed)),
        next(names): (together(mixed.evaluate_all_json), 50, len(mixed)),
        next(names): (scattered(many.evaluate, keys), SLICE_CALLS, 1),
    }


def verify(few: Ruleset, mixed: Ruleset, many: Ruleset) -> None:
    """Who gets what is what the documents say, by a second, plain way of deciding."""
    contexts = workloads.subjects()
    for context in contexts:
        assert few.evaluate("w1", context).value is True
        assert few.evaluate("w2", context).value is (_bucket("w2:gate", context) < 50_000)
        eligible = context.attributes["country"] in ("US", "CA") and context.attributes["plan"] == "pro"
        assert few.evaluate("w3", context).value is (eligible and _bucket("w3:gate", context) < 30_000)
        bucket = _bucket("w4:split", context)
        arm = "a" if bucket < 33_000 else "b" if bucket < 66_000 else "c"
        assert few.evaluate("w4", context).value == {"color": f"#{arm * 6}", "columns": 3, "texts": ["x", "y"]}
    shares = [sum(few.evaluate(key, context).value for context in contexts) / 10_000 for key in ("w2", "w3")]
    assert abs(shares[0] - 0.5) < 0.02
    assert abs(shares[1] - 0.075) < 0.01
    for context in contexts[:200]:
        assert mixed.evaluate_all(context) == {key: mixed.evaluate(key, context) for key in mixed}
        told = {each["key"]: each["value"] for each in json.loads(mixed.evaluate_all_json(context))["flags"]}
        assert told == {key: mixed.evaluate(key, context).value for key in mixed}
    assert len(many) == workloads.MANY
    assert not many.broken()


def _bucket(salt: str, context: Context) -> int:
    assert context.key_bytes is not None
    return bucket_of(hash_of(context.key_bytes, seed_of(salt)))


def explained() -> float:
    """How many times its evaluation the explanation of W3 costs."""
    few, _ = compile_ruleset([workloads.targeted("w3", ["US", "CA"], ["pro"], 30)])
    contexts = workloads.subjects()[:SLICE_CALLS]
    ratios = []
    for _ in range(50):
        plain = timed(single(few.evaluate, "w3"), contexts, 1)
        told = timed(single(lambda key, context: explain(few, key, context), "w3"), contexts[:250], 1)
        if plain is not None and told is not None:
            ratios.append(told / 250 / (plain / len(contexts)))
    return statistics.median(ratios)


def imported() -> float:
    """Milliseconds of CPU that importing the engine takes in a new process, the best of ten."""
    code = "import time; start = time.process_time(); import flagkit.engine; print(time.process_time() - start)"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        command = [sys.executable, "-c", code]
        runs = [subprocess.run(command, env=environment, capture_output=True, check=True) for _ in range(10)]
    return min(float(run.stdout) for run in runs) * 1000


def loads() -> dict[str, float]:
    """CPU milliseconds, and megabytes, for 10,000 flags of W3's shape; each memory figure from a process of its own."""
    text = dump(workloads.many())
    gc.collect()
    first, every, change = [], [], []
    for _ in range(5):
        start = process_time()
        found = load(text)
        first.append(process_time() - start)
        start = process_time()
        for key in found:
            found.flat(key)
        every.append(process_time() - start)
        document = workloads.targeted("flag-7", ["US"], ["pro"], 7)
        start = process_time()
        found.changed({"flag-7": document}).flat("flag-7")
        change.append(process_time() - start)
    memory = json.loads(
        subprocess.run([sys.executable, "-m", "benchmarks.memory"], capture_output=True, check=True).stdout
    )
    return {
        "load 10,000 flags, text to ready, compiled on first use (ms of CPU)": min(first) * 1000,
        "compile all 10,000 afterwards (ms of CPU)": min(every) * 1000,
        "change one of 10,000 flags (ms of CPU)": min(change) * 1000,
        "memory growth, 10,000 flags loaded (MB)": memory["loaded"],
        "memory growth, all 10,000 compiled (MB)": memory["compiled"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found = [measured() for _ in range(rounds)]
    print(f"baseline (b): {statistics.median(each[BASE] for each in found):.0f} ns")
    print("\n| workload | ratio to (b) | of the rounds | limit |\n|---|---|---|---|")
    for name, limit in LIMITS.items():
        each = [round_[name] for round_ in found]
        print(f"| {name} | {statistics.median(each):.2f} | {', '.join(f'{x:.2f}' for x in each)} | {limit} |")
    print("\n| once | figure |\n|---|---|")
    for name, figure in {**loads(), EXPLAIN: explained(), IMPORT: imported()}.items():
        print(f"| {name} | {figure:.2f} |")


if __name__ == "__main__":
    main()
