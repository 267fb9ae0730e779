"""Mails and letters from their templates (A9: nothing below the top says "final answer")."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed, Refused
from tickets.letter_texts import TEXTS, Text
from tickets.models import TOP, LetterTemplate, Promise, PromiseKind, Staff
from tickets.models.letters import FINAL_WORDS
from tickets.service import service

FALLBACK = "ja"


@dataclass(frozen=True, slots=True)
class Letter:
    """A text ready to be put in the outbox, and the version it came from."""

    subject: str
    body: str
    template_id: int


def says_final(text: str) -> bool:
    """Whether a text calls itself the company's final answer, in any of the ways the desk knows (A9)."""
    return re.search(FINAL_WORDS, text, re.IGNORECASE) is not None


def render(
    *,
    code: str,
    language: str,
    on: dt.date,
    facts: Mapping[str, object],
    actor: Staff | None = None,
    ticket_id: int | None = None,
) -> Letter:
    """The letter `code` in force on `on` (a date in Japan), in `language` or in Japanese, filled in with `facts`.

    `${name}` in a template is the fact `name`; nothing else is evaluated. Refused F1 when there is no template or
    a fact is missing. `NotAllowed` A9 when the template asks for a higher tier than `actor` has (the system has
    none), or the text says "final answer" below the top; `Refused` A9 when it does so while the customer's demand
    for a superior is open on `ticket_id`.
    """
    template = _in_force(code, language, on)
    if template.minimum_tier > (actor.tier if actor else 1):
        raise NotAllowed("A9", _("This letter is written by a higher tier."))
    try:
        subject = Template(template.subject).substitute(facts)
        body = Template(template.body).substitute(facts)
    except (KeyError, ValueError) as error:
        raise Refused("F1", _("The letter lacks a fact: %(fact)s.") % {"fact": error}) from error
    if says_final(subject) or says_final(body):
        _require_final(actor, ticket_id)
    return Letter(subject=subject, body=body, template_id=template.pk)


@service
def install(texts: tuple[Text, ...] = TEXTS, *, since: dt.date) -> int:
    """Put first versions in force from `since` (a date in Japan) where a letter has none yet; returns how many.

    For the first start and for tests; the floors above install theirs the same way.
    """
    standing = set(LetterTemplate.objects.values_list("code", "language"))
    fresh = [text for text in texts if (text.code, text.language) not in standing]
    LetterTemplate.objects.bulk_create(
        LetterTemplate(
            code=text.code,
            language=text.language,
            version=1,
            subject=text.subject,
            body=text.body,
            during=(since, None),
            minimum_tier=text.minimum_tier,
        )
        for text in fresh
    )
    return len(fresh)


def _in_force(code: str, language: str, on: dt.date) -> LetterTemplate:
    rows = LetterTemplate.objects.filter(code=code, during__contains=on)
    found = {row.language: row for row in rows.filter(language__in={language, FALLBACK})}
    template = found.get(language) or found.get(FALLBACK)
    if template is None:
        raise Refused("F1", _("No letter %(code)s is in force on that day.") % {"code": code})
    return template


def _require_final(actor: Staff | None, ticket_id: int | None) -> None:
    if actor is None or actor.tier < TOP:
        raise NotAllowed("A9", _("Only the top tier gives a final answer, in writing."))
    demanded = Promise.objects.open().filter(kind=PromiseKind.SUPERIOR_ANSWER)
    if ticket_id is None or demanded.filter(ticket_id=ticket_id).exists():
        raise Refused("A9", _("No final answer while the customer's demand for a superior is open."))
