"""Make the database ready: migrate, lay the masters, load the demonstration when it is empty.

    python -m config.first_start [--reset]

Prints its steps as `==> ...` and the demonstration's sign-ins as plain lines; an error
is one line. `--reset` throws the local data away first.
"""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.environment import Environment


def main(arguments: list[str]) -> int:
    """Prepare; returns the exit code."""
    from config import embedded, environment

    try:
        found = environment.read()
        embedded.ensure(found.var, postgres=found.embedded_postgres, redis=found.embedded_redis)
    except (embedded.EmbeddedError, environment.ConfigurationError) as error:
        print(f"error: {error}")
        return 1
    import django
    from django.core.management.base import CommandError
    from django.db.utils import Error

    environment.use_settings()
    django.setup()
    try:
        _prepare(found, reset="--reset" in arguments)
    except (CommandError, Error, OSError) as error:
        print(f"error: {' '.join(str(error).split())}")
        return 1
    return 0


def _prepare(found: "Environment", *, reset: bool) -> None:
    from django.core.management import call_command

    if reset:
        _refuse_reset(production=found.is_production)
        _empty_the_database()
    print("==> database", flush=True)
    call_command("migrate", interactive=False, verbosity=0, stdout=io.StringIO())
    call_command("masters", stdout=io.StringIO())
    if not found.demo:
        return
    if _is_empty():
        print("==> demonstration data (half a minute)", flush=True)
        call_command("demo", stdout=io.StringIO())
    _print_sign_ins()


def _refuse_reset(*, production: bool) -> None:
    from django.core.management.base import CommandError

    if production:
        raise CommandError("the data of a production database is not thrown away")


def _empty_the_database() -> None:
    """Drop every table. Tables that refuse deletion by trigger cannot be emptied row by row."""
    from django.conf import settings
    from django.db import connection

    print("==> throwing the old data away", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("drop schema public cascade")
        cursor.execute("create schema public")
    # Numbers begin again, so the local carrier must forget the keys that it knows.
    (Path(settings.VAR_DIR) / "carrier" / "instructions.jsonl").unlink(missing_ok=True)


def _is_empty() -> bool:
    from django.contrib.auth import get_user_model

    return not get_user_model().objects.exists()


def _print_sign_ins() -> None:
    """The demonstration's people, where they are the ones in the database."""
    from django.contrib.auth import get_user_model

    from config.demo import PASSWORD, SIGN_INS

    people = get_user_model().objects.filter(is_active=True, email__endswith="@tsunagu.example")
    there = set(people.values_list("login_id", flat=True))
    if not there:
        return
    print(f"sign in with the password {PASSWORD} as")
    for sign_in in SIGN_INS:
        if sign_in.login_id in there:
            print(f"  {sign_in.login_id:<12}{sign_in.rank:<40}{sign_in.rank_ja}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
