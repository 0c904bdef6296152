"""Each algorithm gives the buckets that its vendor's own SDK gives."""

import json
from pathlib import Path

import pytest

from flagkit.engine.algorithms import algorithm, names
from flagkit.engine.murmur import murmur3, murmur3_in_python

VECTORS = Path(__file__).parents[3] / "shared" / "suites" / "bucketing_vectors.json"
TOLERANCE = 1e-9  # the file's digits
# name in the file -> name here, number of buckets, what the file's number has on top of ours
OURS = {
    "unleash-rollout": ("unleash", 100, 1),
    "unleash-variant-1000": ("unleash-variant", 1000, 1),
    "growthbook-v1": ("growthbook-v1", 1, 0),
    "growthbook-v2": ("growthbook-v2", 1, 0),
    "growthbook-namespace": ("growthbook-v1", 1, 0),
    "flagd-fractional-v1": ("flagd-v1", 100, 0),
    "flagd-fractional-v2": ("flagd-v2", 100, 0),
    "flagd-fractional-v3": ("flagd-v3", 100, 0),
    "launchdarkly": ("launchdarkly", 1, 0),
    "flagsmith": ("flagsmith", 100, 0),
    "posthog-rollout": ("posthog", 1, 0),
    "posthog-variant": ("posthog-variant", 1, 0),
    "configcat": ("configcat", 100, 0),
}


def salt_of(name: str, vector: dict[str, str]) -> str:
    if name == "growthbook-namespace":
        return f"__{vector['seed']}"
    return f"{vector['seed']}.{vector['salt']}" if "salt" in vector else vector["seed"]


@pytest.mark.skipif(not VECTORS.exists(), reason=f"the vectors of other vendors are not there ({VECTORS})")
@pytest.mark.parametrize("name", OURS)
def test_buckets_are_those_of_the_vendor(name):
    vectors = json.loads(VECTORS.read_text())
    vector = vectors["algorithms"][name]
    ours, buckets, more = OURS[name]
    found = [algorithm(ours).bucket(salt_of(name, vector), key.encode(), buckets) + more for key in vectors["ids"]]
    assert found == pytest.approx(vector["buckets"], abs=TOLERANCE)


@pytest.mark.skipif(not VECTORS.exists(), reason=f"the vectors of other vendors are not there ({VECTORS})")
def test_no_vector_is_left_out():
    assert set(OURS) == set(json.loads(VECTORS.read_text())["algorithms"])


def test_every_algorithm_has_vectors_or_a_seeds_formula():
    assert set(names()) == {name for name, *_ in OURS.values()} | {"xxh64", "experiments-murmur3", "featureflag-md5"}


def test_the_first_seed_puts_the_salt_behind_the_key():
    expected = murmur3(b"user-123:salt", 0) % 10_000
    assert algorithm("experiments-murmur3").bucket("salt", b"user-123", 10_000) == expected


def test_the_second_seed_takes_the_remainder_of_md5():
    assert algorithm("featureflag-md5").bucket("new-checkout", b"alice", 100) == 16


@pytest.mark.parametrize(
    ("data", "seed", "expected"),
    [(b"", 0, 0), (b"", 1, 0x514E28B7), (b"test", 0, 0xBA6BD213), (b"Hello, world!", 0x9747B28C, 0x24884CBA)],
)
def test_murmur3_in_python_gives_the_published_values(data, seed, expected):
    assert murmur3_in_python(data, seed) == expected


@pytest.mark.parametrize("size", [23, 24, 255, 256, 70_000])
def test_flagd_takes_keys_of_any_length(size):
    assert 0 <= algorithm("flagd-v3").bucket("flag", b"x" * size, 100) < 100


@pytest.mark.parametrize("data", [b"", b"a", b"abcd", "grüße:日本".encode(), bytes(range(256))])
def test_murmur3_is_the_same_with_and_without_the_library(data):
    pytest.importorskip("mmh3", reason="mmh3 is not installed")
    assert [murmur3(data, seed) for seed in (0, 1, 86028157)] == [
        murmur3_in_python(data, seed) for seed in (0, 1, 86028157)
    ]
