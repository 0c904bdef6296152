"""The Django admin shows places to everybody, lets those change them who may, and revokes keys."""

from typing import Any

import pytest
from django.test import Client

from accounts.api_keys import issue_key
from accounts.models import ApiKey, Environment, Membership, Project, User

ENVIRONMENTS = "/admin/accounts/environment/"
PROJECTS = "/admin/accounts/project/"
KEYS = "/admin/accounts/apikey/"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields(**given: Any) -> dict[str, Any]:
    return {"name": "QA", "description": "", "position": 5, **given}


def test_admin_makes_an_environment(alice: User, project: Project) -> None:
    answer = browser(alice).post(f"{ENVIRONMENTS}add/", fields(project=project.pk, key="qa"))
    assert answer.status_code == 302
    assert Environment.objects.get(key="qa").position == 5


def test_taken_key_is_a_form_error(alice: User, project: Project) -> None:
    answer = browser(alice).post(f"{ENVIRONMENTS}add/", fields(project=project.pk, key="staging"))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert Environment.objects.count() == 3


def test_admin_changes_an_environment_but_not_its_key(alice: User, staging: Environment) -> None:
    browser(alice).post(f"{ENVIRONMENTS}{staging.pk}/change/", fields(key="other", is_protected="on"))
    changed = Environment.objects.get(pk=staging.pk)
    assert (changed.key, changed.name, changed.is_protected) == ("staging", "QA", True)


def test_admin_deletes_an_environment_with_its_keys(alice: User, staging: Environment) -> None:
    issue_key(staging, kind="server", name="Web", by=alice)
    answer = browser(alice).post(f"{ENVIRONMENTS}{staging.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not Environment.objects.filter(pk=staging.pk).exists()
    assert not ApiKey.objects.exists()


def test_admin_deletes_several_at_once(alice: User, staging: Environment, development: Environment) -> None:
    chosen = {"_selected_action": [str(staging.pk), str(development.pk)], "action": "delete_selected", "post": "yes"}
    browser(alice).post(ENVIRONMENTS, chosen)
    assert list(Environment.objects.values_list("key", flat=True)) == ["production"]


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_only_look_at_environments(
    db: None, name: str, request: pytest.FixtureRequest, staging: Environment
) -> None:
    client = browser(request.getfixturevalue(name))
    page = client.get(f"{ENVIRONMENTS}{staging.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.post(f"{ENVIRONMENTS}{staging.pk}/change/", fields()).status_code == 403
    assert client.post(f"{ENVIRONMENTS}add/", fields(key="qa")).status_code == 403
    assert client.post(f"{ENVIRONMENTS}{staging.pk}/delete/", {"post": "yes"}).status_code == 403


def test_admin_of_one_project_changes_its_environments_alone(bob: User, project: Project, staging: Environment) -> None:
    elsewhere = Environment.objects.create(project=Project.objects.create(key="shop", name="Shop"), key="qa", name="QA")
    Membership.objects.create(user=bob, project=project, role="admin")
    client = browser(bob)
    assert client.post(f"{ENVIRONMENTS}{staging.pk}/change/", fields()).status_code == 302
    assert client.post(f"{ENVIRONMENTS}{elsewhere.pk}/change/", fields()).status_code == 403


def test_write_that_only_the_service_refuses_is_a_form_error(bob: User, project: Project) -> None:
    """Bob is admin of one project, so that he is offered the form, and names another one."""
    shop = Project.objects.create(key="shop", name="Shop")
    Membership.objects.create(user=bob, project=project, role="admin")
    answer = browser(bob).post(f"{ENVIRONMENTS}add/", fields(project=shop.pk, key="qa"))
    assert answer.status_code == 200
    assert "Only admins create, change and delete environments" in answer.content.decode()


def test_selection_that_goes_beyond_ones_rights_deletes_nothing(bob: User, project: Project) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    Environment.objects.create(project=shop, key="qa", name="QA")
    Membership.objects.create(user=bob, project=project, role="admin")
    chosen = [str(pk) for pk in Environment.objects.values_list("pk", flat=True)]
    answer = browser(bob).post(
        ENVIRONMENTS, {"_selected_action": chosen, "action": "delete_selected", "post": "yes"}, follow=True
    )
    assert "Only admins" in answer.content.decode()
    assert Environment.objects.count() == 4


def test_project_is_made_with_its_environments(alice: User) -> None:
    browser(alice).post(f"{PROJECTS}add/", {"key": "shop", "name": "Shop"})
    assert Environment.objects.filter(project__key="shop").count() == 3


def test_project_is_renamed(alice: User, project: Project) -> None:
    browser(alice).post(f"{PROJECTS}{project.pk}/change/", {"name": "Main"})
    assert Project.objects.get().name == "Main"


def test_default_project_stays_and_the_page_says_why(alice: User, project: Project) -> None:
    answer = browser(alice).post(f"{PROJECTS}{project.pk}/delete/", {"post": "yes"}, follow=True)
    assert "The project default stays" in answer.content.decode()
    assert Project.objects.count() == 1


def test_key_is_shown_by_its_prefix_and_revoked(alice: User, staging: Environment) -> None:
    key, text = issue_key(staging, kind="server", name="Web", by=alice)
    client = browser(alice)
    page = client.get(KEYS).content.decode()
    assert key.prefix in page
    assert text not in page
    client.post(KEYS, {"action": "revoke", "_selected_action": str(key.pk)})
    assert ApiKey.objects.get().revoked_at


def test_keys_are_neither_made_nor_changed_nor_deleted_here(alice: User, staging: Environment) -> None:
    key, _ = issue_key(staging, kind="server", name="Web", by=alice)
    client = browser(alice)
    assert client.get(f"{KEYS}add/").status_code == 403
    assert client.post(f"{KEYS}{key.pk}/change/", {"name": "x"}).status_code == 403
    assert client.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_do_not_see_keys(db: None, name: str, request: pytest.FixtureRequest) -> None:
    assert browser(request.getfixturevalue(name)).get(KEYS).status_code == 403


def test_every_list_and_form_opens(alice: User) -> None:
    client = browser(alice)
    for model in ("user", "project", "environment", "membership", "apikey"):
        assert client.get(f"/admin/accounts/{model}/").status_code == 200
    for model in ("user", "project", "environment", "membership"):
        assert client.get(f"/admin/accounts/{model}/add/").status_code == 200
