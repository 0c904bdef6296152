"""Whether a person may send events to an environment: whoever may change it."""

from django.db import DatabaseError, InterfaceError, connection
from psycopg_pool import PoolTimeout

from accounts import policy
from accounts.errors import NotFound, Refusal, Unauthenticated
from accounts.queries import locate_environment
from accounts.sessions import authenticate_access
from evaluation.doors.wire import Refused

_AWAY = (DatabaseError, InterfaceError, PoolTimeout)


def admit(token: str, project: str, environment: str) -> str:
    """The id of the environment that the bearer of the access token may send events to. Raises Refused."""
    try:
        user = authenticate_access(token).user
        found = locate_environment(environment, project=project or None)
        policy.require_change(user, found)
        return str(found.pk)
    except Refusal as refusal:
        raise Refused(_status(refusal), refusal.code, refusal.message) from refusal
    except _AWAY as error:
        message = "The database does not answer, so nobody can be recognised. Try again in a moment."
        raise Refused(503, "database_away", message, retry_after="2") from error


def admit_once(token: str, project: str, environment: str) -> str:
    """As `admit`, for a thread that has nothing else to do with the database."""
    try:
        return admit(token, project, environment)
    finally:
        connection.close()


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, Unauthenticated):
        return 401
    return 404 if isinstance(refusal, NotFound) else 403
