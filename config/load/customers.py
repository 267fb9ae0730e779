"""Customers with their telephones, contracts and lines, as lines for COPY."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from config.load.people import House
from config.load.words import GIVEN, SURNAMES, TOWNS, listed, people_of
from tickets.search import fold_kana, fold_name

CUSTOMER = (
    "id", "number", "name", "name_kana", "kind", "email", "postal_code", "address", "language", "note",
    "name_search", "kana_search", "address_search",
)  # fmt: skip
PHONE = ("id", "customer_id", "e164", "label", "is_preferred")
CONTRACT = (
    "id", "number", "customer_id", "kind", "product_version_id", "document_version_id", "agency_id", "started_on",
    "document_received_on", "last_day",
)  # fmt: skip
ACCESS = ("id", "contract_id", "carrier_id", "circuit", "address")
LINE = (
    "id", "contract_id", "access_line_id", "kind", "number", "status", "activated_on", "last_day", "last_day_set_by_id",
    "last_day_why", "stopped_at", "stop_consent_id",
)  # fmt: skip
STARTED = "2024-{:02}-{:02}"


@dataclass(frozen=True, slots=True)
class Range:
    """Ids from `first`, `count` of them."""

    first: int
    count: int

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.first + self.count))


def customers(ids: Range, rng: random.Random) -> Iterator[str]:
    """Names and kana that repeat as real ones do; one in twenty is a company."""
    names = [
        (f"{s} {g}", f"{sk} {gk}", fold_name(s + g), fold_kana(sk + gk))
        for s, sk in people_of(SURNAMES)
        for g, gk in people_of(GIVEN)
    ]
    towns = [(town, fold_name(town)) for town in listed(TOWNS)]
    for pk in ids:
        name, kana, name_folded, kana_folded = rng.choice(names)
        town, town_folded = rng.choice(towns)
        house = f"{rng.randrange(1, 9)}-{rng.randrange(1, 40)}-{rng.randrange(1, 30)}"
        kind = "corporate" if rng.random() < 0.05 else "individual"
        yield (
            f"{pk}\tC{50_000_000 + pk}\t{name}\t{kana}\t{kind}\tload{pk}@example.jp\t{100 + pk % 800}-{pk % 10_000:04}\t"
            f"{town} {house}\tja\t\t{name_folded}\t{kana_folded}\t{town_folded}{house.replace('-', '')}\n"
        )


def phones(ids: Range, first: int, rng: random.Random) -> Iterator[str]:
    """A mobile each; one in eight has a line at home as well, one in thirty shares it with the one before."""
    pk = first
    for customer in ids:
        owner = customer - 1 if rng.random() < 0.033 and customer > ids.first else customer
        yield f"{pk}\t{customer}\t{mobile(owner)}\t携帯\tt\n"
        pk += 1
        if rng.random() < 0.125:
            yield f"{pk}\t{customer}\t+8130{customer % 100_000_000:08}\t自宅\tf\n"
            pk += 1


def mobile(customer: int) -> str:
    """The number of a customer, known without looking."""
    return f"+8190{customer % 100_000_000:08}"


def contracts(ids: Range, owners: Range, house: House) -> Iterator[str]:
    """One each for the first of `owners`."""
    for pk, customer in zip(ids, owners, strict=False):
        started = STARTED.format(pk % 12 + 1, pk % 28 + 1)
        yield (
            f"{pk}\tK{50_000_000 + pk}\t{customer}\tconsumer\t{house.product}\t{house.document}\t\\N\t{started}\t"
            f"{started}\t\\N\n"
        )


def access_lines(ids: Range, contracts: Range, house: House) -> Iterator[str]:
    """The circuit under each contract."""
    towns = listed(TOWNS)
    for pk, contract in zip(ids, contracts, strict=True):
        yield f"{pk}\t{contract}\t{house.carrier}\tTL{50_000_000 + pk}\t{towns[pk % len(towns)]} {pk % 90 + 1}\n"


def lines(first: int, contracts: Range, accesses: Range) -> Iterator[str]:
    """Internet for all, a telephone for two in five; in service."""
    pk = first
    for contract, access in zip(contracts, accesses, strict=True):
        started = STARTED.format(contract % 12 + 1, contract % 28 + 1)
        for kind in ("internet", "phone") if contract % 5 < 2 else ("internet",):
            number = f"+8150{contract % 100_000_000:08}" if kind == "phone" else ""
            yield f"{pk}\t{contract}\t{access}\t{kind}\t{number}\tactive\t{started}\t\\N\t\\N\t\t\\N\t\\N\n"
            pk += 1
