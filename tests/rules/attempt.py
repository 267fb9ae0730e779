"""Raw SQL by somebody in a hurry, with the rules that speak at commit."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.deferred import commit_rules
from tickets.errors import rule_of


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    commit_rules()


def refused(rule: str, sql: str, *params: Any) -> str:
    """Run it, deferred rules included; it must be refused by `rule`. Returns the sentence."""
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        run(sql, *params)
    found = rule_of(no.value)
    assert found is not None, no.value
    assert found[0] == rule, found
    return found[1]
