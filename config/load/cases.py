"""Cases with their contacts, promises and history, as lines for COPY."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from itertools import accumulate

from config.load.customers import mobile
from config.load.facts import CLOSED, DAY, KINDS, OPEN, RESOLVED, STATUSES, Facts
from config.load.people import House
from config.load.words import Sentences

TICKET = (
    "id", "customer_id", "desk_id", "kind", "status", "priority", "subject", "channel", "opened_at", "opened_by_id",
    "assignee_id", "waiting_for", "queue_at", "resolution", "closing_basis", "version",
)  # fmt: skip
CONTACT = (
    "id", "customer_id", "ticket_id", "channel", "direction", "operator_id", "desk_id", "number", "started_at",
    "ended_at", "result", "recording_ref", "call_ref", "summary", "after_call_seconds",
)  # fmt: skip
LEG = ("id", "contact_id", "seq", "desk_id", "staff_id", "started_at", "ended_at", "hold_seconds")
PROMISE = (
    "id", "customer_id", "ticket_id", "kind", "what", "owner_id", "desk_id", "tier", "rung", "due_at", "opened_at",
    "opened_by_id", "status", "kept_note", "void_reason", "window_from", "window_until", "number",
)  # fmt: skip
ENTRY = (
    "id", "customer_id", "ticket_id", "contact_id", "kind", "at", "actor_id", "desk_id", "summary", "data",
    "own_company_only",
)  # fmt: skip
WEIGHTS = (2, 10, 70, 18)


def stamp(epoch: int) -> str:
    """As PostgreSQL reads it."""
    return f"{dt.datetime.fromtimestamp(epoch, dt.UTC):%Y-%m-%d %H:%M:%S}+00"


def tickets(facts: Facts, house: House, words: Sentences, rng: random.Random) -> Iterator[str]:
    """All as they are born: acknowledged. What became of them is led through the states afterwards."""
    priorities = rng.choices((1, 2, 3, 4), WEIGHTS, k=4096)
    for i in range(facts.count):
        opened, kind = stamp(facts.opened[i]), KINDS[rng.randrange(len(KINDS))]
        assignee = "\\N" if facts.status[i] == 0 else facts.staff[i]
        yield (
            f"{facts.first + i}\t{facts.customer[i]}\t{house.desks[facts.desk[i]]}\t{kind}\tacknowledged\t"
            f"{priorities[rng.getrandbits(12)]}\t{words.subject()}\tphone\t{opened}\t{facts.staff[i]}\t{assignee}\t\t"
            f"{opened}\t\t\t1\n"
        )


def first_contacts(facts: Facts, first: int) -> list[int]:
    """The id of each case's first contact."""
    return [first, *accumulate(facts.contacts, initial=first)][1:-1] if facts.count else []


def contacts(facts: Facts, house: House, first: int, words: Sentences) -> Iterator[str]:
    """Calls that were spoken; the first one opened the case."""
    pk = first
    for i in range(facts.count):
        customer, staff, desk = facts.customer[i], facts.staff[i], house.desks[facts.desk[i]]
        for seq in range(facts.contacts[i]):
            began = min(facts.opened[i] + seq * DAY, facts.now - 1200)
            yield (
                f"{pk}\t{customer}\t{facts.first + i}\tphone\t{'out' if seq else 'in'}\t{staff}\t{desk}\t"
                f"{mobile(customer)}\t{stamp(began)}\t{stamp(began + 60 + pk % 900)}\tanswered\t\t\t{words.note()}\t"
                f"{pk % 90}\n"
            )
            pk += 1


def legs(facts: Facts, house: House, first_contact: int, first: int) -> Iterator[str]:
    """One a call."""
    contact, pk = first_contact, first
    for i in range(facts.count):
        for seq in range(facts.contacts[i]):
            began = min(facts.opened[i] + seq * DAY, facts.now - 1200)
            yield (
                f"{pk}\t{contact}\t1\t{house.desks[facts.desk[i]]}\t{facts.staff[i]}\t{stamp(began)}\t"
                f"{stamp(began + 60 + contact % 900)}\t{contact % 100}\n"
            )
            contact, pk = contact + 1, pk + 1


def promises(facts: Facts, house: House, first: int) -> Iterator[str]:
    """All as they are born: owed. Those of ended cases are kept afterwards, the others fall due in the days to come."""
    pk = first
    for i in range(facts.count):
        still = facts.status[i] in OPEN
        for _ in range(facts.promises[i]):
            opened = facts.opened[i] + 300
            due = facts.now + 2 * 3600 + pk * 7919 % (12 * DAY) if still else opened + 2 * DAY
            callback = pk % 5 < 3
            kind = "callback" if callback else "follow_up" if pk % 5 == 3 else "written_answer"
            window = (
                f"{stamp(due - 3600)}\t{stamp(due)}\t{mobile(facts.customer[i])}"
                if callback
                else "\\N\t\\N\t"
            )
            yield (
                f"{pk}\t{facts.customer[i]}\t{facts.first + i}\t{kind}\tご連絡\t{facts.staff[i]}\t"
                f"{house.desks[facts.desk[i]]}\t1\t0\t{stamp(due)}\t{stamp(opened)}\t{facts.staff[i]}\topen\t\t\t{window}\n"
            )
            pk += 1


def kept(facts: Facts, first: int, contact_of: list[int]) -> Iterator[str]:
    """(promise, when, by whom, in which contact) of what was kept."""
    pk = first
    for i in range(facts.count):
        for _ in range(facts.promises[i]):
            if facts.status[i] not in OPEN:
                yield f"{pk}\t{stamp(facts.ended(i))}\t{facts.staff[i]}\t{contact_of[i]}\n"
            pk += 1


def fates(facts: Facts, contact_of: list[int]) -> Iterator[str]:
    """(case, state, when it ended, in which contact) of every case that did not stay as it was born."""
    for i in range(facts.count):
        if facts.status[i]:
            yield f"{facts.first + i}\t{STATUSES[facts.status[i]]}\t{stamp(facts.ended(i))}\t{contact_of[i]}\n"


def entries(facts: Facts, house: House, first: int, contact_of: list[int], words: Sentences) -> Iterator[str]:
    """The history: opened, called, noted, at the end resolved."""
    pk = first
    for i in range(facts.count):
        head = f"{facts.customer[i]}\t{facts.first + i}\t"
        tail = f"{facts.staff[i]}\t{house.desks[facts.desk[i]]}\t"
        last = facts.entries[i] - 1
        span = max(facts.ended(i) - facts.opened[i], last)
        ended = facts.status[i] in (RESOLVED, CLOSED)
        for seq in range(last + 1):
            contact, kind = "\\N", "note"
            if seq == 0:
                kind = "ticket.opened"
            elif seq == 1:
                contact, kind = str(contact_of[i]), "contact.in"
            elif seq == last and ended:
                kind = "ticket.resolved"
            elif seq % 3 == 0:
                kind = "contact.out"
            at = stamp(min(facts.opened[i] + span * seq // (last + 1), facts.now))
            yield f"{pk}\t{head}{contact}\t{kind}\t{at}\t{tail}{words.note()}\t{{}}\tf\n"
            pk += 1
