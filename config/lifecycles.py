"""All lifecycles of the house, with the models that live by them. Read by the guard and by the diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps
from django.db import models
from django_fsm import FSMFieldMixin

from tickets.statemachine import Lifecycle

FLOORS = ("tickets", "escalation", "billing")


@dataclass(frozen=True)
class Lived:
    """A lifecycle and the model that has it."""

    lifecycle: Lifecycle
    model: type[models.Model]


def tables() -> dict[str, Lifecycle]:
    """Every `Lifecycle` written in a module of a floor whose name begins with `lifecycle`, by name."""
    found: dict[str, Lifecycle] = {}
    for floor in FLOORS:
        package = import_module(floor)
        names = [info.name for info in iter_modules(package.__path__) if info.name.startswith("lifecycle")]
        for name in sorted(names):
            for value in vars(import_module(f"{floor}.{name}")).values():
                if isinstance(value, Lifecycle):
                    found[value.name] = value
    return found


def fsm_fields(model: type[models.Model]) -> Iterator[FSMFieldMixin]:
    """The model's state columns."""
    return (field for field in model._meta.get_fields() if isinstance(field, FSMFieldMixin))


def lived() -> list[Lived]:
    """Each model with a state column, beside the table its methods were made from."""
    known = tables()
    pairs: list[Lived] = []
    for floor in FLOORS:
        for model in apps.get_app_config(floor).get_models():
            if model._meta.proxy:
                continue
            for field in fsm_fields(model):
                names = {step.custom.get("lifecycle") for step in field.get_all_transitions(model)}
                pairs.extend(Lived(known[name], model) for name in sorted(filter(None, names)))
    return pairs
