"""Programs go by codes, so the document of results names all of them and no other."""

import re

from tests.checks import ROOT

CODE = ROOT / "experiments"
DOCUMENT = (ROOT / "docs/results.md").read_text()


def documented(what: str) -> set[str]:
    [listed] = re.findall(rf"^Codes of {what}: (.+?)\.$", DOCUMENT, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([a-z_]+)`", listed))


def noted(path: str) -> set[str]:
    return set(re.findall(r'\b(?:note|Caution)\(\s*"([a-z_]+)"', (CODE / path).read_text()))


def test_every_warning_is_documented_and_no_other() -> None:
    assert documented("warnings") == noted("results/warning_words.py")


def test_every_caution_is_documented_and_no_other() -> None:
    files = ("results/methods.py", "results/metric_results.py", "results/careful.py", "stats/cautions.py")
    assert documented("cautions") == set().union(*(noted(file) for file in files))


def test_every_state_of_a_verdict_is_documented_and_no_other() -> None:
    told = set(re.findall(r'_said\(\s*"([a-z_]+)"', (CODE / "results/verdicts.py").read_text()))
    assert set(re.findall(r"^\| `([a-z_]+)` \| ", DOCUMENT.split("## Methods")[0], re.MULTILINE)) == told
