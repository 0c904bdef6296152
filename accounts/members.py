"""Every write of memberships: the roles that people hold in one project."""

from accounts import policy
from accounts.changes import change
from accounts.editing import edit, hold, insert
from accounts.errors import Conflict
from accounts.models import Membership, Project, User
from accounts.policy import Action


class MemberExists(Conflict):
    """The user has a role of their own in this project."""

    code = "member_exists"


def set_member(project: Project, user: User, role: str, *, by: User) -> Membership:
    """Give somebody a role in this project, instead of the one they hold everywhere. Raises Invalid."""
    with change(by=by):
        policy.require(by, Action.MANAGE_USERS, project=project)
        hold(project)  # so that two admins do not add the same person at once
        members = project.memberships.select_related("user", "project")
        standing: Membership | None = members.filter(user=user).first()
        if standing is not None:
            return edit(standing, role=role)
        made = Membership(project=project, user=user, role=role)
        return insert(made, taken=MemberExists(f"{user} is a member of {project} already."))


def remove_member(membership: Membership, *, by: User) -> None:
    """Take the project's own role from somebody; the one they hold everywhere counts again."""
    with change(by=by):
        policy.require(by, Action.MANAGE_USERS, project=membership.project)
        hold(membership)
        membership.delete()
