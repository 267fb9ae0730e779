"""The table, the decorated methods, the choices and the database's trigger of each lifecycle are one."""

import pytest
from django.core.management import call_command
from django.db import models

from config.lifecycles import Lived, fsm_fields, lived, tables

LIVES = lived()


def edges_of_methods(life: Lived) -> set[tuple[str, str, str]]:
    field = next(f for f in fsm_fields(life.model) if f.name == life.lifecycle.field)
    return {(t.source, t.name, t.target) for t in field.get_all_transitions(life.model)}


def test_every_table_is_lived_by_a_model():
    assert set(tables()) == {life.lifecycle.name for life in LIVES}


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.lifecycle.name)
def test_methods_are_the_table(life):
    assert edges_of_methods(life) == set(life.lifecycle.edges())


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.lifecycle.name)
def test_trigger_is_made_from_the_table(life):
    names = {trigger.name: trigger for trigger in life.model._meta.triggers}
    for expected in life.lifecycle.triggers():
        assert expected.name in names, f"{life.model.__name__} lacks {expected.name}"
        found = names[expected.name]
        assert (found.func, found.render_condition(life.model)) == (
            expected.func,
            expected.render_condition(life.model),
        )


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.lifecycle.name)
def test_choices_are_the_states(life):
    field = life.model._meta.get_field(life.lifecycle.field)
    assert isinstance(field, models.Field)
    assert field.protected, f"{life.model.__name__}.{field.name} can be assigned"
    if field.choices:
        assert {value for value, _ in field.choices} == set(life.lifecycle.states)


@pytest.mark.django_db
@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.lifecycle.name)
def test_trigger_stands_in_the_database(life):
    from django.db import connection

    pgids = [trigger.get_pgid(life.model) for trigger in life.lifecycle.triggers()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = ANY(%s) AND tgrelid = %s::regclass",
            [pgids, life.model._meta.db_table],
        )
        assert cursor.fetchall() == [("O",)] * 2


def test_diagrams_are_drawn_from_the_tables():
    call_command("draw_states", "--check")
