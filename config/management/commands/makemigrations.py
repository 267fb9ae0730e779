"""`makemigrations`, whose first migration of a floor makes all tables in one step (ADR 0008)."""

from importlib.util import find_spec
from typing import Any

from django.core.management.commands import makemigrations as plain
from django.db.migrations import Migration
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation

from tickets.migrating import CreateTogether

# With the development tools, the command that also keeps max_migration.txt.
if find_spec("django_linear_migrations"):
    from django_linear_migrations.management.commands.makemigrations import Command as Base
else:
    Base = plain.Command  # type: ignore[misc,assignment]

FLOORS = {"tickets", "escalation", "billing"}
TOGETHER = (CreateModel, AddField, AddConstraint, AddIndex)


class Command(Base):
    """As Django's."""

    def write_migration_files(self, changes: dict[str, list[Migration]], *args: Any, **options: Any) -> None:
        """Fold the operations of a first migration before it is written."""
        for label in FLOORS & set(changes):
            for migration in changes[label]:
                if migration.initial and not any(name == label for name, _ in migration.dependencies):
                    migration.operations = fold(list(migration.operations))  # type: ignore[misc]
        super().write_migration_files(changes, *args, **options)


def fold(operations: list[Operation]) -> list[Operation]:
    """One `CreateTogether` for all that makes models; what it cannot do stays behind it."""
    together = [operation for operation in operations if isinstance(operation, TOGETHER)]
    rest = [operation for operation in operations if not isinstance(operation, TOGETHER)]
    return [CreateTogether(operations=together), *rest]
