"""docker-compose.yml and Dockerfile, as far as they can be held without a container engine."""

from typing import Any

import pytest
import yaml

from tests.checks import ROOT
from tests.servers import HOOKS

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

OURS = ("migrate", "web", "worker")


def test_real_parts_are_the_versions_that_are_supported() -> None:
    assert SERVICES["postgres"]["image"] == "postgres:15"
    assert SERVICES["redis"]["image"] == "redis:7"


def test_redis_keeps_an_append_only_file_in_a_volume() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_server_and_worker_share_the_folder_of_events() -> None:
    assert SERVICES["web"]["volumes"] == SERVICES["worker"]["volumes"] == ["web:/data"]


def test_every_volume_is_declared() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_our_containers_do_not_start_without_a_secret(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert {"DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"} <= set(environment)


@pytest.mark.parametrize("name", OURS)
def test_our_containers_write_nowhere_but_where_they_must(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ["postgres", "redis", "web"])
def test_what_others_wait_for_says_how_it_is(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_server_and_worker_wait_for_the_tables(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_server_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_image_does_not_run_as_root_and_has_no_development_tools() -> None:
    assert "\nUSER flagplatform\n" in DOCKERFILE
    assert "requirements-dev" not in DOCKERFILE


def test_image_answers_decisions_in_the_parser() -> None:
    assert f'"--http", "{HOOKS}"' in DOCKERFILE
