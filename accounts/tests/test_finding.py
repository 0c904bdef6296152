"""What a name from outside means: key before id before name, and never a guess."""

import pytest

from accounts.models import Environment, Project
from accounts.queries import EnvironmentNotFound, ProjectNotFound, find_environment, find_project


@pytest.mark.parametrize("named", [None, "", "default"])
def test_no_project_named_means_the_default_one(project: Project, named: str | None) -> None:
    assert find_project(named) == project


def test_project_is_found_by_id(project: Project) -> None:
    assert find_project(str(project.pk)) == project


@pytest.mark.parametrize("named", ["Default", "nothing", "8f4df2a5-0000-4000-8000-000000000000", "%", "' or 1=1"])
def test_unknown_project_is_not_found(project: Project, named: str) -> None:
    with pytest.raises(ProjectNotFound):
        find_project(named)


def test_key_comes_before_name(project: Project, staging: Environment) -> None:
    Environment.objects.create(project=project, key="qa", name="staging")
    assert find_environment(project, "staging") == staging


def test_name_counts_in_any_case(project: Project) -> None:
    made = Environment.objects.create(project=project, key="qa", name="Quality Assurance")
    assert find_environment(project, "quality assurance") == made


def test_name_of_several_is_not_guessed(project: Project) -> None:
    for key in ("qa-1", "qa-2"):
        Environment.objects.create(project=project, key=key, name="QA")
    with pytest.raises(EnvironmentNotFound, match="Several environments"):
        find_environment(project, "qa")


@pytest.mark.parametrize("by", ["key", "id", "name"])
def test_environment_of_another_project_is_not_found(project: Project, by: str) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    elsewhere = Environment.objects.create(project=shop, key="qa", name="Quality")
    with pytest.raises(EnvironmentNotFound):
        find_environment(project, str(getattr(elsewhere, by)))


def test_finding_by_key_costs_one_query(project: Project, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert find_environment(project, "staging").project.key == "default"
