"""A rule up, down or out: what the pages offer beside the editor of all rules."""

from collections.abc import Sequence

from django import forms

from accounts.errors import NotFound
from accounts.models import Environment
from flags.forms import ConfigForm
from flags.rules import Rule

STEPS = {"up": -1, "down": 1}


class RuleNotFound(NotFound):
    """The config has no rule of this id."""

    code = "rule_not_found"


class OrderForm(ConfigForm):
    """Which rule goes where: `up:ID`, `down:ID` or `remove:ID`."""

    move = forms.RegexField(r"^(up|down|remove):.+$")

    def __init__(self, environment: Environment, *, version: str, given: object = None) -> None:
        super().__init__(given, auto_id="order_%s", initial={"version": version})
        self.require_tick(environment)

    def ordered(self, rules: Sequence[Rule]) -> list[Rule]:
        """The rules after the move. Raises RuleNotFound."""
        move, _, rule = self.cleaned_data["move"].partition(":")
        return moved(rules, rule, move)


def moved(rules: Sequence[Rule], rule: str, move: str) -> list[Rule]:
    """The rules in their new order; a rule stays where there is nothing beyond. Raises RuleNotFound."""
    at = next((at for at, each in enumerate(rules) if each["id"] == rule), None)
    if at is None:
        raise RuleNotFound(f"There is no rule {rule} any more. Look at the rules as they stand now.")
    rest = [*rules[:at], *rules[at + 1 :]]
    if move == "remove":
        return rest
    to = max(at + STEPS[move], 0)
    return [*rest[:to], rules[at], *rest[to:]]
