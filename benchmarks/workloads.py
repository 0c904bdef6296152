"""The flags and subjects of the workloads W1 to W6, and the baseline that everything is a ratio to."""

import random
import uuid
from typing import Any

from xxhash import xxh3_64_intdigest

from flagkit.engine import Context

COUNTRIES = ("US", "CA", "DE", "FR")
PLANS = ("pro", "free")
SUBJECTS = 10_000
MANY = 10_000
LAYERED = 5
Document = dict[str, Any]

_percentages = {"checkout": 50}


def baseline(key: str, user: str) -> bool:
    """(b): the least that a percentage evaluation by hand does. Look up, concatenate, encode, hash, modulo, compare."""
    return xxh3_64_intdigest((key + user).encode()) % 10_000 < _percentages[key] * 100


def subjects() -> list[Context]:
    """10,000 subjects with UUID keys and five attributes: half of them in US or CA, half of them on pro."""
    chance = random.Random(20261121)
    return [
        Context(
            str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            {
                "country": chance.choice(COUNTRIES),
                "plan": chance.choice(PLANS),
                "email": f"user{at}@example.com",
                "age": chance.randrange(18, 90),
                "beta": chance.random() < 0.1,
            },
        )
        for at in range(SUBJECTS)
    ]


def flag(key: str, serve: Document, *, rules: list[Document] | None = None, **more: Any) -> Document:
    return {
        "key": key,
        "schema": 1,
        "type": "boolean",
        "enabled": True,
        "variants": [{"key": "on", "value": True}, {"key": "off", "value": False}],
        "off_variant": "off",
        "prerequisites": [],
        "targets": [],
        "rules": rules or [],
        "serve": serve,
        **more,
    }


def rollout(key: str, percent: int) -> Document:
    return {"rollout": {"salt": f"{key}:gate", "ranges": [[0, percent * 1000]], "variant": "on", "otherwise": "off"}}


def targeted(key: str, countries: list[str], plans: list[str], percent: int) -> Document:
    """Two conditions, then a percentage of those who meet them."""
    conditions = [
        {"attribute": "country", "operator": "in", "value": countries},
        {"attribute": "plan", "operator": "in", "value": plans},
    ]
    rule = {"id": "r1", "when": {"all": conditions}, "serve": rollout(key, percent)}
    return flag(key, {"variant": "off"}, rules=[rule])


def payloads(key: str) -> Document:
    """Three weighted variants that carry objects."""
    arms = [("a", 0, 33_000), ("b", 33_000, 66_000), ("c", 66_000, 100_000)]
    return flag(
        key,
        {"split": {"salt": f"{key}:split", "arms": [{"variant": v, "ranges": [[lo, hi]]} for v, lo, hi in arms]}},
        type="object",
        off_variant=None,
        variants=[{"key": v, "value": {"color": f"#{v * 6}", "columns": 3, "texts": ["x", "y"]}} for v, *_ in arms],
    )


def mixed() -> list[Document]:
    """200 flags: 100 on for everyone, 60 rolled out to a share, 40 with a rule of a condition and an audience."""
    chance = random.Random(5)
    plain = [flag(f"plain-{at}", {"variant": "on"}) for at in range(100)]
    shares = [flag(f"share-{at}", rollout(f"share-{at}", chance.choice([1, 5, 10, 25, 50, 75]))) for at in range(60)]
    audiences = [
        {
            "schema": 1,
            "kind": "audience",
            "key": f"audience-{at}",
            "rules": [{"when": {"attribute": "country", "operator": "in", "value": list(pair)}}],
        }
        for at, pair in enumerate([("US", "CA"), ("DE",), ("FR", "US"), ("CA",)])
    ]
    ruled = [_in_segment(f"ruled-{at}", PLANS[at % 2], f"audience-{at % 4}") for at in range(40)]
    return [*audiences, *plain, *shares, *ruled]


def many() -> list[Document]:
    """10,000 flags of W3's shape, whose conditions vary."""
    chance = random.Random(6)
    everywhere = [*COUNTRIES, "GB", "ES", "IT", "NL", "SE", "JP", "BR", "IN"]
    return [
        targeted(f"flag-{at}", chance.sample(everywhere, 3), [chance.choice(PLANS)], chance.randrange(1, 100))
        for at in range(MANY)
    ]


def experiments(kind: str, count: int) -> list[Document]:
    """Experiments of half and half: `plain` for everyone, `murmur3` by that algorithm, `gated` five to a layer, for one
    plan, and without those whom a holdout keeps out of all of them."""
    return [experiment(f"e-{at:03}", **_more_of(kind, at)) for at in range(count)]


def experiment(key: str, **more: Any) -> Document:
    variants = [("control", 0, 4_999), ("treatment", 5_000, 9_999)]
    return {
        "schema": 1,
        "kind": "experiment",
        "key": key,
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, key)),
        "name": key,
        "salt": f"salt-of-{key}",
        "algorithm": "xxh64",
        "audience": None,
        "rules": [],
        "holdouts": [],
        "layer": None,
        "variants": [
            {"key": v, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}/{v}")), "payload": {"color": "#0066cc"}}
            for v, _, _ in variants
        ],
        "allocations": [{"variant": v, "ranges": [[first, last]]} for v, first, last in variants],
        "flag": None,
        **more,
    }


def _more_of(kind: str, at: int) -> Document:
    if kind == "murmur3":
        return {"algorithm": "experiments-murmur3"}
    if kind == "plain":
        return {}
    layer, first = divmod(at, LAYERED)
    width = 10_000 // LAYERED
    ranges = [[first * width, (first + 1) * width - 1]]
    return {
        "layer": {"key": f"layer-{layer}", "salt": f"layer-{layer}", "ranges": ranges},
        "rules": [{"id": "pro", "conditions": [{"attribute": "plan", "operator": "eq", "value": "pro"}]}],
        "holdouts": [{"key": "held-out", "salt": "held-out", "ranges": [[0, 499]]}],
    }


def _in_segment(key: str, plan: str, audience: str) -> Document:
    conditions = [
        {"attribute": "plan", "operator": "eq", "value": plan},
        {"operator": "in_audience", "value": audience},
    ]
    rule = {"id": "r1", "when": {"all": conditions}, "serve": {"variant": "on"}}
    return flag(key, {"variant": "off"}, rules=[rule])
