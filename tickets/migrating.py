"""Makes the tables of a floor in one step (ADR 0008).

Django applies the operations of a migration one by one and builds the classes of all
related models anew for each. With a hundred and thirty models and four hundred
constraints that took minutes on an empty database; this takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState


class CreateTogether(Operation):
    """Operations that make models of one app and complete them; no row exists yet.

    Only for a first migration: every operation must concern a model that is created
    here. `manage.py makemigrations` writes it for a first migration by itself.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """As written into a migration file."""
        return self.__class__.__name__, [], {"operations": self.operations}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Every operation's effect on the state, without building classes in between."""
        state.__dict__.pop("apps", None)  # built again, once, by whoever asks next
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Each table in its final form; foreign keys and indexes follow at the end, as Django defers them."""
        for name in self._created():
            model = to_state.apps.get_model(app_label, name)
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.create_model(model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the tables, last made first."""
        for name in reversed(self._created()):
            model = from_state.apps.get_model(app_label, name)
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.delete_model(model)

    def describe(self) -> str:
        """For `migrate --plan`."""
        return f"Create {len(self._created())} models together"

    def references_model(self, name: str, app_label: str) -> bool:
        """True when any operation does."""
        return any(operation.references_model(name, app_label) for operation in self.operations)

    def _created(self) -> list[str]:
        return [operation.name for operation in self.operations if isinstance(operation, CreateModel)]
