"""What was published is read where it is, by numbers that were, and never changed."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from flags.audiences import create_audience

pytestmark = pytest.mark.django_db
LIST = "/api/environments/staging/revisions"
RESTS = ["", "/1", "/1/diff"]
NEVER = ["2", "99999999999999999999", "9" * 4400, "-1", "1.0", "x", "٣", "1e1", "latest", "0x1", "1 "]


@pytest.fixture(autouse=True)
def one(staging: Environment, alice: User) -> None:
    """Staging at revision 1."""
    create_audience(staging, by=alice, key="testers")


@pytest.mark.parametrize("path", ["{}", "{}/diff", "1/diff?to={}"])
def test_a_number_that_never_was_is_not_found(reader: APIClient, path: str) -> None:
    for named in NEVER:
        answer = reader.get(f"{LIST}/{path.format(named)}")
        assert (answer.status_code, answer.json()["code"]) == (404, "revision_not_found"), named
        assert "from 0 to 1" in answer.json()["message"]


@pytest.mark.parametrize("rest", RESTS)
def test_an_unknown_place_is_told(reader: APIClient, rest: str) -> None:
    unknown = reader.get(f"/api/environments/nowhere/revisions{rest}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "environment_not_found")
    unknown = reader.get(f"{LIST}{rest}?project=nowhere")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "project_not_found")


@pytest.mark.parametrize("rest", RESTS)
def test_an_environment_of_another_project_is_found_there_alone(reader: APIClient, alice: User, rest: str) -> None:
    corner = Environment.objects.create(project=Project.objects.create(key="shop", name="Shop"), key="corner")
    create_audience(corner, by=alice, key="buyers")
    assert reader.get(f"/api/environments/corner/revisions{rest}").status_code == 404
    assert reader.get(f"/api/environments/{corner.pk}/revisions{rest}?project=default").status_code == 404
    found = reader.get(f"/api/environments/corner/revisions{rest}?project=shop")
    assert found.status_code == 200
    assert "buyers" in found.content.decode()
    assert "testers" not in found.content.decode()


def test_the_root_names_and_ids_answer_alike(reader: APIClient, staging: Environment) -> None:
    shown = reader.get(f"{LIST}/1").json()
    for name in ("Staging", str(staging.pk)):
        assert reader.get(f"/environments/{name}/revisions/1/").json() == shown


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=1000"])
def test_a_page_that_is_none_is_refused(reader: APIClient, query: str) -> None:
    assert reader.get(f"{LIST}?{query}").status_code == 400


@pytest.mark.parametrize("rest", RESTS)
def test_what_was_published_is_only_read(developer: APIClient, rest: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(developer, method)(f"{LIST}{rest}").status_code == 405


@pytest.mark.parametrize("rest", RESTS)
def test_a_stranger_reads_nothing(api: type[APIClient], rest: str) -> None:
    assert api().get(f"{LIST}{rest}").status_code == 401
