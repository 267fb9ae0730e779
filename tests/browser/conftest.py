"""Seats: windows of people who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.seat import Seat
from tickets.models import Staff


@pytest.fixture
def seat(browser: Any, live_server: Any) -> Iterator[Callable[[Staff], Seat]]:
    """`seat(staff)`: a window in which that person is signed in; closed after the test."""
    taken: list[Seat] = []

    def take(staff: Staff, **context: Any) -> Seat:
        taken.append(Seat(browser, live_server.url, staff, **context))
        return taken[-1]

    yield take
    for one in taken:
        one.leave()
