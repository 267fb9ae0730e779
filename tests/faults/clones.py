"""A hundred thousand like one: clones what a household's cancellation wrote, table by table, in SQL."""

from django.apps import apps
from django.db import connection, models

# More than the ids of one household in an empty database; fifty thousand of them stay below the eight digits of a case's number.
STRIDE = 1_000
# Unique words that must differ between clones; ids and references are shifted by themselves.
OWN = {"number", "key", "circuit", "e164", "token_hash", "recording_ref"}


def clone(rows: dict[type[models.Model], list[int]], *, copies: int) -> None:
    """Copy these rows `copies` times; references among them point within each copy. Triggers stand aside."""
    tables = {model._meta.db_table for model in rows}
    highest = max(max(ids, default=0) for ids in rows.values())
    if highest >= STRIDE:
        raise ValueError(f"the clones of row {highest} would fall upon each other")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model, ids in rows.items():
            fields = [field for field in model._meta.concrete_fields if not field.generated]
            columns = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(_expression(field, tables) for field in fields)
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {values} FROM {model._meta.db_table} t, "
                f"generate_series(1, %s) g WHERE t.id = ANY(%s)",
                [copies, ids],
            )
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), "
                f"(SELECT max(id) FROM {model._meta.db_table}))"
            )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


def _expression(field: models.Field, tables: set[str]) -> str:
    column = f't."{field.column}"'
    related = field.related_model
    if field.primary_key or field.name == "subject_id":
        return f"{column} + g * {STRIDE}"
    if related is not None and related._meta.db_table in tables:
        return f"{column} + g * {STRIDE}"
    if field.name == "key":
        # `kind:<id>` keys carry the id of the clone, others a suffix.
        return f"regexp_replace({column}, ':\\d+', ':' || (substring({column} from ':(\\d+)')::bigint + g * {STRIDE}))"
    if field.name in OWN and isinstance(field, models.CharField):
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '-' || g END"
    return column


def rows_of(model: str, **filters: object) -> tuple[type[models.Model], list[int]]:
    """The ids that a filter finds."""
    found = apps.get_model(model)
    return found, list(found._base_manager.filter(**filters).values_list("pk", flat=True))
