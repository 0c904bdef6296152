"""A question that is asked again gets the answer that it would get if it were evaluated anew, and is counted again."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.key_hash import hash_of
from evaluation import again, stream_tokens
from evaluation.again import Lately, Repeats
from evaluation.doors.entrance import Entrance
from evaluation.doors.limits import Limits
from evaluation.doors.table import DOORS, Door, Doors
from evaluation.doors.wire import Reply, Request
from evaluation.known_keys import KnownKey
from evaluation.store import Store
from evaluation.tests.asking import flag_document, known, snapshot_of
from evaluation.tests.ofrep import ALL, FLAGS, ONE, SERVER_KEY, staging
from evaluation.usage import by_variant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALICE = b'{"context":{"targetingKey":"alice","plan":"pro"}}'
CHECKOUT = "/evaluate/checkout?environment_key=staging&user_id=alice"
DECIDE = "/api/decide?env=staging&user_key=alice"
BY_AGE = {"attribute": "signed_up", "operator": "newer_than", "value": "7d"}
BY_DAY = {"operator": "weekday", "value": ["sat"]}


class Asking:
    """Asks the doors as the parser's callbacks do."""

    def __init__(
        self, *documents: dict[str, Any], keys: Mapping[str, KnownKey] | None = None, store: Store | None = None
    ) -> None:
        self.store = store or Store()
        self.serve(*documents, keys=keys or known(SERVER_KEY))
        self.doors = Doors(self.store, DOORS, Entrance(self.store, Limits(per_key=1_000, clock=lambda: 0.0)))

    def serve(self, *documents: dict[str, Any], **more: Any) -> None:
        self.store.replace([snapshot_of(*documents, **more)], confirmed=True)

    def ask(self, url: str, body: bytes = b"", **headers: str) -> Reply:
        sent = [(b"x-api-key", SERVER_KEY.encode())]
        sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        door, request, _ = self.doors.heads.request(b"POST" if body else b"GET", url.encode(), sent)
        request.body = body
        return self.doors.answer(door, request)

    def thrice(self, url: str, body: bytes = b"") -> list[tuple[int, bytes]]:
        replies = [self.ask(url, body) for _ in range(3)]
        return [(reply.status, reply.body) for reply in replies]

    @property
    def kept(self) -> int:
        return len(self.store.again)


@pytest.fixture
def asking() -> Asking:
    found = Asking()
    found.store.replace([staging(*FLAGS)], confirmed=True)
    return found


@pytest.mark.parametrize(
    ("url", "body"),
    [(CHECKOUT, b""), ("/evaluate/rollout?environment_key=staging&user_id=bob", b""), (DECIDE, b"")]
    + [(f"{ONE}{document['key']}", ALICE) for document in FLAGS if "broken" not in document["key"]]
    + [(ALL, ALICE)],
)
def test_the_answer_is_the_first_one_and_kept(asking: Asking, url: str, body: bytes) -> None:
    first, second, third = asking.thrice(url, body)
    assert first == second == third
    assert first[0] == 200
    assert asking.kept == 1


@pytest.mark.parametrize(("url", "body"), [(CHECKOUT, b""), (ALL, ALICE), (DECIDE, b"")])
def test_each_of_the_answers_is_counted(asking: Asking, url: str, body: bytes) -> None:
    def taken() -> dict[Any, int]:
        ledgers = asking.store.usage, asking.store.experiment_usage
        return {key: count for ledger in ledgers for key, count in by_variant(ledger.take())}

    asking.ask(url, body)
    once = taken()
    for _ in range(4):
        asking.ask(url, body)
    assert once
    assert taken() == {key: 4 * count for key, count in once.items()}


def test_an_edit_is_seen_at_once() -> None:
    asking = Asking(flag_document())
    before = asking.thrice(CHECKOUT)
    asking.serve(flag_document(serve={"variant": "off"}), revision=8, keys=known(SERVER_KEY))
    assert b'"enabled":true' in before[-1][1]
    assert all(b'"config_version":8' in body and b'"value":false' in body for _, body in asking.thrice(CHECKOUT))


def test_a_confirmation_of_what_is_served_keeps_the_answers() -> None:
    asking = Asking(flag_document())
    asking.thrice(CHECKOUT)
    asking.store.replace(asking.store.snapshots(), confirmed=True)
    assert asking.kept == 1


def test_a_revoked_key_is_refused_at_once() -> None:
    asking = Asking(flag_document())
    asking.thrice(CHECKOUT)
    asking.serve(flag_document())
    assert asking.ask(CHECKOUT).status == 401


def test_a_key_that_expires_is_refused_from_then_on() -> None:
    expires_at = (NOW + timedelta(minutes=1)).timestamp()
    with time_machine.travel(NOW, tick=False) as clock:
        asking = Asking(flag_document(), keys=known(SERVER_KEY, expires_at=expires_at))
        assert asking.thrice(CHECKOUT)[-1][0] == 200
        clock.shift(60)
        assert asking.ask(CHECKOUT).status == 401


def test_a_key_that_expires_while_it_is_answered_is_refused_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        asking = Asking(flag_document(), keys=known(SERVER_KEY, expires_at=NOW.timestamp() + 1))
        asking.ask(CHECKOUT)
        asking.ask(CHECKOUT)
        answer = asking.doors._answer

        def answer_slowly(door: Door, request: Request) -> Reply:
            reply = answer(door, request)
            clock.shift(1)
            return reply

        monkeypatch.setattr(asking.doors, "_answer", answer_slowly)
        assert [asking.ask(CHECKOUT).status for _ in range(3)] == [200, 401, 401]


@pytest.mark.parametrize(
    "rule",
    [{"when": BY_AGE}, {"when": BY_DAY}, {"when": {"not": BY_DAY}}, {"active_until": "2026-11-21T12:01:00Z"}],
    ids=["age", "weekday", "not on a weekday", "until"],
)
def test_what_depends_on_the_time_is_evaluated_anew(rule: dict[str, Any]) -> None:
    when = {"attribute": "plan", "operator": "eq", "value": "pro"}
    document = flag_document(rules=[{"id": "r", "when": when, "serve": {"variant": "off"}, **rule}])
    context = b'{"context":{"targetingKey":"alice","plan":"pro","signed_up":"2026-11-14T12:00:30Z"}}'
    asking = Asking(document)
    asking.thrice(f"{ONE}checkout", context)
    asking.thrice(ALL, context)
    assert asking.kept == 0


def test_the_limits_count_every_request(asking: Asking) -> None:
    left = [asking.ask(CHECKOUT).lines for _ in range(4)]
    assert [line.split(b"remaining: ")[1][:3] for line in left] == [b"999", b"998", b"997", b"996"]


def test_another_key_or_another_question_is_another_answer(asking: Asking) -> None:
    asking.thrice(CHECKOUT)
    assert asking.ask(CHECKOUT.replace("alice", "bob")).status == 200
    assert asking.ask(CHECKOUT, x_api_key="fp_wrong").status == 401


@pytest.mark.parametrize("filling", [10, 5_000], ids=["short", "long"])
def test_bodies_of_the_same_length_are_different_questions(asking: Asking, filling: int) -> None:
    alice, carol = (
        b'{"context":{"targetingKey":"%b","plan":"%b","filling":"%b"}}' % (key, plan, b"x" * filling)
        for key, plan in ((b"alice", b"pro"), (b"carol", b"own"))
    )
    for _ in range(4):
        assert b'"value":false' in asking.ask(f"{ONE}ruled", alice, content_length=str(len(alice))).body
    assert b'"value":true' in asking.ask(f"{ONE}ruled", carol, content_length=str(len(carol))).body


def test_a_flag_that_is_not_there_is_noted_each_time(asking: Asking) -> None:
    asking.thrice("/evaluate/nowhere?environment_key=staging")
    assert asking.store.unknown.take() == {"id-staging": {"nowhere": 3}}
    assert asking.kept == 0


def test_what_tells_of_a_database_that_is_away_is_not_kept_though_it_comes_back_meanwhile() -> None:
    class Returning(Store):
        """Confirmed by another thread right behind the first look at how old it is."""

        def unconfirmed_for(self) -> float:
            seconds = super().unconfirmed_for()
            self._confirmed_at = time.monotonic()
            return seconds

    asking = Asking(flag_document(), store=Returning())
    asking.ask(CHECKOUT)
    asking.ask(CHECKOUT)
    asking.store._confirmed_at = None
    assert [asking.ask(CHECKOUT).headers for _ in range(3)] == [{"X-Config-Stale": "unconfirmed"}, {}, {}]


def test_attributes_that_could_not_be_stored_are_noted_anew(asking: Asking) -> None:
    asking.thrice(f"{ONE}checkout", ALICE)
    asking.store.seen.take()
    asking.store.forget_seen()
    asking.ask(f"{ONE}checkout", ALICE)
    assert asking.store.seen.take() == {"id-staging": {"plan"}}


def test_an_answer_tells_of_a_database_that_is_away(asking: Asking) -> None:
    asking.thrice(CHECKOUT)
    asking.store._confirmed_at = None
    assert asking.ask(CHECKOUT).headers == {"X-Config-Stale": "unconfirmed"}


def test_all_flags_have_a_token_of_the_window_in_which_they_are_asked(asking: Asking) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        asking.thrice(ALL, ALICE)
        before = asking.ask(ALL, ALICE).headers["ETag"]
        assert asking.ask(ALL, ALICE, if_none_match=before).status == 304
        clock.shift(stream_tokens.WINDOW)
        assert asking.ask(ALL, ALICE).headers["ETag"] != before


def test_a_key_is_known_by_its_hash_alone(asking: Asking) -> None:
    asking.thrice(CHECKOUT)
    (question,) = asking.store.again._kept
    assert hash_of(SERVER_KEY) in question
    assert SERVER_KEY not in str(question)


@pytest.mark.parametrize("part", ["body", "path", "tag"])
def test_the_answer_to_a_long_question_is_not_kept(asking: Asking, part: str) -> None:
    long = "x" * 5_000
    body = b'{"environment_key":"staging","context":{"a":"%b"}}' % (long.encode() if part == "body" else b"")
    url = "/evaluate/" + (long if part == "path" else "checkout")
    headers = {"if_none_match": long} if part == "tag" else {}
    asking.serve(flag_document(), flag_document(long), keys=known(SERVER_KEY))
    assert [asking.ask(url, body, **headers).status for _ in range(3)] == [200] * 3
    assert asking.kept == 0


def test_long_questions_with_short_answers_are_forgotten_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "HEAVIEST", 40_000)
    asking = Asking(flag_document())
    for at in range(40):
        body = b'{"environment_key":"staging","user_id":"%d","context":{"a":"%b"}}' % (at, b"x" * 3_000)
        for _ in range(2):
            asking.ask("/evaluate/checkout", body)
    assert 0 < asking.kept < 30


def test_what_was_not_asked_for_lately_is_forgotten() -> None:
    lately: Lately[int, str] = Lately(3)
    for number in range(20):
        lately.put(number, "x")
        assert lately[0] == "x"
    assert lately[5] is None
    assert lately.remembered <= 6


def test_heavy_answers_are_forgotten_earlier() -> None:
    lately: Lately[int, str] = Lately(1_000, heaviest=10, weigh=len)
    for number in range(20):
        lately.put(number, "x" * 6)
    assert lately.remembered <= 4


def test_what_comes_again_is_noticed_once_it_did() -> None:
    repeats = Repeats()
    assert [repeats.note(word) for word in ("a", "b", "a", "a")] == [False, False, True, True]
