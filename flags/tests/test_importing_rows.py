"""What an import makes of features and segments in the database, and what it leaves alone."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from audit.models import Entry
from flagkit.engine import Context, compile_ruleset
from flags.documents import audience_documents, documents
from flags.importing.applying import Report, import_unleash
from flags.models import Audience, Flag, FlagConfig
from flags.queries import EnvironmentNeeded
from flags.services import archive_flag, create_flag, update_config

Import = Callable[..., Report]
HALF = {"name": "flexibleRollout", "parameters": {"rollout": "50", "stickiness": "default", "groupId": "g"}}
EUROPE = {"id": 3, "name": "Europe", "constraints": [{"contextName": "at", "operator": "IN", "values": ["DE"]}]}


def feature(name: str = "f", **fields: Any) -> dict[str, Any]:
    return {"name": name, "enabled": True, "strategies": [{"name": "default"}], **fields}


def document(*features: dict[str, Any], segments: Any = ()) -> dict[str, Any]:
    return {"version": 2, "features": list(features), "segments": list(segments)}


def variant(name: str, value: str = "", weight: int = 1) -> dict[str, Any]:
    return {"name": name, "weight": weight, "payload": {"type": "string", "value": value or name}}


def variants_of(key: str) -> dict[str, Any]:
    return {variant["key"]: variant["value"] for variant in Flag.objects.get(key=key).variants}


def on(environment: Environment, key: str, user: str = "alice", **attributes: Any) -> bool:
    known = Audience.objects.filter(environment=environment).values_list("key", flat=True)
    every = documents(environment, Flag.objects.values_list("key", flat=True)).values()
    ruleset, problems = compile_ruleset([*every, *audience_documents(environment, list(known)).values()])
    assert problems == []
    return ruleset.evaluate(key, Context(user, attributes)).enabled


@pytest.fixture
def importing(project: Project, alice: User, development: Environment) -> Import:
    """Import features as Alice, into development where nothing else is said."""

    def run(*features: dict[str, Any], segments: Any = (), **options: Any) -> Report:
        options = {"by": alice, "environments": [development], **options}
        return import_unleash(project, document(*features, segments=segments), **options)

    return run


def test_a_feature_becomes_a_flag_in_the_environments_that_are_named(
    importing: Import, development: Environment, staging: Environment, production: Environment
) -> None:
    assert importing(feature(), environments=[development, staging]).created == ["f"]
    assert [on(each, "f") for each in (development, staging, production)] == [True, True, False]


def test_a_rollout_keeps_the_buckets_of_unleash(importing: Import, development: Environment) -> None:
    report = importing(feature(strategies=[HALF]))
    rule = FlagConfig.objects.get(environment=development).rules[0]
    assert rule["gates"][0] | {"algorithm": "unleash", "salt": "g", "ranges": [[0, 50]]} == rule["gates"][0]
    assert report.agreement.sampled == report.agreement.equal == 1000
    assert 400 < sum(on(development, "f", f"user-{at}") for at in range(1000)) < 600


def test_a_segment_becomes_an_audience_that_the_flag_asks_for(importing: Import, development: Environment) -> None:
    strategy = {"name": "default", "segments": [3]}
    report = importing(feature(strategies=[strategy]), segments=[EUROPE])
    assert report.created == ["audience segment-3", "f"]
    assert Audience.objects.get().name == "Europe"
    assert [on(development, "f", at=where) for where in ("DE", "US")] == [True, False]


def test_a_dependency_becomes_a_prerequisite_in_whatever_order_they_come(
    importing: Import, development: Environment
) -> None:
    child = feature("child", dependencies=[{"feature": "parent"}])
    assert importing(child, feature("parent", enabled=False)).created == ["parent", "child"]
    assert FlagConfig.objects.get(flag__key="child").prerequisites == [{"flag": "parent", "enabled": True}]
    assert not on(development, "child")


def test_description_and_type_are_taken_when_a_flag_is_created_and_left_alone_later(importing: Import) -> None:
    importing(feature(description="Old.", type="kill-switch"))
    flag = Flag.objects.get()
    assert (flag.description, flag.purpose, flag.is_temporary) == ("Old.", "kill_switch", False)
    assert importing(feature(description="New.", type="release")).unchanged == ["f"]


def test_the_same_import_again_changes_nothing(importing: Import, written: Callable[[], int]) -> None:
    split = feature("split", variants=[variant("a"), variant("b")], strategies=[HALF])
    asking = feature("asking", strategies=[{"name": "default", "segments": [3]}])
    child = feature("child", dependencies=[{"feature": "split"}])
    created = importing(split, asking, child, segments=[EUROPE]).created
    entries = written()
    report = importing(split, asking, child, segments=[EUROPE])
    assert (report.created, report.changed, sorted(report.unchanged)) == ([], [], sorted(created))
    assert written() == entries


def test_an_import_is_recorded_as_edits_of_who_made_it(importing: Import, bob: User) -> None:
    importing(feature(), by=bob)
    assert set(Entry.objects.filter(actor="bob@example.com").values_list("subject", flat=True)) == {
        "flag",
        "flag_config",
    }


def test_a_changed_feature_changes_its_flag_and_no_other(importing: Import, development: Environment) -> None:
    importing(feature("one"), feature("two"))
    report = importing(feature("one", enabled=False), feature("two"))
    assert (report.changed, report.unchanged) == (["one"], ["two"])
    assert [on(development, key) for key in ("one", "two")] == [False, True]


def test_a_flag_that_the_document_does_not_have_is_left_alone(importing: Import, development: Environment) -> None:
    importing(feature("old"))
    importing(feature("new"))
    assert on(development, "old")


@pytest.mark.parametrize("name", ["Grüße", "a b", "", "x" * 101])
def test_a_feature_whose_name_is_no_key_is_reported_and_the_others_are_imported(importing: Import, name: str) -> None:
    report = importing(feature(name), feature("good"))
    assert report.created == ["good"]
    assert [found["feature"] for found in report.not_representable] == [name]
    assert "cannot be the key of a flag" in report.not_representable[0]["why"]


def test_a_feature_that_depends_on_one_that_cannot_be_imported_cannot_be_either(importing: Import) -> None:
    report = importing(feature("Grüße"), feature("child", dependencies=[{"feature": "Grüße"}]))
    assert report.not_representable[1] == {
        "feature": "child",
        "why": "It depends on Grüße, which cannot be imported.",
    }
    assert not Flag.objects.exists()


def test_a_feature_that_a_service_refuses_is_reported_and_leaves_no_trace(
    importing: Import, staging: Environment, development: Environment
) -> None:
    many = [variant(f"v{at}") for at in range(60)]
    report = importing(feature("many", variants=many), feature("good"), environments=[development, staging])
    assert report.not_representable == [{"feature": "many", "why": "Give 1 to 50 of them."}]
    assert list(Flag.objects.values_list("key", flat=True)) == ["good"]
    assert not Entry.objects.filter(key="many").exists()


def test_an_archived_flag_is_reported_and_stays_archived(importing: Import, checkout: Flag, alice: User) -> None:
    archive_flag(checkout, by=alice)
    report = importing(feature("checkout"))
    assert "is archived. Restore it" in report.not_representable[0]["why"]


def test_a_dry_run_reports_the_same_and_writes_nothing(importing: Import, written: Callable[[], int]) -> None:
    features = [feature("f", variants=[variant("a"), variant("b")]), feature("Grüße")]
    before = written()
    rehearsed = importing(*features, dry_run=True)
    assert (Flag.objects.count(), FlagConfig.objects.count(), written()) == (0, 0, before)
    assert rehearsed == importing(*features)


def test_what_unleash_never_turns_on_is_off_and_said_to_be(importing: Import, development: Environment) -> None:
    report = importing(feature("child", dependencies=[{"feature": "gone"}]))
    assert "gone, which it depends on, does not exist" in report.notes[0]["note"]
    assert not on(development, "child")


def test_two_features_that_depend_on_each_other_are_both_off(importing: Import) -> None:
    circle = [feature("one", dependencies=[{"feature": "two"}]), feature("two", dependencies=[{"feature": "one"}])]
    assert importing(*circle).created == ["one", "two"]
    assert not FlagConfig.objects.filter(is_enabled=True).exists()


def test_dependencies_may_turn_around_from_one_import_to_the_next(importing: Import) -> None:
    importing(feature("one"), feature("two", dependencies=[{"feature": "one"}]))
    report = importing(feature("one", dependencies=[{"feature": "two"}]), feature("two"))
    assert sorted(report.changed) == ["one", "two"]
    assert FlagConfig.objects.get(flag__key="two").prerequisites == []


def test_a_variant_with_other_characters_in_its_name_gets_a_key_and_keeps_its_name(importing: Import) -> None:
    report = importing(feature(variants=[variant("Big Button"), variant("b")]))
    assert Flag.objects.get().variants[0] == {"key": "Big-Button", "value": "Big Button", "name": "Big Button"}
    assert "Big-Button" in report.notes[0]["note"]


def test_variants_come_and_go_with_the_feature(importing: Import) -> None:
    importing(feature(variants=[variant("a"), variant("b")]))
    importing(feature(variants=[variant("b"), variant("c", "C")]))
    assert variants_of("f") == {"b": "b", "c": "C", "on": ""}


def test_a_feature_that_gets_variants_becomes_a_flag_of_their_type(importing: Import, development: Environment) -> None:
    importing(feature())
    report = importing(feature(variants=[variant("a"), variant("b")]))
    assert (report.changed, Flag.objects.get().flag_type) == (["f"], "string")
    assert report.agreement.equal == 1000
    assert importing(feature()).changed == ["f"]
    assert (Flag.objects.get().flag_type, on(development, "f")) == ("boolean", True)


def test_variants_that_another_environment_serves_stay(importing: Import, staging: Environment) -> None:
    importing(feature(variants=[variant("a"), variant("b")]), environments=[staging])
    importing(feature(variants=[variant("b"), variant("c")]))
    assert set(variants_of("f")) == {"a", "b", "c", "on"}
    assert importing(feature(variants=[variant("a"), variant("b")]), environments=[staging]).unchanged == ["f"]


def test_a_feature_without_variants_here_takes_the_type_that_another_environment_gave_its_flag(
    importing: Import, staging: Environment, development: Environment
) -> None:
    importing(feature(variants=[variant("a"), variant("b")]), environments=[staging])
    report = importing(feature(strategies=[HALF]))
    assert (report.changed, report.agreement.equal) == (["f"], 1000)
    assert {on(development, "f", f"user-{at}") for at in range(20)} == {True, False}


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"variants": [variant("a")]}, "is a boolean flag and used in staging"), ({}, "has another value here")],
)
def test_what_would_break_another_environment_is_refused(
    importing: Import, staging: Environment, fields: dict[str, Any], told: str
) -> None:
    first = {} if fields else {"variants": [variant("a", "1"), variant("b")]}
    importing(feature(**first), environments=[staging])
    report = importing(feature(**(fields or {"variants": [variant("a", "2"), variant("b")]})))
    assert told in report.not_representable[0]["why"]
    assert report.changed == []


def test_a_percentage_flag_of_another_environment_is_not_turned_into_anything_else(
    importing: Import, project: Project, production: Environment, alice: User
) -> None:
    flag = create_flag(project, by=alice, key="f", flag_type="percentage")
    update_config(flag, production, by=alice, is_enabled=True, rollout_percentage=30)
    assert "is a percentage flag and used in production" in importing(feature()).not_representable[0]["why"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_who_may_not_change_every_environment_may_not_import(
    importing: Import, bob: User, development: Environment, production: Environment, dry_run: bool
) -> None:
    with pytest.raises(Forbidden):
        importing(feature(), by=bob, environments=[development, production], dry_run=dry_run)
    assert not Flag.objects.exists()


def test_an_import_of_nothing_takes_the_same_right(importing: Import, bob: User, production: Environment) -> None:
    with pytest.raises(Forbidden):
        importing(by=bob, environments=[production])


def test_who_would_change_a_protected_environment_by_the_way_may_not(
    importing: Import, bob: User, production: Environment
) -> None:
    importing(feature(variants=[variant("a"), variant("b")]), environments=[production])
    with pytest.raises(Forbidden):
        importing(feature(variants=[variant("a"), variant("c")]), by=bob)


def test_an_import_goes_into_at_least_one_environment(importing: Import) -> None:
    with pytest.raises(EnvironmentNeeded):
        importing(feature(), environments=[])
