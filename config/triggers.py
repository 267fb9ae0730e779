"""The registry of pgtrigger, in linear time.

The library's own compares each trigger with all before it, and names all of them anew for that: with five hundred triggers
half a second of every process's start. Here each is named once; what is compared is the same.
"""

from collections.abc import Mapping
from typing import Any

from pgtrigger import registry


class Registry(registry._Registry):  # noqa: SLF001 - the library offers no other door
    """The triggers by their address, and beside it what the library looks up in it."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._by_table: dict[tuple[str, str], Any] = {}
        self._functions: set[str] = set()
        super().__init__()
        self.update(known)

    @property
    def by_db_table(self) -> dict[tuple[str, str], Any]:
        """The trigger of this name on this table."""
        return self._by_table

    @property
    def pg_function_names(self) -> set[str]:
        """Names taken in the database."""
        return self._functions

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)  # type: ignore[no-untyped-call]
        model, trigger = value
        self._by_table[model._meta.db_table, trigger.name] = trigger
        self._functions.add(trigger.get_pgid(model))

    def __delitem__(self, key: str) -> None:
        model, trigger = self[key]
        super().__delitem__(key)  # type: ignore[no-untyped-call]
        del self._by_table[model._meta.db_table, trigger.name]
        self._functions.discard(trigger.get_pgid(model))


def stand_in() -> None:
    """Put it into the library's place, before the library registers what the models declare."""
    registry._registry = Registry(registry._registry)  # noqa: SLF001 - as above
