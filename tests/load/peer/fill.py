"""Fill the peer with the same shape: tickets and four follow-ups each. Runs in the peer's own environment."""

import json
import os
import sys
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "peer.settings"


def main(tickets: int) -> None:
    """Make the tables, the rows and a member of staff signed in."""
    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connection
    from helpdesk.models import FollowUp, Queue, Ticket

    call_command("migrate", verbosity=0)
    user = User.objects.create_superuser("peer", "peer@example.jp", None)
    queue = Queue.objects.create(title="窓口", slug="desk")
    first = Ticket.objects.create(
        title="解約", queue=queue, submitter_email="a@example.jp", priority=3, status=1
    )
    entry = FollowUp.objects.create(
        ticket=first, title="入電", comment="解約の手続きについて", user=user, public=False
    )
    with connection.cursor() as cursor:
        # Loading is not what is measured here: its references are right by the way they are made.
        cursor.execute("SET session_replication_role = replica")
        copy(cursor, Ticket, first.pk, tickets - 1, {
            "title": "'解約の手続き ' || i",
            "description": "'インターネットがつながらないとのお申し出' || i",
            "status": "CASE WHEN i % 25 = 0 THEN 1 ELSE 4 END", "priority": "1 + i % 5",
            "created": "timestamptz '2024-02-01' + i * interval '1 minute'", "submitter_email": "'c' || i || '@example.jp'",
        })  # fmt: skip
        copy(cursor, FollowUp, entry.pk, tickets * 4, {
            "ticket_id": "1 + (i - 1) / 4", "comment": "'解約の手続きについて担当者の説明に納得いただけず。折り返しをお約束した。' || i",
        })  # fmt: skip
        cursor.execute("VACUUM (ANALYZE)")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    print(json.dumps({"session": store.session_key, "ticket": first.pk + 24, "queue": queue.pk}))


def copy(cursor: Any, model: Any, pk: int, count: int, changes: dict[str, str]) -> None:
    """Rows like the one with this pk, less what differs; whatever columns this version has."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t, generate_series(1, {count}) i WHERE t.id = {pk}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
