"""The migrations make the same database as the models, which is what all other tests run on."""

import re
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from config.environment import ROOT
from tests.services.worker import database_url

MIGRATED = "tsunagu_migrated"

# What a schema consists of, said by the server itself in a comparable order.
QUESTIONS = {
    "columns": """
        select table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
               is_generated, generation_expression
        from information_schema.columns where table_schema = 'public' order by 1, 2""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace order by 1, 3""",
    "indexes": "select tablename, indexdef from pg_indexes where schemaname = 'public' order by 1, 2",
    "triggers": """
        select t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid), p.prosrc
        from pg_trigger t join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal order by 1, 2""",
}


@pytest.fixture(scope="module")
def migrated(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        here = database_url()
        name = connection.settings_dict["NAME"]
    fresh = f"{MIGRATED}_{name}"
    url = here.replace(f"/{name}", f"/{fresh}", 1)
    with psycopg.connect(here, autocommit=True) as link:
        link.execute(f"drop database if exists {fresh}")
        link.execute(f"create database {fresh}")
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"],
        cwd=ROOT,
        env={**_environment(), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    yield url
    with psycopg.connect(here, autocommit=True) as link:
        link.execute(f"drop database {fresh} with (force)")


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}


@pytest.mark.slow
@pytest.mark.parametrize("what", QUESTIONS)
def test_migrations_and_models_make_the_same(what: str, migrated: str, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUESTIONS[what])
        from_models = set(map(str, cursor.fetchall()))
    with psycopg.connect(migrated) as link:
        from_migrations = set(map(str, link.execute(QUESTIONS[what]).fetchall()))
    assert _ours(from_migrations) - _ours(from_models) == set()
    assert _ours(from_models) - _ours(from_migrations) == set()


def _ours(rows: set[str]) -> set[str]:
    """Packages' tables are their own affair; casts and brackets are the server's way of writing the same rule,
    and differ once an index has been dropped and built again from its own definition."""
    ours = {row for row in rows if row.startswith(("('tickets_", "('escalation_", "('billing_"))}
    return {re.sub(r"::(character varying|text)|[()\[\]]", "", row) for row in ours}


@pytest.mark.parametrize("floor", ["tickets", "escalation", "billing"])
def test_the_first_migration_makes_all_tables_together(floor: str) -> None:
    [first] = (ROOT / floor / "migrations").glob("0001_*.py")
    assert "CreateTogether" in first.read_text(), "delete it and run makemigrations (ADR 0008)"


def test_nothing_waits_to_be_migrated() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
