"""Edits a flag as fast as it can, in a forked child that the test kills: `python -m tests.faults.editor`.

For each line on standard input a child is forked. It prints its process id after its first two edits; once it is dead,
"dead" is printed.
"""

import itertools
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
    import django

    django.setup()
    from django.db import connections

    for _ in sys.stdin:
        connections.close_all()
        child = os.fork()
        if child == 0:
            _edit()
        os.waitpid(child, 0)
        print("dead", flush=True)  # noqa: T201


def _edit() -> None:
    from accounts.models import Environment, User
    from flags.models import Flag
    from flags.services import update_config

    alice = User.objects.get()
    flag, staging = Flag.objects.get(), Environment.objects.get(key="staging")
    for n in itertools.count():
        update_config(flag, staging, by=alice, is_enabled=bool(n % 2), rollout_percentage=n % 100)
        if n == 1:
            print(os.getpid(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
