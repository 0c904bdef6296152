"""A million random contexts against random rules: none raises, and each way of asking gives the same answer.

python -m flagkit.tests.fuzzing [--contexts 1000000] [--seconds 300] [--seed 1]
"""

import argparse
import sys
import time
from random import Random

from flagkit.engine import compile_ruleset
from flagkit.engine.explaining import answer_of, explain
from flagkit.tests import chance

CONTEXTS_PER_RULESET = 50


def fuzz(contexts: int, *, seconds: float, seed: int) -> int:
    """How many contexts were tried within the time. Raises where an evaluation does, or answers disagree."""
    random = Random(seed)
    until = time.monotonic() + seconds
    tried = 0
    while tried < contexts and time.monotonic() < until:
        ruleset, problems = compile_ruleset(chance.documents(random))
        assert all("back to itself" in problem.message for problem in problems), problems
        for at in range(CONTEXTS_PER_RULESET):
            context = chance.context(random, strange=True)
            answer = ruleset.evaluate("flag", context)
            if at % 10 == 0:
                assert answer_of(answer) == explain(ruleset, "flag", context)["answer"]
                assert ruleset.evaluate_all(context) == {key: ruleset.evaluate(key, context) for key in ruleset}
                assert ruleset.answer("flag", context)[0] == answer
            tried += 1
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contexts", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    start = time.monotonic()
    tried = fuzz(asked.contexts, seconds=asked.seconds, seed=asked.seed)
    sys.stdout.write(f"{tried:,} contexts in {time.monotonic() - start:.0f} s, no exception, no disagreement\n")


if __name__ == "__main__":
    main()
