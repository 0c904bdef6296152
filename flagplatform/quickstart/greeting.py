"""What a start prints: where to go, what to sign in with, and one question with its real answer."""

from pathlib import Path
from urllib.parse import urlencode

from accounts.models import Environment
from flagplatform.demo import SHOWN
from flagplatform.quickstart.credentials import ADMIN, ENVIRONMENT
from flagplatform.quickstart.record import Record
from flags.models import Flag

_RESET = f".venv/bin/python manage.py changepassword {ADMIN}"


def greeting(now: Record, *, data: Path, path: str, answer: str) -> str:
    """The lines for a person; `answer` is what the server said to `path`."""
    return f"""
Flagplatform is running at {now.url} (Ctrl-C stops it).

  Dashboard   {now.url}/dashboard
  API pages   {now.url}/docs
  Sign in     {_sign_in(now)}
  Server key  {_key(now.server_key)}
  Client key  {_key(now.client_key)}
  Data        {data}

Ask it something:

  curl "{now.url}{path}"
  {answer}
"""


def question() -> str:
    """The path of an evaluation that this installation can answer: the demo's own, else of any flag it has."""
    flags = Flag.objects.filter(project__key="default", archived_at=None)
    environments = Environment.objects.filter(project__key="default")
    flag = flags.filter(key=SHOWN).first() or flags.first()
    environment = environments.filter(key="production").first() or environments.first()
    if flag is None or environment is None:
        return "/health"
    return f"/evaluate/{flag.key}?{urlencode({'environment_key': environment.key, 'user_id': 'alice'})}"


def port_taken(kept: Record, port: int) -> str:
    """Who has the port, as far as that is known, and what to do."""
    other = f"To start another one, choose another port: PORT={port + 1} ./start"
    if kept.url and kept.url.endswith(f":{port}") and kept.runs:
        return f"Flagplatform already runs on this data at {kept.url} (process {kept.pid}). {other}"
    return f"Port {port} is taken by another program. {other}"


def _sign_in(now: Record) -> str:
    if now.admin_email is None:
        return "as one of this installation's own admins"
    if now.admin_password is None:
        return f"{now.admin_email}; its password was changed since. To set a new one: {_RESET}"
    return f"{now.admin_email} / {now.admin_password}"


def _key(text: str | None) -> str:
    return f"{text} (for {ENVIRONMENT})" if text else f"none that works: it was revoked, or {ENVIRONMENT} is gone"
