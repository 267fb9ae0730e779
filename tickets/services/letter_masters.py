"""Versions of letters, kept by the administrator: never edited, each from a day on (F, A9)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tickets import letter_kinds
from tickets.dates import day_of
from tickets.errors import Refused
from tickets.letter_texts import SAMPLES
from tickets.models import TOP, LetterTemplate, Staff
from tickets.service import service
from tickets.services.letters import FALLBACK, says_final
from tickets.services.masters import note, require_administrator

letter_kinds.know("complaint_acknowledgement", _("Complaint received"), SAMPLES["complaint_acknowledgement"])
letter_kinds.know("survey", _("Satisfaction survey"), SAMPLES["survey"])


def looked_at(template: LetterTemplate, *, subject: str, body: str) -> tuple[str, str]:
    """(subject, body) of a text with samples in it. `Refused` F1 for facts nobody fills in, A9 for a final answer."""
    found = letter_kinds.kind(template.code)
    try:
        strangers = found.strangers(subject, body)
    except ValueError as error:
        raise Refused("F1", _("A $ that names no fact; write $$ for the sign itself.")) from error
    if strangers:
        raise Refused("F1", _("This letter has no such fact: %(names)s.") % {"names": ", ".join(strangers)})
    if template.minimum_tier < TOP and (says_final(subject) or says_final(body)):
        raise Refused("A9", _("Only the letter of the top tier may call an answer the company's final one."))
    return found.preview(subject), found.preview(body)


@service
def new_version(
    *, template_id: int, subject: str, body: str, from_on: dt.date, actor: Staff, at: dt.datetime
) -> LetterTemplate:
    """The next version of a letter from a JST day on; the one in force ends there. Administrators.

    Who may send it stays as it is. What was sent keeps the version it was made from.
    """
    require_administrator(actor)
    given = LetterTemplate.objects.get(pk=template_id)
    looked_at(given, subject=subject, body=body)
    if from_on <= day_of(at):
        raise Refused("F1", _("A new text holds from tomorrow at the earliest."))
    rows = LetterTemplate.objects.select_for_update().filter(code=given.code, language=given.language)
    standing = rows.order_by("-version").first()
    assert standing is not None
    if standing.during.lower >= from_on:
        raise Refused("F1", _("A later version stands already; choose a day after it begins."))
    if standing.during.upper is None or standing.during.upper > from_on:
        standing.during = (standing.during.lower, from_on)
        standing.save(update_fields=["during"])
    newest = rows.aggregate(newest=Max("version"))["newest"]
    made = LetterTemplate.objects.create(
        code=given.code, language=given.language, version=newest + 1, subject=subject, body=body,
        during=(from_on, None), minimum_tier=given.minimum_tier,
    )  # fmt: skip
    note(made, "added", actor=actor, at=at, after={"from_on": from_on, "code": made.code})
    return made


@service
def withdraw(*, template_id: int, from_on: dt.date, actor: Staff, at: dt.datetime) -> LetterTemplate:
    """In force no longer from a day on; customers of that language get the Japanese one. Administrators.

    The Japanese text is replaced, never withdrawn: a letter that is owed is never without words.
    """
    require_administrator(actor)
    row = LetterTemplate.objects.select_for_update().get(pk=template_id)
    if row.language == FALLBACK:
        raise Refused("F1", _("The Japanese text is replaced by a new version, never withdrawn."))
    if from_on <= max(day_of(at), row.during.lower) or (row.during.upper and row.during.upper <= from_on):
        raise Refused("F1", _("Choose a day to come on which this version is in force."))
    row.during = (row.during.lower, from_on)
    row.save(update_fields=["during"])
    note(row, "ended", actor=actor, at=at, after={"from_on": from_on})
    return row
