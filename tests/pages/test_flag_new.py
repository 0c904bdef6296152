"""The page on which a flag is made."""

from typing import Any

import pytest

from accounts.models import Project, User
from audit.models import Entry
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text

NEW = "/dashboard/flags/new"


def filled(**given: Any) -> dict[str, Any]:
    return {"key": "fresh", "flag_type": "boolean", "purpose": "release", **given}


def test_flag_is_made_and_its_page_shown(browse: Browse, bob: User, project: Project) -> None:
    given = filled(name="Fresh", description="Line one\r\nline two", tags="web, mobile", owner=bob.email)
    response = browse(bob).post(NEW, given)
    assert response.url == "/dashboard/flags/fresh"
    flag = Flag.objects.get(key="fresh")
    assert (flag.name, flag.description, flag.tags, flag.owner) == (
        "Fresh",
        "Line one\nline two",
        ["web", "mobile"],
        bob,
    )
    assert flag.is_temporary is False


def test_empty_form_proposes_the_person_as_owner(browse: Browse, bob: User) -> None:
    assert element(browse(bob).get(NEW), "input", name="owner")["value"] == bob.email


@pytest.mark.parametrize(
    ("flag_type", "texts", "values"),
    [
        ("string", ["", "two\r\nlines"], ["", "two\nlines"]),
        ("number", ["3", "1.5"], [3, 1.5]),
        ("object", ['{"size": 3}', "[1]"], [{"size": 3}, [1]]),
    ],
)
def test_variants_are_read_by_the_type_of_the_flag(
    browse: Browse, bob: User, flag_type: str, texts: list[str], values: list[Any]
) -> None:
    given = filled(flag_type=flag_type, variant_key=["a", "", "b"], variant_value=[texts[0], "", texts[1]])
    browse(bob).post(NEW, {**given, "variant_name": ["", "", "Second"]})
    assert Flag.objects.get(key="fresh").variants == [
        {"key": "a", "value": values[0]},
        {"key": "b", "value": values[1], "name": "Second"},
    ]


def test_boolean_flag_leaves_typed_variants_aside(browse: Browse, bob: User) -> None:
    browse(bob).post(NEW, filled(variant_key=["a"], variant_value=["x"], variant_name=[""]))
    assert [variant["key"] for variant in Flag.objects.get(key="fresh").variants] == ["on", "off"]


@pytest.mark.parametrize(
    "bad",
    [
        {"key": ""},
        {"key": "not a key"},
        {"key": "x" * 101},
        {"key": "nul\x00"},
        {"flag_type": "nonsense"},
        {"purpose": "nonsense"},
        {"tags": "a tag/with a slash"},
        {"owner": "nobody@example.com"},
        {"name": "x" * 201},
    ],
    ids=str,
)
def test_bad_field_is_said_and_nothing_is_lost(browse: Browse, bob: User, bad: dict[str, str]) -> None:
    response = browse(bob).post(NEW, filled(description="Keep me", **{**bad, "key": bad.get("key", "fresh")}))
    assert response.status_code == 400
    assert element(response, "textarea", name="description").text == "Keep me"
    [field] = bad
    assert element(response, "div", id=f"id_{field}_error").text
    assert not Entry.objects.exclude(subject="user").exists()


@pytest.mark.parametrize(
    ("flag_type", "value"),
    [
        ("number", "many"),
        ("number", "true"),
        ("number", "NaN"),
        ("number", "1e999"),
        ("object", "{"),
        ("object", '"text"'),
        ("object", "[" * 100_000),
        ("object", '["\\ud800"]'),
        ("object", '["\\u0000"]'),
        ("object", "[" * 40 + "]" * 40),
    ],
)
def test_value_that_is_not_of_the_type_is_said_at_its_row(
    browse: Browse, bob: User, flag_type: str, value: str
) -> None:
    given = filled(flag_type=flag_type, variant_key=["good", "bad"], variant_value=["1", value], variant_name=["", ""])
    if flag_type == "object":
        given["variant_value"][0] = "{}"
    response = browse(bob).post(NEW, given)
    assert response.status_code == 400
    assert element(response, "div", id="variant-why-2").text
    assert [e.text for e in elements(response, "textarea", name="variant_value")][:2] == given["variant_value"]
    assert not Flag.objects.exists()


def test_string_flag_without_variants_is_told_that_it_needs_some(browse: Browse, bob: User) -> None:
    response = browse(bob).post(NEW, filled(flag_type="string"))
    assert response.status_code == 400
    assert "Give 1 to 50 of them." in element(response, "fieldset", id="variants").text


def test_taken_key_is_said_at_the_key(browse: Browse, bob: User, flag: Flag) -> None:
    response = browse(bob).post(NEW, filled(key=flag.key))
    assert response.status_code == 409
    assert "Choose another key." in element(response, "div", id="id_key_error").text


def test_more_rows_keeps_what_was_typed_and_makes_nothing(browse: Browse, bob: User) -> None:
    given = filled(variant_key=["a", ""], variant_value=["x", ""], variant_name=["", ""], more="yes")
    response = browse(bob).post(NEW, given)
    assert response.status_code == 200
    assert [e["value"] for e in elements(response, "input", name="variant_key")] == ["a", "", "", ""]
    assert element(response, "input", name="key")["value"] == "fresh"
    assert not Flag.objects.exists()


def test_flag_is_made_in_the_project_that_the_address_names(browse: Browse, bob: User) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    assert browse(bob).post(f"{NEW}?project=shop", filled()).url == "/dashboard/flags/fresh?project=shop"
    assert Flag.objects.get().project == shop


def test_what_the_first_screen_says_after_making(browse: Browse, bob: User) -> None:
    response = browse(bob).post(NEW, filled(), follow=True)
    assert "fresh was made. It is off everywhere until you turn it on." in text(response)
