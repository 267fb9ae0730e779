"""Who is there before the first loaded row: the demonstration's desks and people, and operators for a big house."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import cycle

from django.contrib.auth.hashers import make_password
from django.utils import translation

from billing.models import DocumentVersion, ProductVersion
from config import masters
from config.demo import duty, people, shop
from config.demo.moments import Moments
from tickets.models import Company, Desk, Staff

# How the work spreads over the desks that answer customers.
WEIGHTS = (46, 27, 18, 9)
TICKETS_A_PERSON = 2500
MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class House:
    """Ids of what the loaded rows refer to; `staff` by position of the desk in `desks`."""

    desks: list[int]
    weights: list[int]
    staff: list[list[int]]
    leader: int
    carrier: int
    product: int
    document: int


def settle(now: dt.datetime, *, tickets: int) -> House:
    """Make an empty database a house; use what stands in any other."""
    if not Staff.objects.exists():
        with translation.override("ja"):
            masters.lay(now)
            everyone, when = people.create(), Moments(now)
            duty.publish(everyone, when)
            shop.create(everyone, when)
    desks = list(Desk.objects.exclude(company__kind=Company.Kind.CARRIER).order_by("pk")[: len(WEIGHTS)])
    _hire(desks, min(MOST_PEOPLE, max(4, tickets // TICKETS_A_PERSON)))
    by_desk = [list(Staff.objects.filter(desk=desk).values_list("pk", flat=True)) for desk in desks]
    return House(
        desks=[desk.pk for desk in desks],
        weights=list(WEIGHTS[: len(desks)]),
        staff=by_desk,
        leader=Staff.objects.filter(tier__gte=2).order_by("pk").values_list("pk", flat=True)[0],
        carrier=Company.objects.filter(kind=Company.Kind.CARRIER).values_list("pk", flat=True)[0],
        product=ProductVersion.objects.order_by("pk").values_list("pk", flat=True)[0],
        document=DocumentVersion.objects.order_by("pk").values_list("pk", flat=True)[0],
    )


def _hire(desks: list[Desk], wanted: int) -> None:
    """Operators who cannot sign in; the bench lends them sessions."""
    standing = Staff.objects.filter(login_id__startswith="load-").count()
    shut = make_password(None)
    Staff.objects.bulk_create(
        Staff(login_id=f"load-{number:04}", password=shut, name=f"応対 {number:04}", desk=desk)
        for number, desk in zip(range(standing + 1, wanted + 1), cycle(desks), strict=False)
    )
