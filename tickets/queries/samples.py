"""Samples of records as the screens show them (F2)."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from tickets.models import Contact, ContactLeg, RecordSample, SampledRecord, Staff, TimelineEntry

# What a colleague objected to is no part of how their records are judged (B9).
APART = Q(kind__startswith="objection.") | Q(kind__startswith="instruction.") | Q(kind__startswith="concern.")


def samples(staff: Staff) -> QuerySet[RecordSample]:
    """Samples with how many records they hold and how many are marked."""
    return (
        RecordSample.objects.visible_to(staff)
        .select_related("desk", "drawn_by")
        .annotate(
            left=Count("records", filter=Q(records__mark__isnull=True)),
            drawn=Count("records"), marked=Count("records__mark"),
            to_improve=Count("records__mark", filter=Q(records__mark__verdict="improve")),
        )
    )  # fmt: skip


def records(sample: RecordSample) -> list[SampledRecord]:
    """The records of a sample in the order drawn, fifty at most. One query."""
    rows = sample.records.select_related("contact__operator", "contact__customer", "mark__reviewer")
    return list(rows.order_by("position"))


def next_unmarked(record: SampledRecord) -> SampledRecord | None:
    """The next of the same sample that nobody has marked, from the top again at the end. One query."""
    left = SampledRecord.objects.filter(sample=record.sample_id, mark__isnull=True).exclude(pk=record.pk)
    found = list(left.order_by("position"))
    return next((each for each in found if each.position > record.position), found[0] if found else None)


def legs_of(contact: Contact) -> list[ContactLeg]:
    """The desks it went through, with the seconds on hold. One query."""
    return list(contact.legs.select_related("desk", "staff").order_by("seq"))


def entries_of(contact: Contact, staff: Staff) -> list[TimelineEntry]:
    """What was written down in this contact, without instructions and objections (B9). One query."""
    rows = TimelineEntry.objects.visible_to(staff).filter(contact=contact).exclude(APART)
    return list(rows.select_related("actor", "desk", "ticket", "contact").order_by("at", "pk")[:100])


def seen_records(staff: Staff) -> QuerySet[SampledRecord]:
    """Records of the samples that `staff` may read, whose contact they may see."""
    return SampledRecord.objects.filter(
        sample__in=RecordSample.objects.visible_to(staff), contact__in=Contact.objects.visible_to(staff)
    ).select_related("sample__desk", "contact__operator", "contact__customer", "contact__desk", "contact__ticket", "mark__reviewer")  # fmt: skip
