"""`row.get_status_display()` of every model of the house, from a table that is made once.

Django's own makes the table of all choices anew, and hashable, for each row that is asked: fifty times a queue.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partialmethod
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.utils.functional import Promise

HOUSE = ("tickets", "escalation", "billing")


def quicken() -> None:
    """Once, when all models are there. A model's own `get_…_display` stays."""
    for label in HOUSE:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                name = f"get_{field.name}_display"
                if isinstance(field.choices, list) and isinstance(model.__dict__.get(name), partialmethod):
                    setattr(model, name, _display(field))


def _display(field: Field[Any, Any]) -> Callable[[Model], Any]:
    labels: dict[Hashable, Any] = dict(field.flatchoices)
    name = field.attname

    def display(row: Model) -> Any:
        value = getattr(row, name)
        label = labels.get(value, value)
        # In the reader's language; a number without a word stays a number.
        return str(label) if isinstance(label, Promise) else label

    return display
