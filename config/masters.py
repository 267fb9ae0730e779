"""What every house needs before its first customer, demonstration or not: letters, limits, figures of the law, holidays."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from billing import letter_texts
from billing.defaults import lay_figures
from escalation import defaults
from tickets.dates import day_of, start_of_day
from tickets.services import holidays, letters


@transaction.atomic
def lay(at: dt.datetime) -> None:
    """Put in what is missing, in force from the beginning of the year before `at`; change nothing that stands.

    Safe to run at every start. An administrator's later rows take the place of these from their date on.
    """
    since = dt.date(day_of(at).year - 1, 1, 1)
    letters.install(since=since)
    letters.install(letter_texts.TEXTS, since=since)
    defaults.load(start_of_day(since))
    lay_figures()
    holidays.load_holidays(at=at)
