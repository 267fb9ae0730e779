"""The SV's samples of records: drawn by chance, read one by one, marked (F2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets.dates import day_of
from tickets.forms.samples import DrawForm, MarkForm
from tickets.models import RecordMark, RecordSample, SampledRecord, Tier
from tickets.paging import newest_first
from tickets.queries import samples as queries
from tickets.rights import at_least
from tickets.services.samples import draw_sample, mark_record
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest, page, screen

SVS = at_least(Tier.SV)


@screen(SVS)
def samples(request: DeskRequest) -> Any:
    """Every sample, the newest first, with how much of it is left."""
    found = newest_first(queries.samples(request.user), request.GET.get("after", ""))
    return page(request, "tickets/samples.html", {"page": found})


def _nothing(request: DeskRequest) -> None:
    """A sample that is not drawn yet."""


def sample_page(subject: Any, outcome: Any) -> str:
    """The sample that was drawn; the list before that."""
    return reverse("tickets:sample", args=[outcome.pk]) if outcome else reverse("tickets:samples")


def _last_week(request: DeskRequest, _subject: None) -> dict[str, Any]:
    today = day_of(request.at)
    day = dt.timedelta(days=1)
    return {"desk": request.user.desk_id, "first_on": today - 7 * day, "last_on": today - day, "size": 10}


draw = Deed(
    title=_("Draw a sample of records"),
    submit=_("Draw"),
    lead=_("Chance chooses; nobody's own records are among those they draw."),
    form=DrawForm,
    find=_nothing,
    rights=SVS,
    initial=_last_week,
    do=lambda request, _subject, data: draw_sample(
        desk_id=data["desk"].pk,
        first_on=data["first_on"],
        last_on=data["last_on"],
        size=data["size"],
        seed=data["seed"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=sample_page,
    done="",
).view()


@screen(SVS)
def sample(request: DeskRequest, pk: int) -> Any:
    """The records of one sample: those marked, and those left."""
    found = get_object_or_404(
        RecordSample.objects.visible_to(request.user).select_related("desk", "drawn_by"), pk=pk
    )
    rows = queries.records(found)
    left = [row for row in rows if not hasattr(row, "mark")]
    return page(request, "tickets/sample.html", {"sample": found, "records": rows, "left": left})


def find_record(request: DeskRequest, pk: int) -> SampledRecord:
    """A record of a sample one may read."""
    return get_object_or_404(queries.seen_records(request.user), pk=pk)


def next_record(subject: SampledRecord, outcome: Any) -> str:
    """The next record that is left, or the sample when none is."""
    following = queries.next_unmarked(subject) if outcome else None
    if following is None:
        return reverse("tickets:sample", args=[subject.sample_id])
    return reverse("tickets:sampled_record", args=[following.pk])


def _read(request: DeskRequest, subject: SampledRecord) -> dict[str, Any]:
    return {
        "contact": subject.contact,
        "legs": queries.legs_of(subject.contact),
        "entries": queries.entries_of(subject.contact, request.user),
        "mark": RecordMark.objects.filter(record=subject).select_related("reviewer").first(),
    }


record = Deed(
    title=_("Read a record"),
    submit=_("Mark it and read the next"),
    form=MarkForm,
    find=find_record,
    rights=SVS,
    do=lambda request, record, data: mark_record(
        record_id=record.pk, verdict=data["verdict"], note=data["note"], actor=request.user, at=request.at
    ),
    leads_to=next_record,
    beside=_read,
    template="tickets/sampled_record.html",
).view()
