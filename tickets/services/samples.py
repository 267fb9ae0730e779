"""Records drawn by chance for an SV to read, and the marks given (F2). Nothing here touches a customer's timeline."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from tickets.access import require_tier
from tickets.dates import end_of_day, start_of_day
from tickets.errors import NotAllowed, Refused
from tickets.models import Contact, ContactLeg, RecordMark, RecordSample, SampledRecord, Staff, Tier
from tickets.service import service

# A draw reads the contacts of its period once; a quarter is enough for coaching.
MOST_DAYS = 92


def _require_sv(actor: Staff) -> None:
    require_tier(actor, Tier.SV, rule="F2")
    if actor.is_partner:
        raise NotAllowed("F2", _("Records are read by SVs of the own company."))


@service
def draw_sample(
    *,
    desk_id: int,
    first_on: dt.date,
    last_on: dt.date,
    size: int,
    actor: Staff,
    at: dt.datetime,
    seed: str = "",
) -> RecordSample:
    """Draw `size` ended contacts of a desk between two JST dates, inclusive, none of which the drawer took part in.

    The same `seed` draws the same again, while the contacts are the same; without one it is made. `Refused` (F2) when
    there is nothing to draw from, or the period is longer than a quarter.
    """
    _require_sv(actor)
    if (last_on - first_on).days >= MOST_DAYS:
        raise Refused("F2", _("A sample is drawn from three months at most."))
    seed = seed or secrets.token_hex(4)
    own = ContactLeg.objects.filter(staff=actor).values("contact")
    rows = Contact.objects.visible_to(actor).filter(
        desk_id=desk_id, started_at__gte=start_of_day(first_on), started_at__lt=end_of_day(last_on),
        ended_at__isnull=False, operator__isnull=False,
    ).exclude(operator=actor).exclude(pk__in=own)  # fmt: skip
    population = rows.count()
    if not population:
        raise Refused("F2", _("That desk has no records of others in this period."))
    chance = Func(
        Concat(Value(f"{seed}:"), Cast("pk", TextField())), function="md5", output_field=TextField()
    )
    drawn = list(rows.annotate(chance=chance).order_by(F("chance"), "pk").values_list("pk", flat=True)[:size])
    sample = RecordSample.objects.create(
        desk_id=desk_id, first_on=first_on, last_on=last_on, size=size, population=population, seed=seed,
        drawn_by=actor, drawn_at=at,
    )  # fmt: skip
    SampledRecord.objects.bulk_create(
        SampledRecord(sample=sample, contact_id=pk, position=place) for place, pk in enumerate(drawn, start=1)
    )
    return sample


@service
def mark_record(*, record_id: int, verdict: str, note: str, actor: Staff, at: dt.datetime) -> RecordMark:
    """Good, or to improve with a note for coaching; once, by an SV who took no part in it. `Refused` (F2) otherwise."""
    _require_sv(actor)
    record = SampledRecord.objects.select_for_update(no_key=True).get(pk=record_id)
    if RecordMark.objects.filter(record=record).exists():
        raise Refused("F2", _("This record has been marked already."))
    return RecordMark.objects.create(record=record, verdict=verdict, note=note, reviewer=actor, marked_at=at)
