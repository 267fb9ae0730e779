"""What each loaded case is: decided once, read by every table that shows it. A few bytes a case."""

from __future__ import annotations

import datetime as dt
import random
from array import array
from dataclasses import dataclass

from config.load.customers import Range
from config.load.people import House

ACKNOWLEDGED, IN_PROGRESS, PENDING, HELD, RESOLVED, CLOSED, CANCELLED = range(7)
STATUSES = ("acknowledged", "in_progress", "pending", "held", "resolved", "closed", "cancelled")
OPEN = (ACKNOWLEDGED, IN_PROGRESS, PENDING, HELD)
KINDS = ("enquiry", "request", "fault", "billing", "cancellation")
DAY = 86_400
YEARS = 2 * 365 * DAY
# Entries of a case: five on average, one case in fifty with more than thirty.
ENTRIES = (3, 3, 4, 4, 4, 5, 5, 6)


@dataclass(frozen=True, slots=True)
class Facts:
    """By position of the case: customer, desk (position), person, opened (epoch), days it took, state, entries, contacts."""

    first: int
    count: int
    customer: array[int]
    desk: bytearray
    staff: array[int]
    opened: array[int]
    took: array[int]
    status: bytearray
    entries: bytearray
    contacts: bytearray
    promises: bytearray
    now: int

    def ended(self, i: int) -> int:
        """When it was resolved or withdrawn (epoch)."""
        return min(self.opened[i] + self.took[i], self.now - 60)


def decide(
    first: int, count: int, owners: Range, house: House, now: dt.datetime, rng: random.Random
) -> Facts:
    """Cases in the order in which they came in; those still open are mostly the newest."""
    until = int(now.timestamp())
    desks = rng.choices(range(len(house.desks)), house.weights, k=count)
    facts = Facts(
        first, count, array("q", bytes(8 * count)), bytearray(desks), array("q", bytes(8 * count)),
        array("q", bytes(8 * count)), array("l", bytes(8 * count)), bytearray(count), bytearray(count),
        bytearray(count), bytearray(count), until,
    )  # fmt: skip
    for i in range(count):
        # A third of the customers have most of the cases.
        facts.customer[i] = owners.first + int(owners.count * rng.random() ** 1.6)
        facts.staff[i] = rng.choice(house.staff[desks[i]])
        facts.opened[i] = until - 3600 - int(YEARS * (count - i) / count) + rng.randrange(1800)
        facts.took[i] = rng.randrange(600, 9 * DAY)
        facts.status[i] = _status(rng, i / count)
        facts.entries[i] = rng.randrange(31, 40) if rng.random() < 0.021 else rng.choice(ENTRIES)
        facts.contacts[i] = 1 if rng.random() < 0.75 else rng.randrange(2, 4)
        facts.promises[i] = _promises(rng, open=facts.status[i] in OPEN, status=facts.status[i])
    return facts


def _status(rng: random.Random, age: float) -> int:
    share = rng.random()
    if share < (0.7 if age > 0.95 else 0.005):
        return rng.choices(OPEN, (25, 45, 18, 12))[0]
    return rng.choices((CLOSED, RESOLVED, CANCELLED), (82, 14, 4))[0]


def _promises(rng: random.Random, *, open: bool, status: int) -> int:  # noqa: A002
    if status == CANCELLED:
        return 0
    if open:
        return rng.choice((0, 1, 1, 2))
    return 1 if rng.random() < 0.49 else 0
