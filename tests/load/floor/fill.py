"""Fill the floor: as many tickets and entries as ours, by COPY. Prints a session as JSON."""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.floor.settings"


def main(tickets: int) -> None:
    """Make the tables, the rows and somebody signed in."""
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.cursor() as cursor:
        # Loading is not what is measured here: its references are right by the way they are made.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO floor_ticket (customer_name, phone, subject, status, priority, opened_at) SELECT '山田 花子', "
            "'+8190' || lpad((i %% 300000)::text, 8, '0'), '解約の手続き', CASE WHEN i %% 25 = 0 THEN 'open' ELSE 'closed' END, "
            "1 + i %% 4, timestamptz '2024-02-01' + i * interval '1 minute' FROM generate_series(1, %s) i",
            [tickets],
        )
        cursor.execute(
            "INSERT INTO floor_entry (ticket_id, at, body) SELECT t, timestamptz '2024-02-01' + n * interval '1 hour', "
            "'解約の手続きについて担当者の説明に納得いただけず。折り返しをお約束した。' FROM generate_series(1, %s) t, "
            "generate_series(1, CASE WHEN t %% 50 = 0 THEN 35 ELSE 4 END) n",
            [tickets],
        )
        cursor.execute("VACUUM (ANALYZE)")
    user = User.objects.create_user("floor", password=None)
    print(json.dumps({"session": session_of(user), "ticket": tickets - tickets % 50}))


def session_of(user: "django.contrib.auth.models.User") -> str:
    """A session as a sign-in makes it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    main(int(sys.argv[1]))
