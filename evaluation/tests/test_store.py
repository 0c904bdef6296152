"""Newer valid data replaces older; nothing empty or older ever replaces good data."""

from evaluation.store import Store
from evaluation.tests.asking import flag_document, snapshot_of


def serving(revision: int) -> Store:
    store = Store()
    store.replace([snapshot_of(flag_document(), revision=revision)], confirmed=True)
    return store


def served_revision(store: Store) -> int:
    found = store.find("", "staging")
    assert found
    return found.revision


def test_a_newer_snapshot_replaces_an_older_one() -> None:
    store = serving(3)
    store.put(snapshot_of(flag_document(), revision=4))
    assert served_revision(store) == 4


def test_an_older_snapshot_changes_nothing() -> None:
    store = serving(3)
    store.put(snapshot_of(revision=2))
    store.replace([snapshot_of(revision=1)], confirmed=True)
    assert served_revision(store) == 3


def test_a_later_epoch_replaces_any_revision_of_an_earlier_one_and_never_the_other_way() -> None:
    store = serving(9)
    store.put(snapshot_of(flag_document(), revision=4).placed(1, 0))
    assert served_revision(store) == 4
    store.put(snapshot_of(flag_document(), revision=10))
    assert served_revision(store) == 4


def test_an_empty_list_of_environments_changes_nothing() -> None:
    store = serving(3)
    store.replace([], confirmed=True)
    assert served_revision(store) == 3


def test_an_environment_that_is_gone_is_served_no_longer() -> None:
    store = serving(3)
    store.replace([snapshot_of(flag_document(), environment="production")], confirmed=True)
    assert store.find("", "staging") is None


def test_a_store_is_ready_only_with_data() -> None:
    assert Store().is_ready is False
    assert serving(1).is_ready is True


def test_what_only_a_copy_said_is_unconfirmed() -> None:
    store = Store()
    store.replace([snapshot_of(flag_document())], confirmed=False)
    assert store.unconfirmed_for() == float("inf")
    store.replace([snapshot_of(flag_document())], confirmed=True)
    assert store.unconfirmed_for() < 5


def test_a_key_wins_over_the_name_of_another_environment() -> None:
    store = Store()
    named = snapshot_of(environment="one", name="two")
    keyed = snapshot_of(environment="two", name="Second")
    store.replace([named, keyed], confirmed=True)
    assert store.find("", "two") is keyed
