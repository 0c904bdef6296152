"""History in words leaves out what nobody would read."""

from audit.models import Entry
from audit.wording import MAX_WORDS, in_words, told


def test_the_buckets_of_a_weight_are_not_told() -> None:
    arm = {"variant": "blue", "weight": 50, "ranges": [[0, 50_000]]}
    assert in_words([arm]) == "variant blue, weight 50"


def test_a_long_list_is_cut_where_people_stop_reading(db: None) -> None:
    keys = [f"user-{n}" for n in range(100_000)]
    entry = Entry(action="update", subject="audience", key="testers", changes={"included": [keys, [*keys, "alice"]]})
    [difference] = told([entry])[0].differences
    assert (len(difference.old), len(difference.new)) == (MAX_WORDS + 1, MAX_WORDS + 1)
