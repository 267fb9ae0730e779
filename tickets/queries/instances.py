"""Model instances out of the rows of a SELECT, as Django's own iterator makes them, at a tenth of the price.

Django gives every value to `Model.__init__`, which asks each field of the model, the deferred too: a queue of fifty is two
hundred instances. Here the values are put into the instance as they came. What `__init__` would have done beside that,
models with one of their own or with listeners get: those are made by `from_db`. tests/queries/test_kept.py compares both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.signals import post_init, pre_init

Values = Sequence[Any]


class Maker:
    """Makes the instances of one model out of its part of a row, with those that are selected with it."""

    def __init__(self, info: Mapping[str, Any], select: Sequence[Any], more: Mapping[str, int]) -> None:
        """`info` and `select` as a compiler leaves them; `more`: annotations and where they stand in the row."""
        columns = info["select_fields"]
        self._part = slice(columns[0], columns[-1] + 1)
        names = [column[0].target.attname for column in select[self._part]]
        self._key = columns[0] + names.index(info["model"]._meta.pk.attname)
        self._new = _maker_of(info["model"], names)
        self._related = [
            (Maker(found, select, {}), found["local_setter"], found["remote_setter"])
            for found in info.get("related_klass_infos", ())
        ]
        self._more = tuple(more.items())

    def __call__(self, row: Values) -> Any:
        """The instance; None where an outer join found nothing."""
        if row[self._key] is None:
            return None
        made = self._new(row[self._part])
        for make, put, put_back in self._related:
            other = make(row)
            put(made, other)
            if other is not None:
                put_back(other, made)
        for name, place in self._more:
            setattr(made, name, row[place])
        return made


def maker(compiler: Any) -> Maker:
    """For the rows of a compiler that has built its SQL; ValueError for what is not made of one table's own columns."""
    info = compiler.klass_info
    if info is None or _inherits(info):
        raise ValueError("no rows of a model")
    return Maker(info, compiler.select, compiler.annotation_col_map or {})


def _inherits(info: Mapping[str, Any]) -> bool:
    return bool(info.get("from_parent")) or any(map(_inherits, info.get("related_klass_infos", ())))


def _maker_of(model: type[Model], names: list[str]) -> Callable[[Values], Model]:
    def as_django_does(values: Values) -> Model:
        return model.from_db(DEFAULT_DB_ALIAS, names, values)

    def as_it_came(values: Values) -> Model:
        made = model.__new__(model)
        state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        own = made.__dict__
        own["_state"] = state
        own.update(zip(names, values, strict=True))
        return made

    plain = model.__init__ is Model.__init__ and model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]
    heard = pre_init.has_listeners(model) or post_init.has_listeners(model)
    return as_it_came if plain and not heard else as_django_does
