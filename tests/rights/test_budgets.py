"""No page is over its budget: every page of the table of rights, as the first rank that may open it, in one world.

That a list does not cost more with more rows is shown beside its query (tests/queries, tests/views).
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.rights.screens import ROLES
from tests.rights.test_rights import table
from tests.rights.world import build

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

OVERLOADED = 503
# Session and person are two of them. A page about one row and its form stays under the first.
BUDGET = 30
# What shows a case whole, with everything that is owed, asked, said, decided and charged around it.
WIDER = {"tickets:case": 45}


def _whole(answer: Any) -> None:
    """A file that is sent bit by bit keeps its place at the gate until it has been."""
    assert answer.status_code != OVERLOADED
    b"".join(answer) if answer.streaming else answer.content


def test_no_page_is_over_its_budget():
    world = build()
    asked: dict[str, int] = {}
    for name, screen in sorted(table().items()):
        role = next((role for role in ROLES if role in screen.allowed), None)
        if screen.post or screen.public or role is None:
            continue
        client = Client()
        client.force_login(world.staff[role], backend="config.accounts.StaffBackend")
        url = reverse(name, kwargs=screen.kwargs(world.own), query=screen.query(world.own))
        _whole(client.get(url))  # what is remembered for all is remembered
        with CaptureQueriesContext(connection) as caught:
            _whole(client.get(url))
        asked[name] = len(caught)
    over = {name: count for name, count in asked.items() if count > WIDER.get(name, BUDGET)}
    assert len(asked) > 100
    assert over == {}
    # A budget that nothing comes near guards nothing.
    assert {name for name, most in WIDER.items() if asked[name] < most - 6} == set()
