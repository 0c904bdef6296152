"""Health is told from memory: alive, ready only with data, and the revision of every environment."""

import orjson

from evaluation.store import Store
from evaluation.tests.asking import flag_document, snapshot_of
from flagplatform import health


def body(path: str, store: Store) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(health.reply(path, store).body)
    return found


def test_a_process_without_data_is_alive_but_not_ready() -> None:
    assert health.reply("/livez", Store()).status == 200
    assert health.reply("/readyz", Store()).status == 503
    assert body("/health", Store())["status"] == "starting"


def test_versions_are_null_before_the_first_publish() -> None:
    store = Store()
    fresh, published = snapshot_of(revision=0), snapshot_of(flag_document(), environment="production", revision=4)
    store.replace([fresh, published], confirmed=True)
    assert body("/health", store)["config_versions"] == {"staging": None, "production": 4}
    assert body("/health", store)["status"] == "ok"


def test_what_the_database_never_confirmed_is_stale() -> None:
    store = Store()
    store.replace([snapshot_of(flag_document())], confirmed=False)
    assert body("/health", store)["status"] == "stale"
    assert health.reply("/readyz", store).status == 200


def test_environments_of_other_projects_carry_their_project() -> None:
    store = Store()
    store.replace([snapshot_of(flag_document(), project="shop")], confirmed=True)
    assert body("/health", store)["config_versions"] == {"shop/staging": 7}


def test_each_environment_says_how_old_it_is_and_where_it_came_from() -> None:
    store = Store()
    store.replace([snapshot_of(flag_document()), snapshot_of(environment="production", revision=0)], confirmed=False)
    store.sources["id-staging"] = "disk"
    assert body("/health", store)["environments"] == {
        "staging": {"config_version": 7, "seconds_since_confirmed": None, "source": "disk"},
        "production": {"config_version": None, "seconds_since_confirmed": None, "source": "database"},
    }
