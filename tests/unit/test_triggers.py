"""The registry of triggers keeps what the library's own keeps, and refuses what it refuses."""

import pgtrigger
import pytest
from pgtrigger import registry

from config.triggers import Registry


def test_every_trigger_is_in_it():
    own = registry._Registry(registry._registry)
    assert isinstance(registry._registry, Registry)
    assert registry._registry.by_db_table == own.by_db_table
    assert registry._registry.pg_function_names == own.pg_function_names


def test_a_name_twice_on_one_table_is_refused_until_the_first_is_gone():
    found = Registry(registry._registry)
    uri, (model, trigger) = next(iter(found.items()))
    other = pgtrigger.Protect(name=trigger.name, operation=pgtrigger.Delete)
    with pytest.raises(KeyError, match="already used"):
        found[uri] = (model, other)
    declared = list(model._meta.triggers)
    try:
        del found[uri]
        found[uri] = (model, trigger)
    finally:
        model._meta.triggers[:] = declared
    assert found[uri] == (model, trigger)
