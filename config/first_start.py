"""Make the database ready: migrate, load the demonstration when it is empty.

    python -m config.first_start [--reset]

Prints its steps as `==> ...` and the demonstration's sign-ins as plain lines; an error
is one line. `--reset` throws the local data away first.
"""

import io
import sys
from importlib import import_module
from importlib.util import find_spec


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
    _tolerate_missing_migrations()
    django.setup()
    try:
        _prepare(reset="--reset" in arguments, production=found.is_production)
    except (CommandError, Error, OSError) as error:
        print(f"error: {' '.join(str(error).split())}")
        return 1
    return 0


def _tolerate_missing_migrations() -> None:
    """Until the floors have their first migrations: tables straight from the models."""
    from django.conf import settings

    if not list((settings.BASE_DIR / "tickets" / "migrations").glob("0001_*.py")):

        class NoMigrations(dict[str, None]):
            def __contains__(self, key: object) -> bool:
                return True

            def __getitem__(self, key: str) -> None:
                return None

        settings.MIGRATION_MODULES = NoMigrations()


def _prepare(*, reset: bool, production: bool) -> None:
    from django.core.management import call_command, get_commands

    if reset:
        _refuse_reset(production=production)
        _empty_the_database()
    print("==> database", flush=True)
    call_command("migrate", interactive=False, verbosity=0, run_syncdb=True, stdout=io.StringIO())
    if not production and _is_empty() and "demo" in get_commands():
        print("==> demonstration data", flush=True)
        call_command("demo", stdout=io.StringIO())
    if not production:
        _print_sign_ins()


def _refuse_reset(*, production: bool) -> None:
    from django.core.management.base import CommandError

    if production:
        raise CommandError("the data of a production database is not thrown away")


def _empty_the_database() -> None:
    """Drop every table. Tables that refuse deletion by trigger cannot be emptied row by row."""
    from django.db import connection

    print("==> throwing the old data away", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("drop schema public cascade")
        cursor.execute("create schema public")


def _is_empty() -> bool:
    from django.contrib.auth import get_user_model

    return not get_user_model().objects.exists()


def _print_sign_ins() -> None:
    """The demonstration's people, from `tickets.demo.SIGN_INS`: rows of words to print."""
    if not find_spec("tickets.demo"):
        return
    demo = import_module("tickets.demo")  # by name: the demonstration may be left out of an installation
    for row in getattr(demo, "SIGN_INS", ()):
        print("  ".join(str(word) for word in row))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
