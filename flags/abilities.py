"""What the person who looks may do with a project's flags, for pages that offer a control or say why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts import policy
from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from accounts.policy import Action


@dataclass(frozen=True, slots=True)
class Abilities:
    """`why_not` maps the key of an environment that this person may not change to the sentence that says why;
    `reasons` maps each such sentence to the names of the environments.
    """

    create: bool
    archive: bool
    delete: bool
    why_not: Mapping[str, str]
    reasons: Mapping[str, Sequence[str]]


def abilities(user: User, project: Project, environments: Sequence[Environment]) -> Abilities:
    actions = (Action.CHANGE, Action.CHANGE_PROTECTED, Action.DELETE_FLAGS)
    refusals = {action: _refusal(user, action, project) for action in actions}
    why_not: dict[str, str] = {}
    reasons: dict[str, list[str]] = {}
    for environment in environments:
        sentence = refusals[policy.changing(environment)]
        if sentence:
            why_not[environment.key] = sentence
            reasons.setdefault(sentence, []).append(environment.name)
    return Abilities(
        create=not refusals[Action.CHANGE],
        archive=not refusals[Action.CHANGE] and not why_not,
        delete=not refusals[Action.DELETE_FLAGS],
        why_not=why_not,
        reasons=reasons,
    )


def _refusal(user: User, action: Action, project: Project) -> str:
    """The sentence with which policy refuses, nothing when it does not."""
    try:
        policy.require(user, action, project=project)
    except Forbidden as refusal:
        return refusal.message
    return ""
